/**
 * Checks of what a bundle says: seal, network, signature, subject, readings, image, event, agent. Pure; each returns one line or throws.
 * Mirrors oracle/verify_content.py.
 * @module
 */

import * as attestation from "./attestation.js";
import { compare, compareText, equal, sha256, toChecksum, toHex, utf8 } from "./bytes.js";
import { eventHash } from "./epcis/hash.js";
import { readEvent, summarize } from "./epcis/event.js";
import { Refused, shorten } from "./errors.js";
import { numberOf } from "./json.js";
import { canonicalValue, fixedPoint, readingLeaf } from "./leaves.js";
import { rootFromMultiproof, rootOfLeaves } from "./merkle.js";
import { keccakOfName, LOT_UID, lotStatement, SHIPMENT_UID, shipmentStatement } from "./schemas.js";
import { moment } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {import("./bundle.js").Journey} Journey */
/** @typedef {import("./bundle.js").Inspection} Inspection */

/** The statement's verdict in words. */
export const VERDICTS = [
  "conforms: everything stayed within what the product allows",
  "breach: the product's limits were exceeded",
  "insufficient data: too few readings or too long a gap to conclude either",
];

/** @param {string} what @param {unknown} actual @param {unknown} stated @returns {never} */
function mismatch(what, actual, stated) {
  throw new Refused(`${what} is ${shorten(actual)}, the signed statement says ${shorten(stated)}`);
}

/** @param {Walk} walk */
export function seal(walk) {
  const { stated, computed } = walk.bundle.seals;
  if (!equal(stated, computed)) throw new Refused(`seal is ${toHex(stated)}, the content gives ${toHex(computed)}: the file was altered`);
  return toHex(computed);
}

/** @param {Walk} walk */
export function network(walk) {
  const { name, genesisValidatorsRoot } = walk.network;
  if (walk.bundle.network !== name) throw new Refused(`network is ${shorten(walk.bundle.network)}, expected ${shorten(name)}`);
  walk.trusted.push(`network file ${name}: genesis validators root ${toHex(genesisValidatorsRoot)}`);
  return name;
}

/** @param {Walk} walk */
export function signature(walk) {
  const signed = walk.bundle.attestation;
  const { chainId, contracts } = walk.network;
  const pinned = walk.expected.domain ?? (contracts.eas ? { version: signed.domain.version, chainId, verifyingContract: contracts.eas } : null);
  if (signed.domain.chainId !== chainId) throw new Refused(`attestation's chain is ${signed.domain.chainId}, expected ${chainId}`);
  attestation.verify(signed, pinned, walk.nowS);
  const signer = toChecksum(signed.attester);
  const given = walk.expected.attester;
  if (given && !equal(given, signed.attester)) throw new Refused(`attester is ${toHex(signed.attester)}, expected ${toHex(given)}`);
  walk.trusted.push(`attester ${signer}, ${given ? "given by hand" : "not pinned: compare it with the gateway's published key"}`);
  walk.trusted.push(`${attestation.named(signed.domain)}, ${pinned ? "pinned" : "contract not pinned"}`);
  return `signed by ${signer}, uid ${toHex(signed.uid)}`;
}

/** @param {Walk} walk */
export function subject(walk) {
  const { attestation: signed, content, subject: key } = walk.bundle;
  const expected = content.kind === "shipment" ? SHIPMENT_UID : LOT_UID;
  if (!equal(signed.schema, expected)) throw new Refused(`schema ${toHex(signed.schema)} is not that of this kind of subject, ${toHex(expected)}`);
  const statement = content.kind === "shipment" ? shipmentStatement(signed.data) : lotStatement(signed.data);
  const named = keccakOfName(key.uri);
  if (!equal(statement.subject, named)) mismatch("subject", named, statement.subject);
  if (content.kind === "lot" && statement.kind === "lot" && !equal(statement.item, keccakOfName(content.item))) mismatch("item", keccakOfName(content.item), statement.item);
  walk.statement = statement;
  walk.conclusion = conclusion(walk);
  return key.uri;
}

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
  const devices = [...new Set(rows.map((row) => row.device))].sort(compareText);
  if (!sample) {
    walk.warnings.push(...gaps(rows, devices));
    return `all ${statement.readings} readings of ${devices.join(", ")}`;
  }
  walk.warnings.push(`the file holds ${rows.length} of ${statement.readings} readings: that none of the others lies beyond them is the signer's word`);
  return `${rows.length} of ${statement.readings} readings of ${devices.join(", ")}, by one multiproof`;
}

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
export function image(walk) {
  const content = /** @type {Inspection} */ (walk.bundle.content);
  const stated = walk.statement.imageHash;
  if (!content.image) {
    walk.warnings.push(`the image is not in the file; its sha256 is ${toHex(stated)}`);
    return "not in the file";
  }
  const digest = sha256(content.image);
  if (!equal(digest, stated)) mismatch("sha256 of the image", digest, stated);
  return `${content.image.length} bytes, sha256 ${toHex(digest)}`;
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
  return `EPCIS event ${content.event.eventID}`;
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

/** @param {Walk} walk */
export function agent(walk) {
  const digest = sha256(utf8(walk.bundle.manifest));
  if (!equal(digest, walk.statement.agent)) mismatch("sha256 of the manifest", digest, walk.statement.agent);
  walk.trusted.push("verdict: the agent's, signed; it is not worked out again here, and its manifest in the file says how to");
  return `manifest sha256 ${toHex(digest)}`;
}

/** @param {Walk} walk */
function conclusion(walk) {
  const { statement, bundle } = walk;
  if (statement.kind === "shipment") {
    const span = `${moment(statement.fromMs / 1000n)} to ${moment(statement.toMs / 1000n)}`;
    return `shipment ${bundle.subject.path}, ${statement.readings} readings from ${span}: ${VERDICTS[Number(statement.verdict)]}`;
  }
  const found = statement.defect === 0n ? "good" : `defect of class ${statement.defect} of the agent's manifest`;
  const item = /** @type {Inspection} */ (bundle.content).item;
  return `item ${item} of lot ${bundle.subject.path}, seen ${moment(statement.timeMs / 1000n)}: ${found}, ${percent(statement.confidencePpm)} confident`;
}

/** Returns parts per million as a percentage with one digit, half to even.
 * @param {bigint} ppm */
function percent(ppm) {
  const [tenths, rest] = [ppm / 1000n, ppm % 1000n];
  const rounded = rest > 500n || (rest === 500n && tenths & 1n) ? tenths + 1n : tenths;
  return `${rounded / 10n}.${rounded % 10n}%`;
}
