#!/bin/sh
# Rebuilds the artifacts and compares them with the committed ones, builds the rest into build/, runs the contract tests, compares what
# each call costs with gas-snapshot/, lets slither look for faults and halmos prove what test/proofs/ says. Needs Node 20, npm and Python.
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

# slither and halmos pin what other tools pin otherwise: each has an environment of its own, of exactly the files that its lock names.
tool() {
    [ -x ".tools/$1/bin/$1" ] && cmp -s "tools/$1.txt" ".tools/$1/lock.txt" || {
        rm -rf ".tools/$1"
        python3 -m venv ".tools/$1"
        ".tools/$1/bin/python" -m pip install --disable-pip-version-check -q --no-deps --require-hashes -r "tools/$1.txt"
        cp "tools/$1.txt" ".tools/$1/lock.txt"
    }
}
tool slither
tool halmos
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
found=$(mktemp)
.tools/slither/bin/slither . >"$found" 2>&1 || {
    cat "$found"
    echo "slither found something: mend it, or explain beside the line why it is right" >&2
    exit 1
}
tail -n 1 "$found"
rm -f "$found"
.tools/halmos/bin/halmos --match-contract 'Proof$' --solver z3 --no-status --solver-timeout-assertion 600000 || {
    echo "halmos could not prove everything in contracts/test/proofs" >&2
    exit 1
}
