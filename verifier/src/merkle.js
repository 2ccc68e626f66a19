/**
 * StandardMerkleTree: the tree of OpenZeppelin's merkle-tree package. Pure. Mirrors oracle/merkle.py and oracle/batch.py.
 *
 * Leaves arrive hashed twice, so an inner node is useless as a leaf; a pair is hashed smaller first; every element of a proof must be used
 * (CVE-2023-34459).
 * @module
 */

import { address } from "./abi.js";
import { compare, concat, keccak256 } from "./bytes.js";
import { Refused } from "./errors.js";

const MAX_PROOF_DEPTH = 64;

/** @param {Uint8Array} left @param {Uint8Array} right */
export const hashPair = (left, right) => keccak256(compare(left, right) < 0 ? concat(left, right) : concat(right, left));

/** Returns the root over leaf hashes, of which there is at least one.
 * @param {Uint8Array[]} leaves */
export function rootOfLeaves(leaves) {
  const nodes = [...leaves].sort(compare).reverse();
  // The children of node i are 2i+1 and 2i+2, leaves fill the end backwards.
  const tree = [...new Array(nodes.length - 1), ...nodes];
  for (let parent = nodes.length - 2; parent >= 0; parent--) tree[parent] = hashPair(tree[2 * parent + 1], tree[2 * parent + 2]);
  return tree[0];
}

/** Returns the root to which a proof leads; the caller compares it.
 * @param {Uint8Array} leaf @param {Uint8Array[]} proof */
export function rootFromProof(leaf, proof) {
  if (proof.length > MAX_PROOF_DEPTH) throw new Refused(`Merkle proof is malformed: ${proof.length} steps, at most ${MAX_PROOF_DEPTH}`);
  return proof.reduce(hashPair, leaf);
}

/** Returns the root to which a multiproof leads; the caller compares it.
 * @param {Uint8Array[]} leaves @param {Uint8Array[]} proof @param {boolean[]} flags */
export function rootFromMultiproof(leaves, proof, flags) {
  if (leaves.length + proof.length !== flags.length + 1)
    throw new Refused(`Merkle proof is malformed: ${leaves.length} leaves and ${proof.length} hashes do not fit ${flags.length} flags`);
  const ours = [...leaves];
  let [first, used] = [0, 0];
  for (const partnerIsOurs of flags) {
    const left = ours[first++];
    const right = partnerIsOurs ? ours[first++] : proof[used++];
    if (!left || !right) throw new Refused("Merkle proof is malformed: flags ask for a hash that is not there");
    ours.push(hashPair(left, right));
  }
  return ours[first] ?? proof[used];
}

/** Returns the leaf of one attestation in a batch.
 * @param {Uint8Array} uid @param {Uint8Array} attester @param {Uint8Array} digest */
export const batchLeaf = (uid, attester, digest) => keccak256(keccak256(concat(uid, address(attester), digest)));
