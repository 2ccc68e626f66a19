/**
 * Checks of the file and of the signed word: seal, network, signature, subject, corrections, agent. Pure; each returns what it found or
 * throws.
 * Mirrors oracle/verify_content.py.
 * @module
 */

import * as attestation from "./attestation.js";
import { equal, sha256, toChecksum, toHex, utf8 } from "./bytes.js";
import { Refused, shorten } from "./errors.js";
import { keccakOfName, STATEMENTS } from "./schemas.js";
import { found, moment } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {import("./bundle.js").Inspection} Inspection */

/** The verdict about a lot in words. */
export const LOT_VERDICTS = ["accept", "reject", "insufficient"];
/** The verdict about a shipment in words. */
export const VERDICTS = [
  "conforms: everything stayed within what the product allows",
  "breach: the product's limits were exceeded",
  "insufficient data: too few readings or too long a gap to conclude either",
];

/** @param {Walk} walk */
export const signerOf = (walk) => `attester ${toChecksum(walk.bundle.attestation.attester)}`;

/** @param {string} what @param {unknown} actual @param {unknown} stated @returns {never} */
export function mismatch(what, actual, stated) {
  throw new Refused(`${what} is ${shorten(actual)}, the signed statement says ${shorten(stated)}`);
}

/** @param {Walk} walk */
export function seal(walk) {
  const { stated, computed } = walk.bundle.seals;
  if (!equal(stated, computed)) throw new Refused(`seal is ${toHex(stated)}, the content gives ${toHex(computed)}: the file was altered`);
  return found(toHex(computed), "sha256 over the file itself: it adds no trust");
}

/** @param {Walk} walk */
export function network(walk) {
  const { name, genesisValidatorsRoot } = walk.network;
  if (walk.bundle.network !== name) throw new Refused(`network is ${shorten(walk.bundle.network)}, expected ${shorten(name)}`);
  walk.trusted.push(`network file ${name}: genesis validators root ${toHex(genesisValidatorsRoot)}`);
  return found(name, `network file ${name}`);
}

/** @param {Walk} walk */
export function signature(walk) {
  const signed = walk.bundle.attestation;
  const { chainId } = walk.network;
  const { pinned, unpinned } = deploymentOf(walk);
  if (signed.domain.chainId !== chainId) throw new Refused(`attestation's chain is ${signed.domain.chainId}, expected ${chainId}`);
  attestation.verify(signed, pinned, walk.nowS);
  const signer = toChecksum(signed.attester);
  walk.trusted.push(`attester ${signer}, ${attesterOf(walk)}`);
  walk.trusted.push(`${attestation.named(signed.domain)}, ${unpinned ? `${unpinned} not pinned` : "pinned"}`);
  walk.deploymentPinned = !unpinned;
  return found(`signed by ${signer}, uid ${toHex(signed.uid)}`, signerOf(walk));
}

/** Returns how the attester is pinned. The keys of a gateway that is given are for `standing` to show, where the file holds it.
 * @param {Walk} walk */
function attesterOf(walk) {
  const { gateway } = walk.expected;
  const { standing, attestation: signed } = walk.bundle;
  const given = walk.expected.attester ?? (standing ? undefined : gateway);
  if (given && !equal(given, signed.attester)) throw new Refused(`attester is ${toChecksum(signed.attester)}, expected ${toChecksum(given)}`);
  if (!given && gateway) return "a key of the gateway given by hand";
  return given ? "given by hand" : "not pinned: compare it with the gateway's published key";
}

/** Returns the EAS deployment that counts, and which parts of it are the attestation's own word, for nothing pins them.
 * @param {Walk} walk @returns {{pinned: import("./eip712.js").Domain, unpinned: string}} */
function deploymentOf(walk) {
  if (walk.expected.domain) return { pinned: walk.expected.domain, unpinned: "" };
  const { eas, easVersion } = walk.network.contracts;
  const { domain } = walk.bundle.attestation;
  const unpinned = [...(eas ? [] : ["contract"]), ...(easVersion ? [] : ["version"])].join(" and ");
  const pinned = { version: easVersion || domain.version, chainId: walk.network.chainId, verifyingContract: eas ?? domain.verifyingContract };
  return { pinned, unpinned };
}

/** @param {Walk} walk */
export function subject(walk) {
  const { attestation: signed, content, subject: key } = walk.bundle;
  const [schema, decode] = STATEMENTS[content.kind];
  if (!equal(signed.schema, schema)) throw new Refused(`schema ${toHex(signed.schema)} is not that of this kind of subject, ${toHex(schema)}`);
  const statement = decode(signed.data);
  const named = keccakOfName(key.uri);
  if (!equal(statement.subject, named)) mismatch("subject", named, statement.subject);
  if (content.kind === "item" && !equal(statement.item, keccakOfName(content.item))) mismatch("item", keccakOfName(content.item), statement.item);
  walk.statement = statement;
  walk.conclusion = conclusion(walk);
  return found(key.uri, signerOf(walk));
}

/** What this attestation corrects, and what corrects it, is signed, about the same subject, and names the one before.
 * @param {Walk} walk */
export function corrections(walk) {
  const { attestation: signed, corrections: chain } = walk.bundle;
  let link = signed;
  for (const one of chain.earlier) {
    requireLinked(walk, "earlier", link, one, one);
    if (!equal(one.attester, signed.attester)) walk.warnings.push(`the attestation that it corrects was signed by another key, ${toChecksum(one.attester)}`);
    link = one;
  }
  const corrected = signed.refUid.some(Boolean) ? `corrects ${toHex(signed.refUid)}` : "";
  let newest = signed;
  for (const one of chain.later) {
    requireLinked(walk, "later", one, newest, one);
    if (!equal(one.attester, signed.attester)) throw new Refused(`later attestation: signed by ${toChecksum(one.attester)}: only the attester himself corrects`);
    newest = one;
  }
  if (chain.later.length) {
    walk.supersededBy = newest.uid;
    const superseded = `SUPERSEDED by ${toHex(newest.uid)}`;
    return found(corrected ? `${corrected}; ${superseded}` : superseded, signerOf(walk));
  }
  if (link.refUid.some(Boolean)) {
    const absent = `${toHex(link.refUid)}, which is not in the file`;
    return found(chain.earlier.length ? `${corrected}; the chain goes on to ${absent}` : `corrects ${absent}`, signerOf(walk), "missing");
  }
  return chain.earlier.length ? found(`${corrected}: ${chain.earlier.length} earlier`, signerOf(walk)) : null;
}

/** The newer of two attestations names the older; `other`, the one that is not the bundle's own, is checked here.
 * @param {Walk} walk @param {string} which @param {attestation.Attestation} newer @param {attestation.Attestation} older @param {attestation.Attestation} other */
function requireLinked(walk, which, newer, older, other) {
  const { attestation: own, content } = walk.bundle;
  if (!equal(newer.refUid, older.uid)) throw new Refused(`${which} attestation: refUID is ${toHex(newer.refUid)}, the one before is ${toHex(older.uid)}`);
  attestation.verify(other, own.domain, null);
  if (!equal(other.schema, own.schema)) throw new Refused(`${which} attestation: it follows another schema`);
  const stated = STATEMENTS[content.kind][1](other.data);
  const sameItem = content.kind !== "item" || equal(stated.item, walk.statement.item);
  if (!equal(stated.subject, walk.statement.subject) || !sameItem) throw new Refused(`${which} attestation: it is about another subject`);
}

/** @param {Walk} walk */
export function agent(walk) {
  const digest = sha256(utf8(walk.bundle.manifest));
  if (!equal(digest, walk.statement.agent)) mismatch("sha256 of the manifest", digest, walk.statement.agent);
  walk.trusted.push("verdict: the agent's, signed; where its manifest states limits, what the file holds is measured again");
  return found(`manifest sha256 ${toHex(digest)}`, signerOf(walk));
}

/** @param {Walk} walk */
function conclusion(walk) {
  const { statement, bundle } = walk;
  if (statement.kind === "shipment") {
    const span = `${moment(statement.fromMs / 1000n)} to ${moment(statement.toMs / 1000n)}`;
    return `shipment ${bundle.subject.path}, ${statement.readings} readings from ${span}: ${VERDICTS[Number(statement.verdict)]}`;
  }
  if (statement.kind === "lot") {
    const counts = `${statement.nonconforming} of ${statement.inspected} inspected items of ${statement.lotSize} nonconforming`;
    const seen = `seen ${moment(statement.fromMs / 1000n)} to ${moment(statement.toMs / 1000n)}`;
    return `lot ${bundle.subject.path}, ${seen}, ${counts}: ${LOT_VERDICTS[Number(statement.verdict)]}`;
  }
  const seen = statement.defect === 0n ? "good" : `defect of class ${statement.defect} of the agent's manifest`;
  const item = /** @type {Inspection} */ (bundle.content).item;
  return `item ${item} of lot ${bundle.subject.path}, seen ${moment(statement.timeMs / 1000n)}: ${seen}, ${percent(statement.confidencePpm)} confident`;
}

/** Returns parts per million as a percentage with one digit, half to even.
 * @param {bigint} ppm */
function percent(ppm) {
  const [tenths, rest] = [ppm / 1000n, ppm % 1000n];
  const rounded = rest > 500n || (rest === 500n && tenths & 1n) ? tenths + 1n : tenths;
  return `${rounded / 10n}.${rounded % 10n}%`;
}
