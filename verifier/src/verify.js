/**
 * Verify: everything a bundle claims, checked against a checkpoint, a network file and a clock. No network, no files. Pure.
 *
 * The same checks as oracle/verify.py, in the same order, under the same names. What is trusted is what the caller hands in; everything in
 * the bundle is untrusted, and nothing a bundle can contain throws out of `verify`: it ends in a report.
 * @module
 */

import { parse, read, requireEdition } from "./bundle.js";
import * as chain from "./chain.js";
import * as content from "./content.js";
import * as check from "./devices/check.js";
import { CannotTell } from "./errors.js";
import * as journey from "./journey.js";
import * as lot from "./lot.js";
import * as standing from "./standing.js";
import * as trip from "./trip.js";
import { unreachedOf, Walk } from "./walk.js";

/** @typedef {import("./walk.js").Report} Report */
/** @typedef {import("./walk.js").Check} Check */
/** @typedef {{name: string, proves: string, step: (walk: Walk) => import("./walk.js").Found | null, kind?: "shipment" | "item" | "lot"}} Rule */

/** @param {string} name @param {string} proves @param {Rule["step"]} step @param {Rule["kind"]} [kind] @returns {Rule} */
const rule = (name, proves, step, kind) => ({ name, proves, step, kind });

const FORMAT = rule("format", "the bytes are a bundle, in the one spelling that it has", () => null);

/** Every check after the format, in order, with the kind of bundle it applies to: a shipment, one inspected item, a lot. */
export const CHECKS = [
  // The file. None of this adds trust: it tells an accident or a forgery's haste from what follows.
  rule("seal", "nothing was altered since the file was written", content.seal),
  rule("network", "the file is about the chain whose network file was given", content.network),

  // The word. One key signed one statement about one subject, for this chain.
  rule("signature", "the key signed this statement, for this chain, and it has not expired", content.signature),
  rule("subject", "the statement is about the shipment or lot that the file names", content.subject),
  rule("agent", "the agent that judged is the one whose manifest the file holds", content.agent),

  // What was corrected: an attestation may name the one that it replaces, and a newer one may replace it.
  rule("corrections", "what it corrects, and what corrects it, is signed and about the same subject", content.corrections),

  // A journey. What the statement rests on, and what it does not show.
  rule("readings", "the readings are those that the statement was drawn from", journey.readings, "shipment"),
  rule("devices", "the devices themselves signed what was measured", check.devices, "shipment"),
  rule("coverage", "no delivery and no stretch of time is without readings", journey.coverage, "shipment"),
  rule("event", "the EPCIS event is the stated one, and agrees with readings, times and verdict", journey.event, "shipment"),
  rule("limits", "the readings, measured again by the agent's limits, do not contradict the verdict", journey.limits, "shipment"),
  rule("route", "the fixes, measured again by corridor and fences, do not contradict the verdict", trip.route, "shipment"),
  rule("deadline", "the last reading does not contradict that the trip ended in time", trip.deadline, "shipment"),
  rule("custody", "giver and taker signed each handover, and none is left out in between", journey.custody, "shipment"),

  // An inspection: of one item, or of a lot's sample.
  rule("image", "the image is the one that was judged", lot.image, "item"),
  rule("items", "the inspected items are signed, complete, and count as stated", lot.items, "lot"),
  rule("event", "the EPCIS event is the stated one, and agrees with counts, time and verdict", lot.event, "lot"),
  rule("plan", "the verdict follows from the counts under the agent's sampling plan", lot.plan, "lot"),

  // The chain. From the statement down to the checkpoint that the reader brought along.
  rule("batch", "the statement is under the root of its batch", chain.batch),
  rule("checkpoint", "the walk starts at the checkpoint that was given", chain.checkpoint),
  rule("committees", "each sync committee named the next one, up to the block's", chain.committees),
  rule("finality", "two thirds of that committee call the block final", chain.finality),
  rule("registry", "that block's state holds a genuine AnchorRegistry", chain.registry),
  rule("anchor", "the gateway anchored the batch's root there, under this number", chain.anchor),

  // Who vouches. A registered gateway in good standing, which has not taken its word back, and perhaps others beside it.
  rule("standing", "the key is that of a registered gateway in good standing", standing.standing),
  rule("revocation", "the attester had not taken the statement back by that block", standing.revocation),
  rule("quorum", "other registered gateways attested the same by themselves", standing.others),
  rule("age", "the block is as old as is said", chain.age),
];

/** Returns what the bundle proves; `verdict` is the answer, and each line says what was found, by whom, or why it was refused.
 * @param {Uint8Array} data
 * @param {{checkpoint: Uint8Array | null, network: import("./lightclient/network.js").Network, nowS: bigint,
 *   expected?: import("./walk.js").Expected, onRead?: (bundle: import("./bundle.js").Bundle) => void, onKeys?: (count: number) => void}} inputs
 * @returns {Report} */
export function verify(data, { checkpoint, network, nowS, expected = {}, onRead = () => {}, onKeys = () => {} }) {
  let bundle;
  try {
    const document = parse(data);
    requireEdition(document);
    bundle = read(document);
  } catch (error) {
    return report([ended(FORMAT, error), ...CHECKS.map(notReached)], null);
  }
  onRead(bundle);
  const walk = new Walk(bundle, { checkpoint, network, nowS, expected, onKeys });
  /** @type {Check[]} */
  const checks = [{ name: FORMAT.name, outcome: "proven", detail: `bundle of ${data.length} bytes`, by: "", proves: FORMAT.proves }];
  for (const each of CHECKS) {
    if (each.kind && each.kind !== bundle.content.kind) continue;
    const line = stands(checks[checks.length - 1]) ? made(each, walk) : notReached(each);
    if (line) checks.push(line);
  }
  return report(checks, walk);
}

/** @param {Check} check */
const stands = (check) => ["proven", "claimed", "missing"].includes(check.outcome);

/** @param {Check[]} checks @param {Walk | null} walk @returns {Report} */
function report(checks, walk) {
  const outcomes = new Set(checks.map((check) => check.outcome));
  return {
    checks,
    unreached: unreachedOf(checks),
    verdict: outcomes.has("refuted") ? "refuted" : outcomes.has("cannot tell") ? "cannot tell" : "proven",
    trusted: walk?.trusted ?? [],
    warnings: walk?.warnings ?? [],
    conclusion: walk?.conclusion ?? "",
    supersededBy: walk?.supersededBy ?? null,
    revokedS: walk?.revokedS ?? null,
    bundle: walk?.bundle ?? null,
  };
}

/** @param {Rule} each @param {Walk} walk @returns {Check | null} */
function made(each, walk) {
  try {
    const result = each.step(walk);
    return result && { name: each.name, ...result, proves: each.proves };
  } catch (error) {
    // A value that no check foresaw is still the bundle's fault, and a reader wants a report.
    return ended(each, error);
  }
}

/** @param {Rule} each @param {unknown} error @returns {Check} */
function ended(each, error) {
  const detail = error instanceof Error ? error.message : String(error);
  return { name: each.name, outcome: error instanceof CannotTell ? "cannot tell" : "refuted", detail, by: "", proves: each.proves };
}

/** @param {Rule} each @returns {Check} */
const notReached = (each) => ({ name: each.name, outcome: "not reached", detail: "", by: "", proves: each.proves });
