/**
 * Checks of what a shipment's statement rests on: readings, coverage, event. Pure; each returns what it found or throws.
 * Mirrors oracle/verify_journey.py.
 * @module
 */

import { compare, compareText, equal } from "./bytes.js";
import { mismatch, signerOf } from "./content.js";
import { readEvent, summarize } from "./epcis/event.js";
import { eventHash } from "./epcis/hash.js";
import { numberOf } from "./json.js";
import { canonicalValue, fixedPoint, readingLeaf } from "./leaves.js";
import { rootFromMultiproof, rootOfLeaves } from "./merkle.js";
import { found } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {import("./bundle.js").Journey} Journey */

/** @param {Walk} walk */
export function readings(walk) {
  const { rows, sample } = /** @type {Journey} */ (walk.bundle.content);
  const statement = walk.statement;
  // Two values with one fixed point would share a leaf; only one of them is accepted.
  for (const row of rows) if (row.value !== canonicalValue(row.value)) mismatch("value", row.value, canonicalValue(row.value));
  const leaves = rows.map(readingLeaf);
  if (!sample && BigInt(rows.length) !== statement.readings) mismatch("number of readings", rows.length, statement.readings);
  if (sample && BigInt(rows.length) >= statement.readings) mismatch("size of the sample", rows.length, statement.readings);
  const root = sample ? rootFromMultiproof([...leaves].sort(compare), sample.proof, sample.flags) : rootOfLeaves(leaves);
  if (!equal(root, statement.readingsRoot)) mismatch("root of the readings", root, statement.readingsRoot);
  const [first, last] = [BigInt(rows[0].timeMs), BigInt(rows[rows.length - 1].timeMs)];
  if (first !== statement.fromMs) mismatch("time of the first reading", first, statement.fromMs);
  if (last !== statement.toMs) mismatch("time of the last reading", last, statement.toMs);
  const devices = devicesOf(rows);
  if (!sample) return found(`all ${statement.readings} readings of ${devices.join(", ")}`, signerOf(walk));
  walk.warnings.push(`the file holds ${rows.length} of ${statement.readings} readings: that none of the others lies beyond them is the signer's word`);
  return found(`${rows.length} of ${statement.readings} readings of ${devices.join(", ")}, by one multiproof`, signerOf(walk));
}

/** Says which deliveries a device counted that are not in the file; only whole files show it.
 * @param {Walk} walk */
export function coverage(walk) {
  const { rows, sample } = /** @type {Journey} */ (walk.bundle.content);
  if (sample) return found("a sample does not show gaps: that there are none is the signer's word", signerOf(walk), "claimed");
  const lines = gaps(rows, devicesOf(rows));
  if (lines.length) return found(lines.join("; "), "the devices' own counters", "missing");
  return found("no device's counter leaves one out", "the devices' own counters");
}

/** @param {import("./leaves.js").Row[]} rows */
const devicesOf = (rows) => [...new Set(rows.map((row) => row.device))].sort(compareText);

/** Returns a line for each device whose own counter shows deliveries that are not in the file.
 * @param {import("./leaves.js").Row[]} rows @param {string[]} devices */
function gaps(rows, devices) {
  return devices.flatMap((device) => {
    const counted = [...new Set(rows.filter((row) => row.device === device).map((row) => row.sequence))].filter((sequence) => sequence !== null);
    if (!counted.length) return [];
    const [least, most] = counted.reduce(([low, high], each) => [each < low ? each : low, each > high ? each : high], [counted[0], counted[0]]);
    const missing = most - least + 1n - BigInt(counted.length);
    return missing ? [`${missing} deliveries of ${device} between its first and its last here are missing, by its own counter`] : [];
  });
}

/** @param {Walk} walk */
export function event(walk) {
  const content = /** @type {Journey} */ (walk.bundle.content);
  const statement = walk.statement;
  const recorded = readEvent(content.event, "$.event");
  const digest = eventHash(content.event);
  if (!equal(digest, statement.eventHash)) mismatch("hash of the event", digest, statement.eventHash);
  if (recorded.subject.uri !== walk.bundle.subject.uri) mismatch("subject of the event", recorded.subject.uri, walk.bundle.subject.uri);
  if (recorded.fromMs !== statement.fromMs) mismatch("start of the event", recorded.fromMs, statement.fromMs);
  if (recorded.toMs !== statement.toMs) mismatch("end of the event", recorded.toMs, statement.toMs);
  if (BigInt(recorded.verdict) !== statement.verdict) mismatch("verdict of the event", recorded.verdict, statement.verdict);
  for (const summary of recorded.summaries) requireSummary(summary, content);
  return found(`EPCIS event ${content.event.eventID}`, signerOf(walk));
}

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
