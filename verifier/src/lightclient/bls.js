/**
 * BLS12-381 signatures of sync committees: minimal public keys, proof of possession. Pure. Mirrors lightclient/bls.
 *
 * Every key of a committee is checked (curve, subgroup, not infinity) before any of them counts. What a library decodes is encoded again and
 * must give the same bytes, so no point has a second spelling. Decompressing 512 keys takes about a second, hence `onKeys`.
 * @module
 */

import { bls12_381 } from "@noble/curves/bls12-381.js";

import { concat, digits, equal, sha256, toHex } from "../bytes.js";
import { Refused } from "../errors.js";

const DST = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;
const { Fp12 } = bls12_381.fields;

/** @typedef {InstanceType<typeof G1>} Key */

/** Returns the point of a compressed key that is valid in every respect.
 * @param {Uint8Array} data @param {number} place */
export function keyOf(data, place = 0) {
  const point = decoded(G1, data);
  if (!point || point.is0()) throw new Refused(`committee key ${place} is no valid public key`);
  return point;
}

/** Keys of the last committees, because one page checks many bundles of one chain.
 * @type {Map<string, Key[]>} */
const known = new Map();
const COMMITTEES_KEPT = 4;

/** Returns the keys of a committee; `onKeys` hears how many more were checked.
 * @param {Uint8Array[]} pubkeys @param {(count: number) => void} onKeys */
export function committeeKeys(pubkeys, onKeys = () => {}) {
  const name = pubkeys.map(digits).join("");
  const found = known.get(name);
  if (found) {
    onKeys(pubkeys.length);
    return found;
  }
  const keys = pubkeys.map((data, place) => {
    const key = keyOf(data, place);
    if (place % 16 === 15) onKeys(16);
    return key;
  });
  if (known.size === COMMITTEES_KEPT) known.delete(known.keys().next().value ?? "");
  known.set(name, keys);
  return keys;
}

/** Signatures that were found to hold: bundles of one chain share those of its committees, and a pairing takes longer than all else.
 * @type {Set<string>} */
const holding = new Set();
const HOLDING_KEPT = 64;

/** Returns whether all these keys signed the message; false for no keys, for keys that cancel out, and for a malformed signature.
 * @param {Key[]} keys @param {Uint8Array} message @param {Uint8Array} signature */
export function fastAggregateVerify(keys, message, signature) {
  const aggregate = keys.reduce((sum, key) => sum.add(key), G1.ZERO);
  const point = decoded(G2, signature);
  if (!point || aggregate.is0()) return false;
  if (point.is0()) return false; // no key but the identity signs so
  const name = toHex(sha256(concat(aggregate.toBytes(true), message, signature)));
  if (holding.has(name)) return true;
  const hashed = bls12_381.longSignatures.hash(message, DST);
  const product = bls12_381.pairingBatch([
    { g1: G1.BASE.negate(), g2: point },
    { g1: aggregate, g2: /** @type {any} */ (hashed) },
  ]);
  const holds = Fp12.eql(product, Fp12.ONE);
  if (holding.size === HOLDING_KEPT) holding.clear();
  if (holds) holding.add(name);
  return holds;
}

/** @template {typeof G1 | typeof G2} Group @param {Group} group @param {Uint8Array} data @returns {InstanceType<Group> | null} */
function decoded(group, data) {
  try {
    const point = group.fromBytes(data);
    if (!point.is0() && !point.isTorsionFree()) return null;
    return equal(point.toBytes(true), data) ? /** @type {any} */ (point) : null;
  } catch {
    return null;
  }
}
