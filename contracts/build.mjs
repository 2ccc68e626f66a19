// Compiles the contracts with the solc of npm into oracle/artifacts/*.json, byte for byte the same on every machine:
// no metadata hash in the code, no path, no time, keys in a fixed order. `node build.mjs DIRECTORY` writes elsewhere.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, "..", "oracle", "artifacts"));
const solc = createRequire(import.meta.url)("solc");

const CONTRACTS = ["AnchorRegistry", "GatewayRegistry"];
const LIBRARIES = ["AnchorTransaction", "OffchainAttestation", "Signatures"];
// Prague runs on every chain the gateway knows. An anchor is called often and deployed once, hence the many runs.
const SETTINGS = {
  evmVersion: "prague",
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  optimizer: { enabled: true, runs: 10000 },
};
const OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences", "storageLayout"];

const sources = Object.fromEntries(
  [...CONTRACTS, ...LIBRARIES].map((name) => [`src/${name}.sol`, { content: readFileSync(join(here, "src", `${name}.sol`), "utf8") }]),
);
const output = JSON.parse(
  solc.compile(JSON.stringify({ language: "Solidity", sources, settings: { ...SETTINGS, outputSelection: { "*": { "*": [...OUTPUTS, "ast"], "": ["ast"] } } } })),
);
if (output.errors?.length) {
  console.error(output.errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}

// Keys of objects in order of their names; lists keep their order, which means something.
const sorted = (value) =>
  Array.isArray(value)
    ? value.map(sorted)
    : value && typeof value === "object"
      ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
      : value;

// solc names immutables by the number of a syntax node; people and the loader want the variable's name.
const named = (references, ast) => {
  const variables = ast.nodes.flatMap((node) => node.nodes ?? []).filter((node) => node.mutability === "immutable");
  return Object.fromEntries(
    Object.entries(references ?? {}).map(([id, places]) => [variables.find((node) => node.id === Number(id)).name, places]),
  );
};

// Node numbers differ with the set of sources compiled together; what the layout says does not depend on them.
const storage = (layout) => layout.storage.map(({ label, offset, slot, type }) => ({ label, offset, slot, type: layout.types[type].label }));

mkdirSync(target, { recursive: true });
for (const name of CONTRACTS) {
  const source = `src/${name}.sol`;
  const { abi, evm, storageLayout } = output.contracts[source][name];
  const artifact = {
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    compiler: { version: solc.version().split(".Emscripten")[0], settings: SETTINGS },
    contractName: name,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
    immutableReferences: named(evm.deployedBytecode.immutableReferences, output.sources[source].ast),
    storageLayout: storage(storageLayout),
  };
  writeFileSync(join(target, `${name}.json`), `${JSON.stringify(sorted(artifact), null, 2)}\n`);
  console.log(`${name}: ${evm.deployedBytecode.object.length / 2} bytes of runtime code`);
}
