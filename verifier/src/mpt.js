/**
 * Merkle-Patricia proofs: what a trie with a known root holds at a key, and what an account or a storage slot holds. Pure.
 *
 * Every node is bound to its parent by hash (or by being embedded in it); absence is proven too. Mirrors lightclient/execution/trie.py and
 * proof.py. Source: Ethereum yellow paper, appendix D; EIP-1186.
 * @module
 */

import { equal, keccak256, toHex } from "./bytes.js";
import { Refused } from "./errors.js";
import { decode, decodeUint, encode } from "./rlp.js";

/** @typedef {import("./rlp.js").Item} Item */

export const EMPTY_TRIE_ROOT = keccak256(Uint8Array.of(0x80));
const MAX_NODE_BYTES = 1024;
const MAX_NODES = 66;
const EMPTY = new Uint8Array();

/** Returns the account that the state holds at the address, or null where the proof shows that it holds none.
 * @param {Uint8Array} stateRoot @param {Uint8Array} address @param {Uint8Array[]} proof */
export function verifyAccountProof(stateRoot, address, proof) {
  const leaf = verifyTrieProof(stateRoot, keccak256(address), proof);
  if (!leaf) return null;
  const fields = decode(leaf);
  if (!Array.isArray(fields) || fields.length !== 4) throw new Refused("RLP: an account is not a list of four items");
  const [nonce, balance, storageHash, codeHash] = fields;
  if (!(storageHash instanceof Uint8Array) || !(codeHash instanceof Uint8Array) || storageHash.length !== 32 || codeHash.length !== 32)
    throw new Refused("RLP: an account's hashes are not 32 bytes each");
  return { nonce: decodeUint(nonce, 8), balance: decodeUint(balance), storageHash, codeHash };
}

/** Returns the 256-bit value that the storage holds at the 32-byte key; zero where the proof shows that it holds none.
 * @param {Uint8Array} storageRoot @param {Uint8Array} key @param {Uint8Array[]} proof */
export function verifyStorageProof(storageRoot, key, proof) {
  const leaf = verifyTrieProof(storageRoot, keccak256(key), proof);
  if (!leaf) return 0n;
  const value = decodeUint(decode(leaf));
  if (value === 0n) throw new Refused("RLP: a storage trie holds an explicit zero");
  return value;
}

/** Returns the value at the key, or null; the proof must be exactly the nodes from the root to the key.
 * @param {Uint8Array} root @param {Uint8Array} key @param {Uint8Array[]} proof @returns {Uint8Array | null} */
export function verifyTrieProof(root, key, proof) {
  if (proof.length > MAX_NODES) throw new Refused(`nodes: ${proof.length} where at most ${MAX_NODES} can be`);
  const largest = Math.max(0, ...proof.map((node) => node.length));
  if (largest > MAX_NODE_BYTES) throw new Refused(`bytes of a node: ${largest} where at most ${MAX_NODE_BYTES} can be`);
  if (equal(root, EMPTY_TRIE_ROOT)) {
    if (proof.length > 1 || (proof.length === 1 && !equal(proof[0], Uint8Array.of(0x80)))) throw new Refused(`nodes of an empty trie: ${proof.length} where at most 1 can be`);
    return null;
  }
  let path = nibbles(key);
  let used = 0;
  /** @type {Item | null} */
  let reference = root;
  for (;;) {
    const node = reference instanceof Uint8Array ? hashed(proof, used++, reference) : reference;
    const [value, child, rest] = step(/** @type {Item[]} */ (node), path, used - 1);
    if (!child) {
      if (used !== proof.length) throw new Refused(`nodes: ${proof.length} where at most ${used} can be`);
      return value;
    }
    [reference, path] = [child, rest];
  }
}

/** @param {Uint8Array[]} proof @param {number} place @param {Uint8Array} expected */
function hashed(proof, place, expected) {
  if (place === proof.length) throw new Refused(`proof ends after ${place} nodes, before the key is reached or excluded`);
  const found = keccak256(proof[place]);
  if (!equal(found, expected)) throw new Refused(`trie node ${place} of the proof hashes to ${toHex(found)}, not to ${toHex(expected)}`);
  return decode(proof[place]);
}

/** Returns where one node leads for the rest of the path: a value, a child, or nowhere.
 * @param {Item} node @param {number[]} path @param {number} depth @returns {[Uint8Array | null, Item | null, number[]]} */
function step(node, path, depth) {
  if (!Array.isArray(node) || (node.length !== 2 && node.length !== 17)) return fail(depth, "it has neither 2 nor 17 items");
  if (node.length === 17) return path.length ? [null, childOf(node[path[0]], depth), path.slice(1)] : [valueOf(node[16], depth), null, []];
  const [isLeaf, segment] = hexPrefix(node[0], depth);
  if (segment.some((nibble, at) => path[at] !== nibble) || (isLeaf && path.length !== segment.length)) return [null, null, path];
  if (isLeaf) return [valueOf(node[1], depth), null, []];
  const child = childOf(node[1], depth);
  if (!segment.length || !child) return fail(depth, "an extension has no path or leads nowhere");
  return [null, child, path.slice(segment.length)];
}

/** @param {Item} item @param {number} depth */
function valueOf(item, depth) {
  if (!(item instanceof Uint8Array)) return fail(depth, "a value is a list");
  return item.length ? item : null;
}

/** @param {Item} item @param {number} depth */
function childOf(item, depth) {
  if (item instanceof Uint8Array) {
    if (equal(item, EMPTY)) return null;
    if (item.length !== 32) fail(depth, `a child's hash has ${item.length} bytes`);
  } else if (encode(item).length >= 32) fail(depth, "a child of 32 bytes or more is embedded instead of hashed");
  return item;
}

/** Returns whether the node is a leaf, and its path; only the canonical flags are accepted.
 * @param {Item} item @param {number} depth @returns {[boolean, number[]]} */
function hexPrefix(item, depth) {
  if (!(item instanceof Uint8Array) || !item.length) return fail(depth, "its path is missing");
  const [flags, first] = [item[0] >> 4, item[0] & 15];
  if (flags > 3 || (!(flags & 1) && first)) fail(depth, `its path begins with ${item[0]}`);
  const rest = nibbles(item.slice(1));
  return [flags >= 2, flags & 1 ? [first, ...rest] : rest];
}

/** @param {Uint8Array} data */
const nibbles = (data) => Array.from(data).flatMap((byte) => [byte >> 4, byte & 15]);

/** @param {number} depth @param {string} reason @returns {never} */
function fail(depth, reason) {
  throw new Refused(`trie node ${depth} of the proof: ${reason}`);
}
