/**
 * The check of who measured: rows whose payload a device signed are proven back to it; the others are the gateway's word. Pure.
 * Mirrors oracle/verify_devices.py and oracle/device_evidence.py.
 * @module
 */

import { compareText, equal, sha256, toHex } from "../bytes.js";
import { signerOf } from "../content.js";
import { Refused, shorten } from "../errors.js";
import { fixedPoint, readingLeaf } from "../leaves.js";
import { found } from "../walk.js";
import { keyOfCose, parseSign1, verifySign1 } from "./cose.js";
import { signedReadings } from "./senml.js";

/** @typedef {import("../walk.js").Walk} Walk */
/** @typedef {import("../bundle.js").Journey} Journey */
/** @typedef {{device: string, leaves: Map<string, {quantity: string, timeMs: number}>}} Stated what one signed payload states */

/** @param {string} device @param {string} reason @returns {never} */
function fail(device, reason) {
  throw new Refused(`device ${shorten(device)}: ${reason}`);
}

/** Says how many readings the devices' own signatures state; every payload and every key in the file is needed for one of them.
 * @param {Walk} walk */
export function devices(walk) {
  const { rows, evidence, devices: keys } = /** @type {Journey} */ (walk.bundle.content);
  if (!rows.length && !evidence.length && !keys.length) {
    tellUnused(walk, []);
    return null;
  }
  const payloads = payloadsOf(walk);
  const stated = new Set([...payloads.values()].flatMap((one) => [...one.leaves.keys()]));
  const named = new Set();
  let proven = 0;
  for (const row of rows) {
    const digest = toHex(row.evidence);
    if (!payloads.has(digest)) continue;
    named.add(digest);
    if (!stated.has(toHex(readingLeaf(row)))) fail(row.device, `its signed payload does not state ${row.quantity} = ${row.value} at ${row.timeMs}`);
    proven++;
  }
  if (named.size !== payloads.size) fail("of a payload", "no reading in the file rests on it");
  tellLeftOut(walk, payloads);
  const signers = [...new Set([...payloads.values()].map((one) => one.device))].sort(compareText);
  tellUnused(walk, signers);
  for (const device of signers) {
    const pinned = Object.hasOwn(walk.expected.deviceKeys ?? {}, device);
    walk.trusted.push(`key of device ${device}, ${pinned ? "given by hand" : "not pinned: compare it with the device or its maker"}`);
  }
  const vouching = signers.map((device) => `device ${device}`);
  if (proven === rows.length) return found(`all ${proven} readings in the file are signed by ${signers.join(", ")}`, vouching.join(", "));
  const unsigned = `${rows.length - proven} of ${rows.length} readings in the file are signed by no device`;
  return found(`${unsigned}: what was measured is the gateway's word there`, [signerOf(walk), ...vouching].join(", "), "claimed");
}

/** Warns of keys that the reader pinned for devices which signed nothing here: a name that was mistyped pins nothing.
 * @param {Walk} walk @param {string[]} signers */
function tellUnused(walk, signers) {
  const unused = Object.keys(walk.expected.deviceKeys ?? {}).filter((device) => !signers.includes(device));
  for (const device of unused.sort(compareText)) {
    walk.warnings.push(`the key given for device ${device} pins nothing: nothing in the file is signed by a device of that name`);
  }
}

/** Returns what each signed payload states, by its sha256, under the keys in the file, which are those that the reader pinned.
 * @param {Walk} walk @returns {Map<string, Stated>} */
function payloadsOf(walk) {
  const { evidence, devices: listed } = /** @type {Journey} */ (walk.bundle.content);
  const keys = new Map(listed);
  for (const [device, key] of Object.entries(walk.expected.deviceKeys ?? {})) {
    const own = keys.get(device);
    if (own && !equal(own, key)) throw new Refused(`key of device ${device} is ${toHex(own)}, expected ${toHex(key)}`);
  }
  const payloads = new Map(evidence.map((payload) => [toHex(sha256(payload)), statedBy(payload, keys)]));
  const used = new Set([...payloads.values()].map((one) => one.device));
  for (const device of keys.keys()) if (!used.has(device)) fail(device, "it signed nothing that is in the file");
  return payloads;
}

/** @param {Uint8Array} payload @param {Map<string, Uint8Array>} keys @returns {Stated} */
function statedBy(payload, keys) {
  const message = parseSign1(payload);
  const { device } = message;
  const key = keys.get(device) ?? fail(device, "its key is not in the file");
  verifySign1(message, keyOfCose(key));
  const { sequence, readings } = signedReadings(message.payload, device);
  const evidence = sha256(payload);
  const leaves = readings
    .filter(({ value }) => isProvable(value))
    .map((one) => /** @type {const} */ ([toHex(readingLeaf({ device, ...one, sequence, evidence })), { quantity: one.quantity, timeMs: one.timeMs }]));
  return { device, leaves: new Map(leaves) };
}

/** No tree holds a number beyond int256.
 * @param {number} value */
function isProvable(value) {
  try {
    fixedPoint(value);
    return true;
  } catch {
    return false;
  }
}

/** Warns of readings that a device signed and the gateway did not count, although it counted their like from the same time.
 * @param {Walk} walk @param {Map<string, Stated>} payloads */
function tellLeftOut(walk, payloads) {
  const { rows, profile } = /** @type {Journey} */ (walk.bundle.content);
  if (profile !== "full") return;
  const counted = new Set(rows.map((row) => toHex(readingLeaf(row))));
  const channels = new Set(rows.map((row) => JSON.stringify([row.device, row.quantity])));
  const { fromMs, toMs } = walk.statement;
  const leftOut = [...payloads.values()].flatMap(({ device, leaves }) =>
    [...leaves].filter(([leaf, { quantity, timeMs }]) => channels.has(JSON.stringify([device, quantity])) && BigInt(timeMs) >= fromMs && BigInt(timeMs) <= toMs && !counted.has(leaf)),
  );
  if (leftOut.length) walk.warnings.push(`${leftOut.length} readings that devices signed in the payloads of this file are not among those that were judged`);
}
