#!/bin/sh
# Rebuilds the artifacts and compares them with the committed ones, then runs the contract tests. Needs Node 20 and npm.
set -eu
cd "$(dirname "$0")"
[ -d node_modules/solc ] || npm install --no-audit --no-fund --loglevel=error

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
node build.mjs "$built"
for artifact in "$built"/*.json; do
    cmp "$artifact" "../oracle/artifacts/$(basename "$artifact")" || {
        echo "oracle/artifacts/$(basename "$artifact") is not what the sources compile to: run 'node contracts/build.mjs' and commit it" >&2
        exit 1
    }
done
echo "artifacts: the same, byte for byte"

FOUNDRY_DISABLE_NIGHTLY_WARNING=1 node_modules/.bin/forge test "$@"
# forge compiles by its own way with foundry.toml's settings: the code must be the same, or the tests tested something else.
for name in AnchorRegistry GatewayRegistry; do
    node -e '
      const [ours, theirs] = process.argv.slice(1).map((path) => JSON.parse(require("fs").readFileSync(path, "utf8")));
      if (ours.bytecode !== theirs.bytecode.object) { console.error(`${process.argv[1]} and forge disagree about the bytecode`); process.exit(1); }
    ' "../oracle/artifacts/$name.json" "out/$name.sol/$name.json"
done
echo "forge compiled the same code"
