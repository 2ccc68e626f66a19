/**
 * Checks of what a lot's bundle rests on: one item's image, or all items of a sample. Pure; each returns what it found or throws.
 * Mirrors oracle/verify_lot.py and oracle/lot_verdict.py.
 * @module
 */

import * as attestation from "./attestation.js";
import { concat, equal, keccak256, sha256, toChecksum, toHex } from "./bytes.js";
import { LOT_VERDICTS, mismatch, signerOf } from "./content.js";
import { eventHash } from "./epcis/hash.js";
import { readLotEvent } from "./epcis/lot_event.js";
import { Refused } from "./errors.js";
import { load, tableIn } from "./manifest.js";
import { rootOfLeaves } from "./merkle.js";
import { keccakOfName, LOT_UID, lotStatement } from "./schemas.js";
import { found } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {import("./bundle.js").Inspection} Inspection */
/** @typedef {import("./bundle.js").LotSample} LotSample */

/** @param {Walk} walk */
export function image(walk) {
  const content = /** @type {Inspection} */ (walk.bundle.content);
  const stated = walk.statement.imageHash;
  if (!content.image) return found(`not in the file; its sha256 is ${toHex(stated)}`, signerOf(walk), "claimed");
  const digest = sha256(content.image);
  if (!equal(digest, stated)) mismatch("sha256 of the image", digest, stated);
  return found(`${content.image.length} bytes, sha256 ${toHex(digest)}`, signerOf(walk));
}

/** The inspected items are those under the statement's root, each signed, and count as it says.
 * @param {Walk} walk */
export function items(walk) {
  const { items: listed } = /** @type {LotSample} */ (walk.bundle.content);
  const statement = walk.statement;
  if (!listed.length) {
    const counted = `${statement.nonconforming} of ${statement.inspected} items nonconforming`;
    return found(`${counted}: the items are not in the file, so that is the signer's word`, signerOf(walk), "claimed");
  }
  const leaves = listed.map(({ attestation: one }) => keccak256(keccak256(concat(one.uid, attestation.digestOf(one)))));
  if (new Set(leaves.map(toHex)).size !== leaves.length) throw new Refused("an attestation is named twice, so that an item would count twice");
  const root = rootOfLeaves(leaves);
  if (!equal(root, statement.inspectionRoot)) mismatch("root of the items", root, statement.inspectionRoot);
  const stated = listed.map((one) => itemOf(walk, one));
  const nonconforming = stated.filter((one) => one.defect !== 0n).length;
  const times = stated.map((one) => one.timeMs).sort((a, b) => (a < b ? -1 : 1));
  if (BigInt(stated.length) !== statement.inspected) mismatch("number of items", stated.length, statement.inspected);
  if (BigInt(nonconforming) !== statement.nonconforming) mismatch("number of nonconforming items", nonconforming, statement.nonconforming);
  if (times[0] !== statement.fromMs) mismatch("time of the first item", times[0], statement.fromMs);
  if (times.at(-1) !== statement.toMs) mismatch("time of the last item", times.at(-1), statement.toMs);
  const signers = [...new Set(listed.map((one) => toChecksum(one.attestation.attester)))].sort();
  return found(`all ${stated.length} inspected items, ${nonconforming} nonconforming`, `attesters ${signers.join(", ")}`);
}

/** @param {Walk} walk @param {LotSample["items"][0]} one */
function itemOf(walk, { item, attestation: signed }) {
  attestation.verify(signed, walk.bundle.attestation.domain, walk.nowS);
  if (!equal(signed.schema, LOT_UID)) mismatch(`schema of item ${item}`, signed.schema, LOT_UID);
  const stated = lotStatement(signed.data);
  if (!equal(stated.subject, walk.statement.subject)) mismatch(`lot of item ${item}`, stated.subject, walk.statement.subject);
  if (!equal(keccakOfName(item), stated.item)) mismatch(`name of item ${item}`, keccakOfName(item), stated.item);
  return stated;
}

/** The EPCIS event is the one whose hash salts the attestation, and says of the lot what the statement says.
 * @param {Walk} walk */
export function event(walk) {
  const { event: document } = /** @type {LotSample} */ (walk.bundle.content);
  if (!document) return found("not in the file: whose the lot is, and where it was inspected, is not shown", signerOf(walk), "missing");
  const { statement } = walk;
  const recorded = readLotEvent(document, "$.event");
  const digest = eventHash(document);
  if (!equal(digest, walk.bundle.attestation.salt)) mismatch("hash of the event", digest, walk.bundle.attestation.salt);
  if (recorded.lot.uri !== walk.bundle.subject.uri) mismatch("lot of the event", recorded.lot.uri, walk.bundle.subject.uri);
  if (BigInt(recorded.lotSize) !== statement.lotSize) mismatch("lot size of the event", recorded.lotSize, statement.lotSize);
  if (BigInt(recorded.inspected) !== statement.inspected) mismatch("number of items in the event", recorded.inspected, statement.inspected);
  if (BigInt(recorded.nonconforming) !== statement.nonconforming) mismatch("number of nonconforming items in the event", recorded.nonconforming, statement.nonconforming);
  if (BigInt(recorded.verdict) !== statement.verdict) mismatch("verdict of the event", recorded.verdict, statement.verdict);
  if (recorded.toMs !== statement.toMs) mismatch("time of the event", recorded.toMs, statement.toMs);
  if (!equal(recorded.policy, statement.agent)) mismatch("policy of the event", recorded.policy, statement.agent);
  const origin = [["supplier", recorded.supplier], ["machine", recorded.machine]].filter(([, name]) => name).map(([what, name]) => `, ${what} "${name}"`);
  return found(`EPCIS event ${document.eventID}${origin.join("")}`, signerOf(walk));
}

/** The verdict follows from the counts under the sampling plan in the agent's manifest.
 * @param {Walk} walk */
export function plan(walk) {
  const { lotSize, inspected, nonconforming, verdict } = walk.statement;
  const follows = verdictOfPlan(walk.bundle.manifest, lotSize, inspected, nonconforming);
  const counts = `${nonconforming} of ${inspected} nonconforming, from a lot of ${lotSize}`;
  if (follows === null) return found("the manifest lists no plan for this lot: the verdict is the agent's word", signerOf(walk), "claimed");
  if (follows !== Number(verdict))
    throw new Refused(`the verdict does not stand against the evidence in the file: ${counts} means ${LOT_VERDICTS[follows]}, not ${LOT_VERDICTS[Number(verdict)]}`);
  return found(`${counts}: ${LOT_VERDICTS[follows]}`, "this program, from the manifest's plan");
}

/** @param {unknown} value @returns {number | bigint} */
function exactly(value) {
  if (typeof value !== "number" && typeof value !== "bigint") throw new TypeError("not a number");
  return value;
}

/** Returns the verdict to which the counts lead under the plan that a manifest lists, or null if it lists none for the lot.
 * @param {string} manifest @param {bigint} lotSize @param {bigint} inspected @param {bigint} nonconforming @returns {number | null} */
export function verdictOfPlan(manifest, lotSize, inspected, nonconforming) {
  try {
    const plans = /** @type {any[]} */ (tableIn(tableIn(load(manifest)).sampling).plans);
    const plan = plans.find((each) => lotSize <= exactly(tableIn(each).largest_lot));
    const [size, reject] = [exactly(plan.sample_size), exactly(plan.reject)];
    if (nonconforming >= reject) return 1;
    return inspected >= (lotSize < size ? lotSize : size) ? 0 : 2;
  } catch {
    return null;
  }
}
