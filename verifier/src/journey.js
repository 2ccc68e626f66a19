/**
 * Checks of what a shipment's statement rests on: readings, coverage, event, limits, custody. Pure; each returns what it found or throws.
 * Mirrors oracle/verify_journey.py.
 * @module
 */

import { compare, compareText, equal, toChecksum, toHex } from "./bytes.js";
import { mismatch, signerOf } from "./content.js";
import { verifyChain } from "./custody.js";
import { readEvent, summarize } from "./epcis/event.js";
import { eventHash } from "./epcis/hash.js";
import { Refused } from "./errors.js";
import { numberOf } from "./json.js";
import { canonicalValue, fixedPoint, readingLeaf } from "./leaves.js";
import { rootFromMultiproof, rootOfLeaves } from "./merkle.js";
import { excursions, gaps, heat, readPolicy, scarce } from "./policy.js";
import { found } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {import("./bundle.js").Journey} Journey */
/** @typedef {import("./leaves.js").Row} Row */

/** The verdict that readings can contradict. */
export const CONFORMS = 0n;
const COUNTERS = "the devices' own counters and times";
/** Why limits that nothing contradicts are not proven. */
export const UNMEASURED = "that it conformed also where coverage is missing is the signer's word";
const MOST_GAPS = 6;

/** @param {Walk} walk */
export function readings(walk) {
  const { rows, sample, profile } = /** @type {Journey} */ (walk.bundle.content);
  const statement = walk.statement;
  if (profile === "verdict") return found(`none of the ${statement.readings} readings is in the file: what they were is the signer's word`, signerOf(walk), "claimed");
  if (!sample && BigInt(rows.length) !== statement.readings) mismatch("number of readings", rows.length, statement.readings);
  if (sample && BigInt(rows.length) >= statement.readings) mismatch("size of the sample", rows.length, statement.readings);
  const leaves = leavesOf(rows);
  const root = sample ? rootFromMultiproof([...leaves].sort(compare), sample.proof, sample.flags) : rootOfLeaves(leaves);
  if (!equal(root, statement.readingsRoot)) mismatch("root of the readings", root, statement.readingsRoot);
  const [first, last] = [BigInt(rows[0].timeMs), BigInt(rows[rows.length - 1].timeMs)];
  if (first !== statement.fromMs) mismatch("time of the first reading", first, statement.fromMs);
  if (last !== statement.toMs) mismatch("time of the last reading", last, statement.toMs);
  const devices = devicesOf(rows).join(", ");
  if (!sample) return found(`all ${statement.readings} readings of ${devices}`, signerOf(walk));
  walk.warnings.push(`the file holds ${rows.length} of ${statement.readings} readings: that none of the others lies beyond them is the signer's word`);
  return found(`${rows.length} of ${statement.readings} readings of ${devices}, by one multiproof`, signerOf(walk));
}

/** @param {Row[]} rows */
function leavesOf(rows) {
  // Two values with one fixed point would share a leaf; only one of them is accepted.
  for (const row of rows) if (row.value !== canonicalValue(row.value)) mismatch("value", row.value, canonicalValue(row.value));
  return rows.map(readingLeaf);
}

/** Says which deliveries a device counted that are not in the file, and how long nothing was measured; only whole files show it.
 * @param {Walk} walk */
export function coverage(walk) {
  const { rows, profile } = /** @type {Journey} */ (walk.bundle.content);
  if (profile !== "full") return found(`a ${profile} file does not show gaps: that there are none is the signer's word`, signerOf(walk), "claimed");
  const policy = readPolicy(walk.bundle.manifest);
  const lines = [...uncounted(rows), ...(policy ? unmeasured(policy, walk) : [])];
  if (lines.length) {
    const more = lines.length > MOST_GAPS ? `; and ${lines.length - MOST_GAPS} more` : "";
    return found(lines.slice(0, MOST_GAPS).join("; ") + more, COUNTERS, "missing");
  }
  return found(`no device's counter leaves one out${policy ? ", and no stretch is longer than the policy allows" : ""}`, COUNTERS);
}

/** @param {import("./policy.js").Policy} policy @param {Walk} walk @returns {string[]} */
function unmeasured(policy, walk) {
  const { rows } = /** @type {Journey} */ (walk.bundle.content);
  return [...gaps(policy, rows, Number(walk.statement.fromMs), Number(walk.statement.toMs)), ...scarce(policy, rows)];
}

/** @param {Row[]} rows */
const devicesOf = (rows) => [...new Set(rows.map((row) => row.device))].sort(compareText);

/** Returns a line for each device whose own counter shows deliveries that are not in the file.
 * @param {Row[]} rows */
function uncounted(rows) {
  /** @type {Map<string, Set<bigint>>} */
  const counts = new Map();
  for (const { device, sequence } of rows) {
    if (sequence === null) continue;
    const counted = counts.get(device) ?? new Set();
    counts.set(device, counted.add(sequence));
  }
  return [...counts.keys()].sort(compareText).flatMap((device) => {
    const counted = [.../** @type {Set<bigint>} */ (counts.get(device))];
    const [least, most] = counted.reduce(([low, high], each) => [each < low ? each : low, each > high ? each : high], [counted[0], counted[0]]);
    const missing = most - least + 1n - BigInt(counted.length);
    return missing ? [`${missing} deliveries of ${device} between its first and its last here are missing, by its own counter`] : [];
  });
}

/** @param {Walk} walk */
export function event(walk) {
  const content = /** @type {Journey} */ (walk.bundle.content);
  const recorded = statedEvent(content.event, "$.event", walk.statement, walk.bundle.subject);
  if (content.rows.length) for (const summary of recorded.summaries) requireSummary(summary, content);
  walk.event = recorded;
  return found(`EPCIS event ${content.event.eventID}`, signerOf(walk));
}

/** Returns the event of a document if it is the one that a statement names, and says the same.
 * @param {{[name: string]: any}} document @param {string} path @param {any} statement @param {import("./gs1.js").Key} subject */
export function statedEvent(document, path, statement, subject) {
  const recorded = readEvent(document, path);
  const digest = eventHash(document);
  if (!equal(digest, statement.eventHash)) mismatch("hash of the event", digest, statement.eventHash);
  if (recorded.subject.uri !== subject.uri) mismatch("subject of the event", recorded.subject.uri, subject.uri);
  if (recorded.fromMs !== statement.fromMs) mismatch("start of the event", recorded.fromMs, statement.fromMs);
  if (recorded.toMs !== statement.toMs) mismatch("end of the event", recorded.toMs, statement.toMs);
  if (BigInt(recorded.verdict) !== statement.verdict) mismatch("verdict of the event", recorded.verdict, statement.verdict);
  return recorded;
}

/** A verdict of conforming stands against the readings in the file, measured again by the bands of the agent's manifest.
 * @param {Walk} walk */
export function limits(walk) {
  const { rows, profile } = /** @type {Journey} */ (walk.bundle.content);
  const policy = readPolicy(walk.bundle.manifest);
  if (!policy || !(policy.bands.length || policy.peaks.length) || !rows.length) {
    const lacking = policy && !rows.length ? "there are no readings to measure again" : "the manifest states no limits that are read here";
    return found(`${lacking}: the verdict is the agent's word`, signerOf(walk), "claimed");
  }
  const all = [...excursions(policy, rows), ...(profile === "full" ? heat(policy, rows) : [])];
  const beyond = all.filter((one) => one.found > one.allowed);
  const measured = (beyond.length ? beyond : all).map((one) => one.text).join("; ") || "the policy bounds no quantity";
  const { verdict } = walk.statement;
  if (verdict === CONFORMS && beyond.length) throw new Refused(`the verdict does not stand against the evidence in the file: ${measured}`);
  // A breach may rest on more than bands, and an open verdict on what is not there; neither can be contradicted from here.
  const shown = profile === "full" && Boolean(beyond.length) === (verdict !== CONFORMS);
  if (shown && !beyond.length && unmeasured(policy, walk).length) return found(`${measured}; ${UNMEASURED}`, signerOf(walk), "claimed");
  return found(measured, "this program, from the readings", shown ? "proven" : "claimed");
}

/** Every handover is signed by giver and taker, each follows the one before, and the event names the last.
 * @param {Walk} walk */
export function custody(walk) {
  const content = /** @type {Journey} */ (walk.bundle.content);
  const named = walk.event.custody;
  if (!content.custody.length) return named ? found(`handovers up to ${toHex(named)} are not in the file`, signerOf(walk), "missing") : null;
  verifyChain(content.custody, walk.bundle.subject, walk.nowS * 1000n);
  const newest = content.custody[content.custody.length - 1];
  if (!named || !equal(newest.hash, named)) mismatch("newest handover", newest.hash, named ?? "none");
  const parties = partiesOf(content.custody);
  const pinned = walk.expected.attester;
  for (const [address, name] of parties) {
    const how = pinned && toChecksum(pinned) === address ? "given by hand" : "not pinned: compare it with the party's published key";
    walk.trusted.push(`custody party ${called(address, name)}, ${how}`);
  }
  const holder = toChecksum(newest.terms.taker);
  return found(`${content.custody.length} handovers, the last to ${called(holder, parties.get(holder) ?? "")}`, "giver and taker of each");
}

/** Returns the keys that gave or took, in the order of the chain, each with what the handovers call it last; empty for nothing.
 * @param {Journey["custody"]} chain */
function partiesOf(chain) {
  /** @type {Map<string, string>} */
  const parties = new Map();
  for (const { terms } of chain) {
    for (const [key, name] of /** @type {[Uint8Array, string][]} */ ([[terms.giver, terms.giverParty], [terms.taker, terms.takerParty]])) {
      const address = toChecksum(key);
      parties.set(address, name || (parties.get(address) ?? ""));
    }
  }
  return parties;
}

/** @param {string} address @param {string} name */
const called = (address, name) => (name ? `${address}, which calls itself "${name}"` : address);

/** @param {import("./epcis/event.js").Summary} summary @param {Journey} content */
function requireSummary(summary, content) {
  const values = content.rows.filter((row) => row.quantity === summary.quantity).map((row) => row.value);
  if (!values.length) mismatch(`${summary.quantity} in the event`, summary, "no reading of it");
  const counted = summarize(values);
  const [minimum, maximum, mean] = [numberOf(summary.minimum), numberOf(summary.maximum), numberOf(summary.mean)];
  if (counted.minimum !== minimum || counted.maximum !== maximum) mismatch(`range of ${summary.quantity}`, [minimum, maximum], [counted.minimum, counted.maximum]);
  if (!content.sample && counted.mean !== mean) mismatch(`mean of ${summary.quantity}`, mean, counted.mean);
  // A sample keeps the smallest and the largest value, so these are proven; the mean can only be bounded.
  if (fixedPoint(mean) < fixedPoint(minimum) || fixedPoint(mean) > fixedPoint(maximum)) mismatch(`mean of ${summary.quantity}`, mean, "outside its range");
}
