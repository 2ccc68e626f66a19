#!/bin/sh
# Checks types, runs the modules' tests against the official vectors, and builds dist/verify.html twice: the same bytes each time. Needs Node 20.19 and npm.
set -eu
cd "$(dirname "$0")"
[ -d node_modules/esbuild ] || npm install --no-audit --no-fund --loglevel=error

node_modules/.bin/tsc -p .
node --disable-warning=ExperimentalWarning --test --test-reporter=dot tests/*.test.js
node build.mjs
first=$(sha256sum dist/verify.html)
node build.mjs >/dev/null
[ "$first" = "$(sha256sum dist/verify.html)" ] || { echo "verify.html: two builds of the same sources differ" >&2; exit 1; }
