/**
 * Bytes, hexadecimal text in its one spelling, and the two hashes. Pure.
 *
 * One spelling only, because a verifier that accepts two of the same bytes lets a file be altered without anyone noticing.
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

import { Refused, shorten } from "./errors.js";

export { keccak_256 as keccak256, sha256 };

const NO_DIGIT = /[^0-9a-f]/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const encoder = new TextEncoder();

/** @param {string} text */
export const utf8 = (text) => encoder.encode(text);

/** @param {...Uint8Array} parts */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Orders byte strings as Python and Solidity do.
 * @param {Uint8Array} left @param {Uint8Array} right */
export function compare(left, right) {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) if (left[at] !== right[at]) return left[at] - right[at];
  return left.length - right.length;
}

/** @param {Uint8Array} left @param {Uint8Array} right */
export const equal = (left, right) => compare(left, right) === 0;

/** Orders text by code points, as Python does; JavaScript's own order is by UTF-16 units.
 * @param {string} left @param {string} right */
export function compareText(left, right) {
  const a = Array.from(left, (character) => character.codePointAt(0) ?? 0);
  const b = Array.from(right, (character) => character.codePointAt(0) ?? 0);
  for (let at = 0; at < Math.min(a.length, b.length); at++) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

/** Whether a text is `0x` and pairs of lower-case digits; of any length, so no pattern that could need room for each pair.
 * @param {string} text */
export const isHex = (text) => text.length % 2 === 0 && text.startsWith("0x") && !NO_DIGIT.test(text.slice(2));

/** @param {Uint8Array} data */
export const digits = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {Uint8Array} data */
export const toHex = (data) => `0x${digits(data)}`;

/** Reads hexadecimal digits that are known to be some.
 * @param {string} text with or without `0x` */
export function bytesOf(text) {
  const pairs = text.replace(/^0x/, "");
  return Uint8Array.from({ length: pairs.length / 2 }, (_, at) => Number.parseInt(pairs.slice(2 * at, 2 * at + 2), 16));
}

/** Returns the bytes of `0x` and lower-case digits; any other spelling is refused under `path`.
 * @param {string} path @param {unknown} value @param {{length?: number, limit?: number}} [bounds] */
export function fromHex(path, value, { length, limit } = {}) {
  if (typeof value !== "string" || !isHex(value)) throw new Refused(`${path}: expected 0x and lower-case hexadecimal digits, got ${shorten(value)}`);
  const size = value.length / 2 - 1;
  if (length !== undefined && size !== length) throw new Refused(`${path}: ${size} bytes, expected ${length}`);
  if (limit !== undefined && size > limit) throw new Refused(`${path}: ${size} bytes, at most ${limit}`);
  return bytesOf(value);
}

/** Returns the address with the checksum of EIP-55.
 * @param {Uint8Array} address */
export function toChecksum(address) {
  const plain = digits(address);
  const marks = digits(keccak_256(utf8(plain)));
  return `0x${Array.from(plain, (digit, at) => (Number.parseInt(marks[at], 16) >= 8 ? digit.toUpperCase() : digit)).join("")}`;
}

/** Returns the address; refused unless it is spelled with its EIP-55 checksum.
 * @param {string} path @param {unknown} value */
export function fromChecksum(path, value) {
  if (typeof value !== "string" || !ADDRESS.test(value)) throw new Refused(`${path}: expected an address, got ${shorten(value)}`);
  const address = bytesOf(value);
  if (toChecksum(address) !== value) throw new Refused(`${path}: address ${value} lacks its EIP-55 checksum, expected ${toChecksum(address)}`);
  return address;
}

/** @param {Uint8Array} data */
export const toBigInt = (data) => (data.length ? BigInt(toHex(data)) : 0n);

/** Returns the big-endian bytes of a number that fits.
 * @param {bigint} value @param {number} length */
export const bigEndian = (value, length) => bytesOf(value.toString(16).padStart(2 * length, "0"));

/** Returns the little-endian bytes of a number that fits.
 * @param {bigint} value @param {number} length */
export const littleEndian = (value, length) => bigEndian(value, length).reverse();
