#!/bin/sh
# Rebuilds the artifacts and compares them with the committed ones, builds the rest into build/, runs the contract tests and compares what
# each call costs with gas-snapshot/. Needs Node 20 and npm.
set -eu
cd "$(dirname "$0")"
[ -d node_modules/solc ] && [ -d node_modules/@openzeppelin/contracts ] || npm install --no-audit --no-fund --loglevel=error

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

export FOUNDRY_DISABLE_NIGHTLY_WARNING=1
node_modules/.bin/forge test --no-match-contract '^Gas' "$@"
FORGE_SNAPSHOT_CHECK=true node_modules/.bin/forge test --match-contract '^Gas' || {
    echo "a call costs another amount of gas than contracts/gas-snapshot says: if that is meant, run 'forge test --match-contract Gas' in contracts and commit it" >&2
    exit 1
}
# forge compiles by its own way with foundry.toml's settings: the code must be the same, or the tests tested something else.
for artifact in ../oracle/artifacts/*.json build/*.json; do
    name=$(basename "$artifact" .json)
    node -e '
      const [ours, theirs] = process.argv.slice(1).map((path) => JSON.parse(require("fs").readFileSync(path, "utf8")));
      if (ours.bytecode !== theirs.bytecode.object) { console.error(`${process.argv[1]} and forge disagree about the bytecode`); process.exit(1); }
    ' "$artifact" "out/$name.sol/$name.json"
done
echo "forge compiled the same code"
