/**
 * COSE_Sign1 and COSE_Key as far as devices need them: EdDSA over Ed25519, and ES256. Pure. Mirrors drivers/senml/cose.py and signed.py.
 *
 * Sources: RFC 9052 sections 4 and 7, RFC 9053.
 * @module
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { sha512 } from "@noble/hashes/sha2.js";

import { concat, equal, toBigInt, utf8 } from "../bytes.js";
import { Refused } from "../errors.js";
import { decodeItem } from "./item.js";

const TAG = 0xd2;
const [ALG, CRIT, CONTENT_TYPE, KID] = [1n, 2n, 3n, 4n];
const MAX_DEPTH = 4;
const MAX_BYTES = 262_144 + 512;
const ENCODING = "not in its one encoding: tag 18, then definite lengths, each as short as it can be";
const DEVICE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const P = 2n ** 255n - 19n;
const SMALL_ORDER = [0n, 1n, P - 1n, 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n];
/** y of the points of small order: under such a key anybody can sign anything. */
const SMALL_ORDER_Y = new Set([...SMALL_ORDER, ...SMALL_ORDER.map((y) => P - y)]);
/** What stands before x, and between x and y, in the deterministic CBOR of a COSE_Key. */
const OKP = Uint8Array.of(0xa3, 1, 1, 0x20, 6, 0x21, 0x58, 32);
const EC2 = Uint8Array.of(0xa4, 1, 2, 0x20, 1, 0x21, 0x58, 32);
const EC2_Y = Uint8Array.of(0x22, 0x58, 32);

/** @typedef {{algorithm: bigint, verifies: (signature: Uint8Array, message: Uint8Array) => boolean}} DeviceKey */
/** @typedef {{protected: Uint8Array, algorithm: any, device: string, payload: Uint8Array, signature: Uint8Array}} Sign1 */

/** @param {string} reason @returns {never} */
function fail(reason) {
  throw new Refused(`not a signed payload (COSE_Sign1): ${reason}`);
}

/** Returns the signed payload of a device, read and not yet verified.
 * @param {Uint8Array} data @returns {Sign1} */
export function parseSign1(data) {
  if (data.length > MAX_BYTES) fail(`${data.length} bytes, at most ${MAX_BYTES}`);
  if (data[0] !== TAG) fail(ENCODING);
  const parts = decodeItem(data.slice(1), MAX_DEPTH);
  if (!Array.isArray(parts) || parts.length !== 4) return fail("expected the four parts of a COSE_Sign1");
  const [header, unprotected, payload, signature] = parts;
  if (![header, payload, signature].every((part) => part instanceof Uint8Array) || !(unprotected instanceof Map)) fail("expected the four parts of a COSE_Sign1");
  const headers = labelled(header.length ? decodeItem(header, MAX_DEPTH) : new Map());
  labelled(unprotected);
  if ([...headers.keys()].some((label) => unprotected.has(label))) fail("a parameter stands in both headers");
  if (headers.has(CRIT) || unprotected.has(CRIT)) fail("a parameter must be understood (crit) and is not");
  if (!headers.has(ALG)) fail("alg is not in the protected header");
  const type = headers.has(CONTENT_TYPE) ? headers.get(CONTENT_TYPE) : 112n;
  if (type !== 112n && type !== "application/senml+cbor") fail("the protected content type is not SenML in CBOR");
  const kid = headers.has(KID) ? headers.get(KID) : unprotected.get(KID);
  const device = kid instanceof Uint8Array ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(kid) : "";
  if (!DEVICE.test(device)) fail("it names no device");
  // A payload is known by its hash: of the spellings that COSE leaves under one signature, one is taken.
  if ([...unprotected.keys()].some((label) => label !== KID)) fail("the unprotected header holds more than kid: nobody signed that");
  const named = unprotected.size ? concat(Uint8Array.of(0xa1, Number(KID)), byteString(kid)) : Uint8Array.of(0xa0);
  if (!equal(data, concat(Uint8Array.of(TAG, 0x84), byteString(header), named, byteString(payload), byteString(signature)))) fail(ENCODING);
  return { protected: header, algorithm: headers.get(ALG), device, payload, signature };
}

/** @param {any} item @returns {Map<any, any>} */
function labelled(item) {
  if (!(item instanceof Map) || [...item.keys()].some((label) => typeof label !== "bigint" && typeof label !== "string")) return fail("a header is no map with integers and texts as labels");
  return item;
}

/** Returns if the key signed this.
 * @param {Sign1} message @param {DeviceKey} key */
export function verifySign1(message, key) {
  if (message.algorithm !== key.algorithm) throw new Refused("signature refused: it is of another algorithm than the key");
  // An empty protected header is signed as the empty string however it came.
  const header = equal(message.protected, Uint8Array.of(0xa0)) ? new Uint8Array() : message.protected;
  const signed = concat(Uint8Array.of(0x84, 0x6a), utf8("Signature1"), byteString(header), byteString(new Uint8Array()), byteString(message.payload));
  if (message.signature.length !== 64 || !key.verifies(message.signature, signed)) throw new Refused("signature refused: it is not this key's over these bytes");
}

/** @param {Uint8Array} data */
function byteString(data) {
  const size = data.length;
  const head = size < 24 ? [0x40 + size] : size < 256 ? [0x58, size] : size < 65536 ? [0x59, size >> 8, size & 255] : [0x5a, 0, size >> 16, (size >> 8) & 255, size & 255];
  return concat(Uint8Array.from(head), data);
}

/** Returns a device's public key from its COSE_Key in the one spelling: deterministic CBOR without further fields.
 * @param {Uint8Array} data @returns {DeviceKey} */
export function keyOfCose(data) {
  if (data.length === 40 && equal(data.slice(0, 8), OKP)) return edKey(data.slice(8));
  if (data.length === 75 && equal(data.slice(0, 8), EC2) && equal(data.slice(40, 43), EC2_Y)) return ecKey(concat(data.slice(8, 40), data.slice(43)));
  throw new Refused("device key: expected a COSE_Key of Ed25519 or P-256 in deterministic CBOR");
}

/** @param {Uint8Array} x @returns {DeviceKey} */
function edKey(x) {
  const y = toBigInt(x.slice().reverse()) & ((1n << 255n) - 1n);
  if (y >= P || SMALL_ORDER_Y.has(y)) throw new Refused("device key: a point of small order, or not in its one spelling");
  return { algorithm: -8n, verifies: (signature, message) => attempt(() => isEdwards(signature, message, x)) };
}

/** RFC 8032 section 5.1.7 without its factor of eight, as OpenSSL and so the Python verifier has it: with the factor a signature under a key
 * of mixed order holds here and not there.
 * @param {Uint8Array} signature @param {Uint8Array} message @param {Uint8Array} x */
function isEdwards(signature, message, x) {
  const { Fn, BASE } = ed25519.Point;
  const [r, s] = [signature.slice(0, 32), toBigInt(signature.slice(32).reverse())];
  if (s >= Fn.ORDER) return false;
  const k = Fn.create(toBigInt(sha512(concat(r, x, message)).reverse()));
  const key = ed25519.Point.fromBytes(x, false);
  const sum = (s ? BASE.multiplyUnsafe(s) : ed25519.Point.ZERO).subtract(k ? key.multiplyUnsafe(k) : ed25519.Point.ZERO);
  return equal(sum.toBytes(), r);
}

/** @param {Uint8Array} xy @returns {DeviceKey} */
function ecKey(xy) {
  const key = concat(Uint8Array.of(4), xy);
  if (!attempt(() => Boolean(p256.Point.fromBytes(key)))) throw new Refused("device key: no point of P-256");
  return { algorithm: -7n, verifies: (signature, message) => attempt(() => p256.verify(signature, message, key, { lowS: true })) };
}

/** @param {() => boolean} test */
function attempt(test) {
  try {
    return test();
  } catch {
    return false;
  }
}
