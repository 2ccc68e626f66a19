/**
 * Checks of who vouches: the gateway's standing, the attestation's revocation, what other gateways attested. Pure; each returns what it found
 * or throws. Mirrors oracle/verify_standing.py and oracle/quorum.py.
 * @module
 */

import * as attestation from "./attestation.js";
import { bigEndian, compare, compareText, equal, toChecksum, toHex } from "./bytes.js";
import { accountAt, heldOtherwise, wordAt } from "./chain.js";
import { anchorSlot, gatewayRecord, gatewayRegistryCodeHash, gatewaySlot, keyRecord, keySlot, revocationSlot } from "./contracts.js";
import { signerOf } from "./content.js";
import { CannotTell, Refused, within } from "./errors.js";
import { general } from "./format.js";
import { statedEvent } from "./journey.js";
import { numberOf } from "./json.js";
import { batchLeaf, rootFromProof } from "./merkle.js";
import { STATEMENTS } from "./schemas.js";
import { P256_BYTES } from "./signature.js";
import { found, moment } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {import("./parts.js").KeyProof} KeyProof */
/**
 * @typedef {{gateway: Uint8Array, verdict: bigint, measures: Map<string, number>, revokedS: bigint | null}} Vote what one gateway attested, and
 *   when it took that back: 0 for not by the block, null where nothing shows it
 */

/** What a gateway in one of these anchored before stands, and what it anchors now does not; an anchor's slot holds no time that tells. */
const OUT_OF_SERVICE = ["suspended", "unbonding", "retired"];

/** The attester's key is that of a registered gateway in good standing, and the key that anchored is the same gateway's.
 * @param {Walk} walk */
export function standing(walk) {
  const { standing: stated, attestation: signed, anchor } = walk.bundle;
  if (!stated) {
    if (walk.expected.quorum) throw new CannotTell("how the gateway stands is not in the file: ask for a bundle with its standing");
    return found("not in the file: whether the gateway is registered is not shown", signerOf(walk), "missing");
  }
  const account = accountAt(walk, anchor.gatewayRegistry, stated.accountProof);
  const genuine = gatewayRegistryCodeHash();
  if (!equal(account.codeHash, genuine)) throw new Refused(`code hash is ${toHex(account.codeHash)}, a GatewayRegistry has ${toHex(genuine)}`);
  walk.membersRoot = account.storageHash;
  const { member, since } = memberOf(walk, stated.keys, signed.attester, anchor.gateway, signed.time);
  walk.member = member;
  const given = walk.expected.gateway;
  if (given && !equal(given, anchor.gateway)) {
    if (!equal(given, member)) throw new Refused(`gateway is ${toChecksum(member)}, expected ${toChecksum(given)}`);
    walk.trusted.push(`gateway ${toChecksum(member)}, given by hand`);
  }
  return found(`gateway ${toChecksum(member)}, active since ${since}`, `GatewayRegistry ${toChecksum(anchor.gatewayRegistry)}`);
}

/** The attester had not revoked the attestation by the bundle's block.
 * @param {Walk} walk */
export function revocation(walk) {
  const { revocation: stated, attestation: signed } = walk.bundle;
  const contract = toChecksum(signed.domain.verifyingContract);
  if (stated) requireNotRevoked(walk, stated);
  else if (!signed.revocable) {
    walk.unrevoked = true;
    return found("it cannot be revoked", signerOf(walk));
  }
  if (signed.revocable && signed.signature.length === P256_BYTES) {
    const why = "EAS keeps revocations by who sent them, and a key of P-256 sends no transactions";
    return found(`this key cannot revoke: ${why}`, signerOf(walk), "missing");
  }
  if (!stated) return found(`not in the file: ask the EAS contract ${contract}`, signerOf(walk), "missing");
  walk.unrevoked = true;
  return found(`not revoked by block ${walk.block.block_number}`, `EAS ${contract}`);
}

/** EAS held no revocation by the attester in the bundle's block.
 * @param {Walk} walk @param {NonNullable<Walk["bundle"]["revocation"]>} stated */
function requireNotRevoked(walk, stated) {
  const { attestation: signed } = walk.bundle;
  const contract = signed.domain.verifyingContract;
  if (!walk.deploymentPinned)
    throw new CannotTell(
      "nothing but the attestation says which EAS contract counts, and its version says where it keeps revocations: " +
        "pass a network file that names eas and eas_version",
    );
  walk.revocationsRoot = accountAt(walk, contract, stated.accountProof).storageHash;
  const revokedS = wordAt(contract, walk.revocationsRoot, slotOf(signed), stated.storageProof);
  if (revokedS) {
    walk.revokedS = revokedS;
    throw new Refused(`REVOKED by its attester ${moment(revokedS)}`);
  }
}

/** @param {import("./attestation.js").Attestation} signed */
const slotOf = (signed) => revocationSlot(signed.domain.version, signed.attester, signed.uid);

/** What other registered gateways attested about the same subject, and the median of what all of them measured.
 * @param {Walk} walk */
export function others(walk) {
  const wanted = Math.max(walk.expected.quorum ?? 0, 1);
  const { quorum, content } = walk.bundle;
  if (!quorum.length && wanted === 1) return null;
  if (!walk.membersRoot || !walk.member) throw new Refused("the others: cannot be counted without the standing of the gateways");
  const event = content.kind === "shipment" ? content.event : null;
  const own = { gateway: walk.member, verdict: verdictOf(walk.statement), measures: measuresOf(walk.statement, walk, event), revokedS: walk.unrevoked ? 0n : null };
  const votes = [own, ...quorum.map((one) => voteOf(walk, one))];
  const gateways = votes.map((vote) => vote.gateway).sort(compare);
  gateways.forEach((gateway, at) => {
    if (at > 0 && equal(gateway, gateways[at - 1])) throw new Refused(`gateway ${toChecksum(gateway)} is counted twice: a quorum is of distinct registered gateways`);
  });
  const counting = votes.filter((vote) => !vote.revokedS);
  const agreeing = counting.filter((vote) => vote.verdict === own.verdict).sort((a, b) => compare(a.gateway, b.gateway));
  const counted = `${agreeing.length} of ${gateways.length}`;
  if (agreeing.length < wanted)
    throw new CannotTell(`${counted} gateways in the file attested this verdict, ${wanted} are demanded: ask for a bundle with more of them, or read theirs`);
  warnOfOthers(walk, votes);
  const shown = agreeing.filter((vote) => vote.revokedS === 0n).length;
  const all = shown === agreeing.length;
  const kept = all ? `none of them had taken it back by block ${walk.block.block_number}` : `${shown} of them shown not to have taken it back`;
  const by = agreeing.map((vote) => `gateway ${toChecksum(vote.gateway)}`).join(", ");
  // A demand is met where so many are shown to stand by their word; without one, all who are counted have to be.
  const enough = shown >= (wanted > 1 ? wanted : agreeing.length);
  return found(`${counted} registered gateways attest this verdict, ${kept}; ${mediansOf(counting)}`, by, enough ? "proven" : "missing");
}

/** Names the gateways that took their word back, that may have, and that say otherwise.
 * @param {Walk} walk @param {Vote[]} votes */
function warnOfOthers(walk, votes) {
  for (const { gateway, revokedS } of votes) if (revokedS) walk.warnings.push(`not counted: ${toChecksum(gateway)} took back what it attested ${moment(revokedS)}`);
  const unknown = votes.slice(1).filter((vote) => vote.revokedS === null).map((vote) => toChecksum(vote.gateway));
  if (unknown.length) {
    const contract = toChecksum(walk.bundle.attestation.domain.verifyingContract);
    const whose = `gateways other than the file's own (${unknown.join(", ")})`;
    walk.warnings.push(`the file does not show whether ${whose} took back what they attested: ask the EAS contract ${contract}`);
  }
  const against = votes.filter((vote) => !vote.revokedS && vote.verdict !== votes[0].verdict).map((vote) => vote.gateway).sort(compare);
  if (against.length) walk.warnings.push(`another verdict was attested by ${against.map(toChecksum).join(", ")}`);
}

/** Returns the median of each measure that every vote names; of two middles the lower one, so that it is always somebody's number.
 * @param {Vote[]} votes */
function mediansOf(votes) {
  const names = [...votes[0].measures.keys()].filter((name) => votes.every((vote) => vote.measures.has(name))).sort(compareText);
  const median = (/** @type {string} */ name) => {
    const values = votes.map((vote) => vote.measures.get(name) ?? Number.NaN).sort((a, b) => a - b);
    return values[Math.floor((values.length - 1) / 2)];
  };
  return names.map((name) => `median ${name} ${general(median(name), 6)}`).join("; ");
}

/** Returns the vote of another gateway, once its signature, its subject, its anchor and its standing hold.
 * @param {Walk} walk @param {Walk["bundle"]["quorum"][0]} one @returns {Vote} */
const voteOf = (walk, one) => within(`gateway ${toChecksum(one.gateway)}`, () => checkedVote(walk, one));

/** @param {Walk} walk @param {Walk["bundle"]["quorum"][0]} one @returns {Vote} */
function checkedVote(walk, one) {
  const { attestation: signed } = one;
  const { attestation: own, anchor, content } = walk.bundle;
  attestation.verify(signed, own.domain, walk.nowS);
  if (!equal(signed.schema, own.schema)) throw new Refused(`schema ${toHex(signed.schema)} is not that of this kind of subject, ${toHex(own.schema)}`);
  const statement = STATEMENTS[content.kind][1](signed.data);
  if (!equal(statement.subject, walk.statement.subject)) throw new Refused("it is about another subject");
  if (content.kind === "item" && !equal(statement.item, walk.statement.item)) throw new Refused("it is about another item");
  if (!equal(statement.agent, walk.statement.agent)) throw new Refused("another agent judged");
  const measures = measuresOf(statement, walk, one.event);
  const root = rootFromProof(batchLeaf(signed.uid, signed.attester, attestation.digestOf(signed)), one.batch.proof);
  if (!equal(root, one.batch.root)) throw new Refused(`the attestation's proof leads to ${toHex(root)}, the batch's root is ${toHex(one.batch.root)}`);
  const value = wordAt(anchor.registry, walk.storageRoot, anchorSlot(one.gateway, one.index), one.storageProof);
  if (!equal(bigEndian(value, 32), root)) throw new Refused(heldOtherwise(bigEndian(value, 32), root));
  const { member } = memberOf(walk, one.keys, signed.attester, one.gateway, signed.time);
  return { gateway: member, verdict: verdictOf(statement), measures, revokedS: takenBackS(walk, signed, one.revocationProof) };
}

/** Returns when another gateway revoked its attestation, in seconds; 0 for not by the block, null where the file does not show it.
 * @param {Walk} walk @param {import("./attestation.js").Attestation} signed @param {Uint8Array[] | null} nodes @returns {bigint | null} */
function takenBackS(walk, signed, nodes) {
  if (!nodes) return signed.revocable ? null : 0n;
  if (!walk.revocationsRoot) throw new Refused("its proof of revocation: rests on the account proof of `revocation`, which is not in the file");
  const revokedS = wordAt(signed.domain.verifyingContract, walk.revocationsRoot, slotOf(signed), nodes);
  return !revokedS && signed.revocable && signed.signature.length === P256_BYTES ? null : revokedS;
}

/** @param {any} statement @returns {bigint} */
const verdictOf = (statement) => (statement.kind === "item" ? statement.defect : statement.verdict);

/** Returns what a statement measured: of a shipment each quantity's range, as its event says; of a lot its count.
 * @param {any} statement @param {Walk} walk @param {any} event @returns {Map<string, number>} */
function measuresOf(statement, walk, event) {
  if (Boolean(event) !== (statement.kind === "shipment")) throw new Refused("an event: stands beside a shipment's statement, and beside no other");
  if (statement.kind === "lot") return new Map([["nonconforming items", Number(statement.nonconforming)]]);
  if (statement.kind === "item") return new Map([["confidence (ppm)", Number(statement.confidencePpm)]]);
  const { summaries } = statedEvent(event, "$.quorum.event", statement, walk.bundle.subject);
  return new Map(
    summaries.flatMap((/** @type {import("./epcis/event.js").Summary} */ { quantity, minimum, mean, maximum }) =>
      /** @type {[string, number][]} */ ([[`lowest ${quantity}`, numberOf(minimum)], [`mean ${quantity}`, numberOf(mean)], [`highest ${quantity}`, numberOf(maximum)]]),
    ),
  );
}

/** Returns the registered gateway whose keys signed and anchored, and since when it is active.
 * @param {Walk} walk @param {KeyProof} keys @param {Uint8Array} attester @param {Uint8Array} anchoredBy @param {bigint} signedS */
function memberOf(walk, keys, attester, anchoredBy, signedS) {
  const [registry, root] = [walk.bundle.anchor.gatewayRegistry, walk.membersRoot];
  if (!keys.anchorKey !== equal(attester, anchoredBy)) throw standingOf(attester, "a proof of the anchoring key belongs here exactly where another key signed");
  const named = /** @type {[Uint8Array, Uint8Array[]][]} */ ([[attester, keys.key], ...(keys.anchorKey ? [[anchoredBy, keys.anchorKey]] : [])]);
  const records = named.map(([key, nodes]) => ({ key, ...keyRecord(wordAt(registry, root, keySlot(key), nodes)) }));
  const { gateway } = records[0];
  for (const record of records) {
    if (!record.gateway.some(Boolean)) throw standingOf(record.key, "it is no key of a registered gateway");
    if (!equal(record.gateway, gateway)) throw standingOf(record.key, `it is a key of another gateway, ${toChecksum(record.gateway)}`);
    if (record.revokedAt)
      throw new CannotTell(
        `key ${toChecksum(record.key)} was revoked ${moment(record.revokedAt)}, before this file's block: ` +
          "a thief could have used it since: ask for a bundle whose block is older than that",
      );
  }
  if (signedS < records[0].since) walk.warnings.push(`it was signed before key ${toChecksum(attester)} was registered`);
  const record = gatewayRecord(wordAt(registry, root, gatewaySlot(gateway), keys.gateway));
  requireActive(gateway, record);
  return { member: gateway, since: moment(record.since) };
}

/** @param {Uint8Array} gateway @param {{standing: string, since: bigint}} record */
function requireActive(gateway, { standing, since }) {
  if (standing === "active") return;
  const stands = `${standing} since ${moment(since)}`;
  if (OUT_OF_SERVICE.includes(standing))
    throw new CannotTell(
      `gateway ${toChecksum(gateway)} is ${stands}, before this file's block: ` +
        "it could have signed since under an earlier time: ask for a bundle whose block is older than that",
    );
  throw standingOf(gateway, `the gateway is ${stands}`);
}

/** @param {Uint8Array} who @param {string} reason */
const standingOf = (who, reason) => new Refused(`${toChecksum(who)}: ${reason}`);
