#!/usr/bin/env node
// Makes the solc of npm look like the native compiler to forge: `--version` and `--standard-json`, nothing else.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error(`solc.mjs knows --version and --standard-json, not: ${process.argv.slice(2).join(" ")}`);
  process.exitCode = 2;
}
