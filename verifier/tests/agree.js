// Verifies every file of a folder that the Python suite wrote, and says what became of each: the other half of tests/verifier/test_agreement.py.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { bytesOf } from "../src/bytes.js";
import { parseNetwork } from "../src/lightclient/network.js";
import { verify } from "../src/verify.js";

const folder = process.argv[2];
const { worlds, files } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const inputs = worlds.map((world) => ({ checkpoint: bytesOf(world.checkpoint), network: parseNetwork(world.network), nowS: BigInt(world.now_s) }));
/** @param {{[name: string]: string}} hexes */
const bytesIn = (hexes) => Object.fromEntries(Object.entries(hexes).map(([name, hex]) => [name, bytesOf(hex)]));
const results = files.map(({ name, world, pins, deviceKeys }) => {
  const data = readFileSync(join(folder, name));
  const expected = { ...bytesIn(pins), deviceKeys: bytesIn(deviceKeys) };
  const start = performance.now();
  const { checks, unreached, trusted, warnings, conclusion, verdict } = verify(new Uint8Array(data), { ...inputs[world], expected });
  const lines = checks.map((check) => [check.name, check.outcome, check.detail, check.by, check.proves]);
  return { name, verdict, checks: lines, unreached, trusted, warnings, conclusion, ms: performance.now() - start };
});
process.stdout.write(JSON.stringify(results));
