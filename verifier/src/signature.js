/**
 * Signatures of attesters: r, s, v over secp256k1 in 65 bytes, or r, s, x, y over P-256 in 128. Pure. Mirrors oracle/signature.py.
 * @module
 */

import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

import { concat, keccak256, toBigInt } from "./bytes.js";
import { Refused, shorten } from "./errors.js";

/** Length of r, s and the coordinates of a public key of P-256. */
export const P256_BYTES = 128;

/** @param {Uint8Array} signature @param {string} reason @returns {never} */
function refuse(signature, reason) {
  throw new Refused(`signature ${shorten(signature)}: ${reason}`);
}

/** Returns the address whose key signed the digest.
 * @param {Uint8Array} digest @param {Uint8Array} signature */
export function recover(digest, signature) {
  if (signature.length === 65) return recoverSecp256k1(digest, signature);
  if (signature.length === P256_BYTES) return verifyP256(digest, signature);
  return refuse(signature, `${signature.length} bytes, expected 65 or 128`);
}

/** @param {Uint8Array} digest @param {Uint8Array} signature */
function recoverSecp256k1(digest, signature) {
  const v = signature[64];
  if (v !== 27 && v !== 28) refuse(signature, `v is ${v}, expected 27 or 28`);
  if (toBigInt(signature.slice(32, 64)) > secp256k1.Point.CURVE().n / 2n) refuse(signature, "s is in the upper half of the group order (EIP-2)");
  try {
    const parsed = secp256k1.Signature.fromBytes(concat(Uint8Array.of(v - 27), signature.slice(0, 64)), "recovered");
    return addressOf(parsed.recoverPublicKey(digest).toBytes(false).slice(1));
  } catch {
    return refuse(signature, "no key recovers from it");
  }
}

/** @param {Uint8Array} digest @param {Uint8Array} signature */
function verifyP256(digest, signature) {
  const key = signature.slice(64);
  if (toBigInt(signature.slice(32, 64)) > p256.Point.CURVE().n / 2n) refuse(signature, "s is in the upper half of the group order");
  let holds = false;
  try {
    holds = p256.verify(signature.slice(0, 64), digest, concat(Uint8Array.of(4), key), { prehash: false, lowS: true });
  } catch {
    refuse(signature, "its key is no point of P-256");
  }
  if (!holds) refuse(signature, "it does not verify under the key it carries");
  return addressOf(key);
}

/** Returns the address of a key's x and y, as Ethereum derives it.
 * @param {Uint8Array} xy */
export const addressOf = (xy) => keccak256(xy).slice(-20);
