/**
 * The attestation as eas-sdk writes it, in one spelling, and its verification. Pure. Mirrors oracle/attestation.py and attestation_json.py.
 * @module
 */

import { bigEndian, concat, equal, fromChecksum, fromHex, keccak256, toChecksum, toHex, utf8 } from "./bytes.js";
import { same } from "./canonical.js";
import { attestHash, DOMAIN_NAME, domainSeparator, typedDataDigest } from "./eip712.js";
import { Refused, shorten } from "./errors.js";
import { Float, isObject, numberOf } from "./json.js";
import { recover } from "./signature.js";

const OFFCHAIN_VERSION = 2;
const MAX_DATA = 8192;
const PRIMARY_TYPE = "Attest";
const FIELDS = [
  ["version", "uint16"],
  ["schema", "bytes32"],
  ["recipient", "address"],
  ["time", "uint64"],
  ["expirationTime", "uint64"],
  ["revocable", "bool"],
  ["refUID", "bytes32"],
  ["data", "bytes"],
  ["salt", "bytes32"],
];
const TYPES = { [PRIMARY_TYPE]: FIELDS.map(([name, type]) => ({ name, type })) };
const DECIMAL = /^(?:0|[1-9][0-9]{0,77})$/;
const DOMAIN_VERSION = /^[0-9A-Za-z.+-]{1,32}$/;

/** @typedef {import("./json.js").Json} Json */
/** @typedef {import("./eip712.js").Domain} Domain */
/** @typedef {import("./eip712.js").Message & {domain: Domain, attester: Uint8Array, signature: Uint8Array, uid: Uint8Array}} Attestation */

/** Returns the attestation of a parsed document; its signature is not checked yet.
 * @param {Json} document @param {string} path @returns {Attestation} */
export function fromJson(document, path = "$") {
  const outer = fields(path, document, ["sig", "signer"]);
  const at = `${path}.sig`;
  const sig = fields(at, outer.sig, ["version", "uid", "domain", "primaryType", "message", "types", "signature"]);
  constant(`${at}.version`, sig.version, OFFCHAIN_VERSION);
  constant(`${at}.primaryType`, sig.primaryType, PRIMARY_TYPE);
  constant(`${at}.types`, sig.types, TYPES);
  const message = fields(`${at}.message`, sig.message, FIELDS.map(([name]) => name));
  constant(`${at}.message.version`, message.version, OFFCHAIN_VERSION);
  if (typeof message.revocable !== "boolean") throw new Refused(`${at}.message.revocable: expected true or false`);
  return {
    schema: fromHex(`${at}.message.schema`, message.schema, { length: 32 }),
    recipient: fromChecksum(`${at}.message.recipient`, message.recipient),
    time: decimal(`${at}.message.time`, message.time, 64n),
    expirationTime: decimal(`${at}.message.expirationTime`, message.expirationTime, 64n),
    revocable: message.revocable,
    refUid: fromHex(`${at}.message.refUID`, message.refUID, { length: 32 }),
    data: fromHex(`${at}.message.data`, message.data, { limit: MAX_DATA }),
    salt: fromHex(`${at}.message.salt`, message.salt, { length: 32 }),
    domain: domainOf(`${at}.domain`, sig.domain),
    attester: fromChecksum(`${path}.signer`, outer.signer),
    signature: signatureFromJson(`${at}.signature`, sig.signature),
    uid: fromHex(`${at}.uid`, sig.uid, { length: 32 }),
  };
}

/** Returns the EAS uid: keccak256 of the packed fields, with the schema as the UTF-8 text of its hex (sic).
 * @param {import("./eip712.js").Message} message */
export const computeUid = (message) =>
  keccak256(
    concat(
      Uint8Array.of(0, OFFCHAIN_VERSION),
      utf8(toHex(message.schema)),
      message.recipient,
      new Uint8Array(20),
      bigEndian(message.time, 8),
      bigEndian(message.expirationTime, 8),
      Uint8Array.of(message.revocable ? 1 : 0),
      message.refUid,
      message.data,
      message.salt,
      new Uint8Array(4),
    ),
  );

/** Returns the EIP-712 digest under the attestation's own domain.
 * @param {Attestation} attestation */
export const digestOf = (attestation) => typedDataDigest(domainSeparator(attestation.domain), attestHash(attestation));

/** Returns if the attestation holds.
 * @param {Attestation} attestation @param {Domain | null} domain null leaves the deployment unpinned @param {bigint | null} nowS null leaves expiry unchecked */
export function verify(attestation, domain, nowS) {
  if (domain && !sameDomain(attestation.domain, domain)) throw new Refused(`attestation is for ${named(attestation.domain)}, expected ${named(domain)}`);
  const computed = computeUid(attestation);
  if (!equal(computed, attestation.uid)) throw new Refused(`uid is ${toHex(attestation.uid)}, its content gives ${toHex(computed)}`);
  const signer = recover(digestOf(attestation), attestation.signature);
  if (!equal(signer, attestation.attester)) throw new Refused(`signature is by ${toChecksum(signer)}, the attestation names ${toChecksum(attestation.attester)}`);
  const expires = attestation.expirationTime;
  if (nowS !== null && expires > 0n && expires <= nowS) throw new Refused(`attestation expired at ${expires}, it is ${nowS}`);
}

/** @param {Domain} domain */
export const named = (domain) => `EAS ${domain.version} at ${toChecksum(domain.verifyingContract)} on chain ${domain.chainId}`;

/** @param {Domain} left @param {Domain} right */
const sameDomain = (left, right) =>
  left.version === right.version && left.chainId === right.chainId && equal(left.verifyingContract, right.verifyingContract);

/** @param {string} path @param {Json} value @returns {Domain} */
function domainOf(path, value) {
  const domain = fields(path, value, ["name", "version", "chainId", "verifyingContract"]);
  constant(`${path}.name`, domain.name, DOMAIN_NAME);
  const version = domain.version;
  if (typeof version !== "string" || !DOMAIN_VERSION.test(version)) throw new Refused(`${path}.version: expected a version such as 1.4.0, got ${shorten(version)}`);
  const verifyingContract = fromChecksum(`${path}.verifyingContract`, domain.verifyingContract);
  return { version, chainId: decimal(`${path}.chainId`, domain.chainId, 256n), verifyingContract };
}

/** Returns a signature of either form.
 * @param {string} path @param {Json} value */
export function signatureFromJson(path, value) {
  const p256 = isObject(value) && "x" in value;
  const signature = fields(path, value, p256 ? ["r", "s", "x", "y"] : ["v", "r", "s"]);
  const part = (/** @type {string} */ name) => fromHex(`${path}.${name}`, signature[name], { length: 32 });
  if (p256) return concat(part("r"), part("s"), part("x"), part("y"));
  const v = numberOf(signature.v);
  if (v !== 27 && v !== 28) throw new Refused(`${path}.v: expected 27 or 28, got ${shorten(signature.v)}`);
  return concat(part("r"), part("s"), Uint8Array.of(v));
}

/** @param {string} path @param {Json} value @param {string[]} names */
export function fields(path, value, names) {
  if (!isObject(value)) throw new Refused(`${path}: expected an object, got ${shorten(value)}`);
  for (const name of names) if (!(name in value)) throw new Refused(`${path}.${name}: missing`);
  for (const name of Object.keys(value)) if (!names.includes(name)) throw new Refused(`${path}.${shorten(name)}: unknown field: nothing would bind it to the signature`);
  return value;
}

/** @param {string} path @param {Json} value @param {Json} expected */
function constant(path, value, expected) {
  if (value instanceof Float || !same(value, expected)) throw new Refused(`${path}: expected ${shorten(expected)}, got ${shorten(value)}`);
}

/** @param {string} path @param {Json} value @param {bigint} bits */
function decimal(path, value, bits) {
  if (typeof value !== "string" || !DECIMAL.test(value) || BigInt(value) >> bits) throw new Refused(`${path}: expected a decimal string of uint${bits}, got ${shorten(value)}`);
  return BigInt(value);
}
