/**
 * Simple Serialize as far as light-client messages need it: reading beacon API JSON in its one spelling, and hash tree roots. Pure.
 *
 * Types are values; the tables in `types.js` say which fields each fork has. Mirrors lightclient/ssz and lightclient/beacon_json.py.
 * Spec: consensus-specs `ssz/simple-serialize.md` and `ssz/merkle-proofs.md`.
 * @module
 */

import { concat, equal, fromHex, littleEndian, sha256 } from "../bytes.js";
import { Refused, shorten } from "../errors.js";
import { isObject } from "../json.js";

/**
 * @typedef {{
 *   read: (value: unknown, path: string) => any,
 *   root: (value: any) => Uint8Array,
 *   empty: () => any,
 * }} Type
 */

const MAX_DEPTH = 64;
/** `ZERO_HASHES[d]` is the root of a tree of depth `d` whose leaves are all zero. */
export const ZERO_HASHES = [new Uint8Array(32)];
for (let depth = 0; depth < MAX_DEPTH; depth++) ZERO_HASHES.push(sha256(concat(ZERO_HASHES[depth], ZERO_HASHES[depth])));

/** @param {string} path @param {string} reason @returns {never} */
function fail(path, reason) {
  throw new Refused(`${path}: ${reason}`);
}

// Merkle trees

/** @param {number} leaves */
const treeDepth = (leaves) => (leaves > 1 ? Math.floor(Math.log2(leaves - 1)) + 1 : 0);

/** Returns the root over 32-byte chunks, padded with zero chunks to `limit` and to a power of two.
 * @param {Uint8Array[]} chunks @param {number} limit */
export function merkleize(chunks, limit = chunks.length) {
  const depth = treeDepth(limit);
  if (!chunks.length) return ZERO_HASHES[depth];
  let layer = chunks;
  for (let level = 0; level < depth; level++)
    layer = Array.from({ length: Math.ceil(layer.length / 2) }, (_, at) => sha256(concat(layer[2 * at], layer[2 * at + 1] ?? ZERO_HASHES[level])));
  return layer[0];
}

/** @param {Uint8Array} data */
function pack(data) {
  const padded = new Uint8Array(Math.ceil(data.length / 32) * 32);
  padded.set(data);
  return Array.from({ length: padded.length / 32 }, (_, at) => padded.slice(32 * at, 32 * (at + 1)));
}

/** @param {number} gindex */
export const floorlog2 = (gindex) => Math.floor(Math.log2(gindex));

/** Returns whether the branch proves the leaf at a generalized index, after dropping leading zero nodes that pad it.
 * @param {Uint8Array} leaf @param {Uint8Array[]} branch @param {number} gindex @param {Uint8Array} root */
export function isValidNormalizedBranch(leaf, branch, gindex, root) {
  const depth = floorlog2(gindex);
  const extra = branch.length - depth;
  if (extra < 0 || branch.slice(0, extra).some((node) => !equal(node, ZERO_HASHES[0]))) return false;
  return isValidBranch(leaf, branch.slice(extra), gindex, root);
}

/** @param {Uint8Array} leaf @param {Uint8Array[]} branch @param {number} gindex @param {Uint8Array} root */
export function isValidBranch(leaf, branch, gindex, root) {
  if (branch.length !== floorlog2(gindex)) return false;
  const found = branch.reduce((node, sibling, level) => sha256((gindex >> level) & 1 ? concat(sibling, node) : concat(node, sibling)), leaf);
  return equal(found, root);
}

// Types

/** An unsigned integer of `width` bytes; a decimal string in JSON.
 * @param {number} width @returns {Type} */
export const uint = (width) => ({
  read(value, path) {
    if (typeof value !== "string" || !/^(?:0|[1-9][0-9]{0,77})$/.test(value)) return fail(path, `${shorten(value)} is not a decimal number in a string`);
    const number = BigInt(value);
    return number >> BigInt(8 * width) ? fail(path, `${value} does not fit ${width} bytes`) : number;
  },
  root: (value) => littleEndian(value, 32),
  empty: () => 0n,
});

/** Exactly `length` bytes.
 * @param {number} length @returns {Type} */
export const bytes = (length) => ({
  read: (value, path) => fromHex(path, value, { length }),
  root: (value) => (length === 32 ? value : merkleize(pack(value))),
  empty: () => new Uint8Array(length),
});

/** At most `limit` bytes.
 * @param {number} limit @returns {Type} */
export const byteList = (limit) => ({
  read: (value, path) => fromHex(path, value, { limit }),
  root: (value) => sha256(concat(merkleize(pack(value), Math.ceil(limit / 32)), littleEndian(BigInt(value.length), 32))),
  empty: () => new Uint8Array(),
});

/** Exactly `length` values.
 * @param {Type} element @param {number} length @returns {Type} */
export const vector = (element, length) => ({
  read(value, path) {
    if (!Array.isArray(value) || value.length !== length) return fail(path, `not a list of ${length}`);
    return value.map((item, place) => element.read(item, `${path}[${place}]`));
  },
  root: (value) => merkleize(value.map(element.root), length),
  empty: () => Array.from({ length }, element.empty),
});

/** Named fields in order.
 * @param {[string, Type][]} table @returns {Type} */
export const container = (table) => ({
  read(value, path) {
    if (!isObject(value)) return fail(path, "not an object");
    for (const name of Object.keys(value)) if (!table.some(([known]) => known === name)) fail(path, `unknown field ${shorten(name)}`);
    return Object.fromEntries(table.map(([name, type]) => (Object.hasOwn(value, name) ? [name, type.read(value[name], `${path}.${name}`)] : fail(path, `lacks ${name}`))));
  },
  root: (value) => merkleize(table.map(([name, type]) => type.root(value[name]))),
  empty: () => Object.fromEntries(table.map(([name, type]) => [name, type.empty()])),
});
