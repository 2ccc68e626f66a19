// Compiles the contracts with the solc of npm: the registries into oracle/artifacts/*.json, which are committed and the same byte for byte
// on every machine (no metadata hash in the code, no path, no time, keys in a fixed order), the rest, which rests on npm's sources, into
// contracts/build/*.json, which goes into releases. `node build.mjs ARTIFACTS [BUILD]` writes elsewhere.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const committed = resolve(process.argv[2] ?? join(here, "..", "oracle", "artifacts"));
const built = resolve(process.argv[3] ?? join(here, "build"));
const solc = createRequire(import.meta.url)("solc");

// Where each contract's artifact goes. TestToken is for tests on development chains; it is no part of a release.
const CONTRACTS = {
  "src/AnchorRegistry.sol": committed,
  "src/GatewayRegistry.sol": committed,
  "src/BlsShipmentEscrow.sol": built,
  "src/DefectBond.sol": built,
  "src/ShipmentEscrow.sol": built,
  "test/TestToken.sol": built,
};
// Prague runs on every chain the gateway knows. An anchor is called often and deployed once, hence the many runs.
const SETTINGS = {
  evmVersion: "prague",
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  optimizer: { enabled: true, runs: 10000 },
};
const OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences", "storageLayout", "userdoc", "devdoc"];

// The registries are compiled by themselves: what is committed never depends on a package of npm.
const compile = (paths) => {
  const sources = Object.fromEntries(paths.map((path) => [path, { content: readFileSync(join(here, path), "utf8") }]));
  const outputSelection = { "*": { "*": OUTPUTS, "": ["ast"] } };
  const input = { language: "Solidity", sources, settings: { ...SETTINGS, outputSelection } };
  // An import is a source of ours or a file of a package.
  const found = (path) => [join(here, path), join(here, "node_modules", path)].find(existsSync);
  const read = (path) => (found(path) ? { contents: readFileSync(found(path), "utf8") } : { error: "not found: run npm install" });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
  // Warnings about our own sources are errors; those about others' are theirs.
  const faults = (output.errors ?? []).filter(({ severity, sourceLocation }) => severity === "error" || !sourceLocation?.file.startsWith("@"));
  if (faults.length) {
    console.error(faults.map((error) => error.formattedMessage).join("\n"));
    process.exit(1);
  }
  return output;
};

// Keys of objects in order of their names; lists keep their order, which means something.
const sorted = (value) =>
  Array.isArray(value)
    ? value.map(sorted)
    : value && typeof value === "object"
      ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
      : value;

// solc names immutables by the number of a syntax node; people and the loader want the variable's name.
const named = (references, sources) => {
  const variables = Object.values(sources)
    .flatMap(({ ast }) => ast.nodes.flatMap((node) => node.nodes ?? []))
    .filter((node) => node.mutability === "immutable");
  return Object.fromEntries(
    Object.entries(references ?? {}).map(([id, places]) => [variables.find((node) => node.id === Number(id)).name, places]),
  );
};

// Node numbers differ with the set of sources compiled together; what the layout says does not depend on them.
const storage = (layout) => layout.storage.map(({ label, offset, slot, type }) => ({ label, offset, slot, type: layout.types[type].label }));

// Every function, event and error that a contract of ours shows to the world says in a sentence what it is, what each parameter is, and
// what comes back; so do constructors. A public variable's sentence says it all, for the compiler takes no @param of a getter. What a
// package of npm declares is its own business.
const undocumented = (path, contract, { abi, userdoc, devdoc }, sources) => {
  const nodes = (wanted) =>
    Object.entries(sources)
      .filter(([file]) => wanted(file))
      .flatMap(([, { ast }]) => ast.nodes.flatMap((node) => [node, ...(node.nodes ?? [])]));
  const theirs = new Set(nodes((file) => file.startsWith("@")).map((node) => node.name));
  const variables = new Set(nodes((file) => !file.startsWith("@")).filter((node) => node.stateVariable).map((node) => node.name));
  const own = sources[path].ast.nodes.find((node) => node.name === contract).nodes;
  const isGetter = (name) => variables.has(name) && !own.some((node) => node.name === name && node.nodeType === "FunctionDefinition");
  const typeOf = ({ type, components }) => (components ? type.replace("tuple", `(${components.map(typeOf)})`) : type);
  const said = { function: "methods", event: "events", error: "errors", constructor: "methods" };
  return abi
    .filter((entry) => entry.type in said && !theirs.has(entry.name))
    .flatMap((entry) => {
      const signature = entry.type === "constructor" ? "constructor" : `${entry.name}(${entry.inputs.map(typeOf)})`;
      const found = (docs) => [docs[said[entry.type]]?.[signature]].flat().filter(Boolean);
      const has = (part, name) => found(devdoc).some((doc) => doc[part]?.[name]);
      const lacking = found(userdoc).some((doc) => doc.notice) ? [] : ["@notice"];
      if (entry.type !== "function" || !isGetter(entry.name)) {
        lacking.push(...entry.inputs.filter(({ name }) => !has("params", name)).map(({ name }) => `@param ${name}`));
        lacking.push(...(entry.outputs ?? []).filter(({ name }, at) => !has("returns", name || `_${at}`)).map(({ name }) => `@return ${name}`.trim()));
      }
      return lacking.map((tag) => `${path}: ${entry.type} ${signature} has no ${tag}`);
    });
};

const write = (path, target, output) => {
  const name = basename(path, ".sol");
  const { abi, evm, storageLayout } = output.contracts[path][name];
  const artifact = {
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    compiler: { version: solc.version().split(".Emscripten")[0], settings: SETTINGS },
    contractName: name,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
    immutableReferences: named(evm.deployedBytecode.immutableReferences, output.sources),
    storageLayout: storage(storageLayout),
  };
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, `${name}.json`), `${JSON.stringify(sorted(artifact), null, 2)}\n`);
  console.log(`${name}: ${evm.deployedBytecode.object.length / 2} bytes of runtime code`);
};

for (const target of [committed, built]) {
  const paths = Object.keys(CONTRACTS).filter((path) => CONTRACTS[path] === target);
  const output = compile(paths);
  const missing = Object.entries(output.contracts)
    .filter(([path]) => path.startsWith("src/"))
    .flatMap(([path, contracts]) => Object.entries(contracts).flatMap(([name, contract]) => undocumented(path, name, contract, output.sources)));
  if (missing.length) {
    console.error(missing.join("\n"));
    process.exit(1);
  }
  for (const path of paths) write(path, target, output);
}
