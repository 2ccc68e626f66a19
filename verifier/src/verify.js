/**
 * Verify: everything a bundle claims, checked against a checkpoint, a network file and a clock. No network, no files. Pure.
 *
 * The same checks as oracle/verify.py, in the same order, under the same names. What is trusted is what the caller hands in; everything in
 * the bundle is untrusted, and nothing a bundle can contain throws out of `verify`: it ends in a report.
 * @module
 */

import { parse, read } from "./bundle.js";
import { toHex } from "./bytes.js";
import * as chain from "./chain.js";
import * as content from "./content.js";
import { Walk } from "./walk.js";

/** @typedef {import("./walk.js").Report} Report */
/** @typedef {import("./walk.js").Check} Check */
/** @typedef {(walk: Walk) => string} Step one check: returns what it found, or throws its refusal */

/** Every check after the format, in order, with the kind of bundle it applies to.
 * @type {[string, Step, ("shipment" | "lot")?][]} */
export const CHECKS = [
  ["seal", content.seal],
  ["network", content.network],
  ["signature", content.signature],
  ["subject", content.subject],
  ["readings", content.readings, "shipment"],
  ["image", content.image, "lot"],
  ["event", content.event, "shipment"],
  ["agent", content.agent],
  ["batch", chain.batch],
  ["checkpoint", chain.checkpoint],
  ["committees", chain.committees],
  ["finality", chain.finality],
  ["registry", chain.registry],
  ["anchor", chain.anchor],
  ["age", chain.age],
];

/** Returns what the bundle proves; `passed` is the answer, and each line says what was found or why it was refused.
 * @param {Uint8Array} data
 * @param {{checkpoint: Uint8Array, network: import("./lightclient/network.js").Network, nowS: bigint,
 *   expected?: import("./walk.js").Expected, onKeys?: (count: number) => void}} inputs
 * @returns {Report} */
export function verify(data, { checkpoint, network, nowS, expected = {}, onKeys = () => {} }) {
  let bundle;
  try {
    bundle = read(parse(data));
  } catch (error) {
    const later = CHECKS.map(([name]) => notReached(name));
    return { checks: [refused("format", error), ...later], trusted: [], warnings: [], conclusion: "", passed: false, bundle: null };
  }
  const walk = new Walk(bundle, { checkpoint, network, nowS, expected, onKeys });
  walk.trusted.push(`checkpoint ${toHex(checkpoint)}, given by hand`);
  /** @type {Check[]} */
  const checks = [{ name: "format", outcome: "passed", detail: `bundle of ${data.length} bytes` }];
  for (const [name, step, kind] of CHECKS) {
    if (kind && kind !== bundle.content.kind) continue;
    checks.push(checks[checks.length - 1].outcome === "passed" ? made(name, step, walk) : notReached(name));
  }
  const passed = checks.every((check) => check.outcome === "passed");
  return { checks, trusted: walk.trusted, warnings: walk.warnings, conclusion: walk.conclusion, passed, bundle };
}

/** @param {string} name @param {Step} step @param {Walk} walk @returns {Check} */
function made(name, step, walk) {
  try {
    return { name, outcome: "passed", detail: step(walk) };
  } catch (error) {
    // A value that no check foresaw is still the bundle's fault, and a reader wants a report.
    return refused(name, error);
  }
}

/** @param {string} name @param {unknown} error @returns {Check} */
const refused = (name, error) => ({ name, outcome: "refused", detail: error instanceof Error ? error.message : String(error) });

/** @param {string} name @returns {Check} */
const notReached = (name) => ({ name, outcome: "not reached", detail: "" });
