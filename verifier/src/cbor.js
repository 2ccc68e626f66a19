/**
 * CBOR in deterministic encoding (RFC 8949 section 4.2), read into the document that JSON would give. Pure.
 *
 * No tags, no indefinite lengths, no simple values but true, false and null; names are text in ascending order; every number is in its
 * shortest form. A byte string becomes `0x` and hexadecimal digits.
 * @module
 */

import { compare, isHex, toHex } from "./bytes.js";
import { Refused } from "./errors.js";
import { Float, MAX_DEPTH, MAX_VALUES } from "./json.js";

/** @typedef {import("./json.js").Json} Json */

/** @param {string} reason @returns {never} */
function fail(reason) {
  throw new Refused(`$: not CBOR: ${reason}`);
}

/** Returns the document of a CBOR file.
 * @param {Uint8Array} data @returns {Json} */
export function parse(data) {
  const reader = new Reader(data);
  const value = reader.value(0);
  if (reader.at !== data.length) fail("something follows the document");
  return value;
}

class Reader {
  /** @param {Uint8Array} data */
  constructor(data) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.at = 0;
    this.left = MAX_VALUES;
  }

  /** @param {number} count */
  bytes(count) {
    if (count > this.data.length - this.at) fail("it is cut off");
    this.at += count;
    return this.data.subarray(this.at - count, this.at);
  }

  /** Returns the argument of a head, in its shortest form only.
   * @param {number} info @returns {bigint} */
  argument(info) {
    if (info < 24) return BigInt(info);
    if (info > 27) return fail("an indefinite length or a reserved form");
    const width = 1 << (info - 24);
    let value = 0n;
    for (const byte of this.bytes(width)) value = (value << 8n) | BigInt(byte);
    if (value < (width === 1 ? 24n : 1n << BigInt(4 * width))) fail("not in deterministic encoding");
    return value;
  }

  /** @param {number} info */
  length(info) {
    const value = this.argument(info);
    if (value > BigInt(this.data.length)) fail("it is cut off");
    return Number(value);
  }

  /** @param {number} depth @returns {Json} */
  value(depth) {
    if (this.left-- === 0) fail(`more than ${MAX_VALUES} values`);
    const first = this.bytes(1)[0];
    const [major, info] = [first >> 5, first & 31];
    if (major > 3 && major < 6 && depth === MAX_DEPTH) fail(`nested deeper than ${MAX_DEPTH}`);
    switch (major) {
      case 0:
        return whole(this.argument(info));
      case 1:
        return whole(-1n - this.argument(info));
      case 2:
        return toHex(this.bytes(this.length(info)));
      case 3:
        return this.plain(info);
      case 4:
        return this.list(this.length(info), depth + 1);
      case 5:
        return this.object(this.length(info), depth + 1);
      case 7:
        return this.simple(info);
      default:
        return fail("a tag, of which this format has none");
    }
  }

  /** @param {number} info */
  text(info) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes(this.length(info)));
    } catch (error) {
      return error instanceof Refused ? fail("it is cut off") : fail("text that is not UTF-8");
    }
  }

  /** Returns text that is not hexadecimal: that has one encoding, as a byte string.
   * @param {number} info */
  plain(info) {
    const text = this.text(info);
    return isHex(text) ? fail("hexadecimal digits as text, not in deterministic encoding") : text;
  }

  /** Grows with what is there: a length is only a claim, and room made for it could be had for a few bytes.
   * @param {number} count @param {number} depth */
  list(count, depth) {
    /** @type {Json[]} */
    const found = [];
    for (let place = 0; place < count; place++) found.push(this.value(depth));
    return found;
  }

  /** @param {number} count @param {number} depth */
  object(count, depth) {
    /** @type {{[name: string]: Json}} */
    const found = Object.create(null);
    let before = new Uint8Array();
    for (let place = 0; place < count; place++) {
      const start = this.at;
      const head = this.bytes(1)[0];
      if (head >> 5 !== 3) fail("a name that is no text");
      const name = this.text(head & 31);
      const encoded = this.data.slice(start, this.at);
      if (compare(before, encoded) >= 0) fail("names are not in deterministic order, or one occurs twice");
      before = encoded;
      found[name] = this.value(depth);
    }
    return found;
  }

  /** @param {number} info @returns {Json} */
  simple(info) {
    if (info >= 20 && info <= 22) return [false, true, null][info - 20];
    if (info < 25 || info > 27) return fail("a simple value, of which this format has none");
    const start = this.at;
    this.bytes(1 << (info - 24));
    const value = info === 27 ? this.view.getFloat64(start) : info === 26 ? this.view.getFloat32(start) : half(this.view.getUint16(start));
    if (!Number.isFinite(value)) return fail("a number that is none");
    if ((info === 27 && Math.fround(value) === value) || (info === 26 && isHalf(value))) fail("not in deterministic encoding");
    return Number.isInteger(value) ? new Float(value) : value;
  }
}

/** @param {bigint} value */
const whole = (value) => (value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : value);

/** Returns the number of half precision that these bits are (RFC 8949 appendix D).
 * @param {number} bits */
export function half(bits) {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

/** Whether half precision holds the value: eleven significant bits, at most 65504, no finer than 2^-24.
 * @param {number} value */
function isHalf(value) {
  const size = Math.abs(value);
  if (size === 0) return true;
  const unit = Math.max(2 ** (Math.floor(Math.log2(size)) - 10), 2 ** -24);
  return size <= 65504 && Number.isInteger(size / unit);
}
