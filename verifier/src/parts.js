/**
 * Parts of a bundle that stand beside the proof itself: corrections, standing, revocation, quorum, items of a lot. Pure.
 * Mirrors oracle/bundle_parts.py. Nothing is checked for truth here.
 * @module
 */

import { fromJson } from "./attestation.js";
import { compare, compareText, fromChecksum, fromHex } from "./bytes.js";
import { Refused } from "./errors.js";

/** @typedef {import("./attestation.js").Attestation} Attestation */
/** @typedef {{key: Uint8Array[], anchorKey: Uint8Array[] | null, gateway: Uint8Array[]}} KeyProof */

/** @param {string} path @param {any[]} nodes */
export const nodesOf = (path, nodes) => nodes.map((node, place) => fromHex(`${path}[${place}]`, node));

/** @param {string} path @param {any} document */
export const batchOf = (path, document) => ({
  root: fromHex(`${path}.root`, document.root, { length: 32 }),
  proof: /** @type {Uint8Array[]} */ (document.proof.map((/** @type {string} */ step) => fromHex(`${path}.proof`, step, { length: 32 }))),
});

/** Returns a lot's inspected items, each named once, in order.
 * @param {any[]} documents @returns {{item: string, attestation: Attestation}[]} */
export function itemsOf(documents) {
  if (documents.some((one, at) => at > 0 && compareText(documents[at - 1].item, one.item) >= 0)) throw new Refused("$.items: items are not in order of their names, each once");
  return documents.map((one, place) => ({ item: one.item, attestation: fromJson(one.attestation, `$.items[${place}].attestation`) }));
}

/** Returns what the attestation corrects, newest first, and what corrects it, oldest first.
 * @param {any} document @returns {{earlier: Attestation[], later: Attestation[]}} */
export function correctionsOf(document) {
  if (!document) return { earlier: [], later: [] };
  if (!document.earlier && !document.later) throw new Refused("$.corrections: not in its one spelling: it is empty");
  const side = (/** @type {string} */ name) => (document[name] ?? []).map((/** @type {any} */ one, /** @type {number} */ at) => fromJson(one, `$.corrections.${name}[${at}]`));
  return { earlier: side("earlier"), later: side("later") };
}

/** @param {string} path @param {any} document @returns {KeyProof} */
const keysOf = (path, document) => ({
  key: nodesOf(`${path}.keyProof`, document.keyProof),
  anchorKey: document.anchorKeyProof ? nodesOf(`${path}.anchorKeyProof`, document.anchorKeyProof) : null,
  gateway: nodesOf(`${path}.gatewayProof`, document.gatewayProof),
});

/** @param {any} document */
export const standingOf = (document) => (document ? { accountProof: nodesOf("$.standing.accountProof", document.accountProof), keys: keysOf("$.standing", document) } : null);

/** @param {any} document */
export const revocationOf = (document) =>
  document ? { accountProof: nodesOf("$.revocation.accountProof", document.accountProof), storageProof: nodesOf("$.revocation.storageProof", document.storageProof) } : null;

/** Returns what other gateways attested, in order of their addresses, each once.
 * @param {any[]} documents */
export function quorumOf(documents = []) {
  const members = documents.map((document, place) => {
    const path = `$.quorum[${place}]`;
    return {
      attestation: fromJson(document.attestation, `${path}.attestation`),
      event: document.event ?? null,
      batch: batchOf(`${path}.batch`, document.batch),
      gateway: fromChecksum(`${path}.gateway`, document.gateway),
      index: /** @type {number} */ (document.index),
      storageProof: nodesOf(`${path}.storageProof`, document.storageProof),
      keys: keysOf(path, document),
      revocationProof: document.revocationProof ? nodesOf(`${path}.revocationProof`, document.revocationProof) : null,
    };
  });
  if (members.some((one, at) => at > 0 && compare(members[at - 1].gateway, one.gateway) >= 0)) throw new Refused("$.quorum: gateways are not in order of their addresses, each once");
  return members;
}
