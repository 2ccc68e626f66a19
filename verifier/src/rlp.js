/**
 * Recursive Length Prefix, strictly: one encoding per value, bounded depth. Pure. Mirrors lightclient/execution/rlp.py.
 *
 * Source: Ethereum yellow paper, appendix B.
 * @module
 */

import { concat, toBigInt } from "./bytes.js";
import { Refused } from "./errors.js";

const MAX_NESTING = 8;
const MAX_ITEMS = 1 << 17;

/** @typedef {Uint8Array | any[]} Item */

/** @param {string} reason @returns {never} */
function fail(reason) {
  throw new Refused(`RLP: ${reason}`);
}

/** Returns the one item that the bytes encode.
 * @param {Uint8Array} data @returns {Item} */
export function decode(data) {
  let [at, left] = [0, MAX_ITEMS];

  /** @param {number} limit @param {number} depth @returns {Item} */
  function item(limit, depth) {
    if (at >= limit) return fail("an item is missing");
    const first = data[at];
    if (first < 0x80) return data.slice(at, ++at);
    const base = first < 0xc0 ? 0x80 : 0xc0;
    const [begin, end] = span(data, at, limit, base);
    at = begin;
    if (base === 0x80) {
      if (end - begin === 1 && data[begin] < 0x80) fail("a byte carries a prefix that it does not need");
      at = end;
      return data.slice(begin, end);
    }
    if (depth === MAX_NESTING) fail(`lists nest deeper than ${MAX_NESTING}`);
    const items = [];
    while (at < end) {
      if (left-- === 0) fail(`lists hold more than ${MAX_ITEMS} items`);
      items.push(item(end, depth + 1));
    }
    return items;
  }

  const found = item(data.length, 0);
  if (at !== data.length) fail(`${data.length - at} bytes follow the item`);
  return found;
}

/** Returns where the payload of a prefixed item begins and ends.
 * @param {Uint8Array} data @param {number} start @param {number} limit @param {number} base @returns {[number, number]} */
function span(data, start, limit, base) {
  let length = data[start] - base;
  let begin = start + 1;
  if (length > 55) {
    const width = length - 55;
    const digits = data.slice(begin, Math.min(begin + width, limit));
    const stated = toBigInt(digits);
    if (digits.length !== width || digits[0] === 0 || stated < 56n) fail("a length is cut off or not in its shortest form");
    if (stated > BigInt(limit)) fail(`an item of ${stated} bytes passes the end`);
    length = Number(stated);
    begin += width;
  }
  if (begin + length > limit) fail(`an item of ${length} bytes passes the end`);
  return [begin, begin + length];
}

/** Returns the canonical encoding.
 * @param {Item} item @returns {Uint8Array} */
export function encode(item) {
  if (item instanceof Uint8Array) return item.length === 1 && item[0] < 0x80 ? item : concat(prefix(item.length, 0x80), item);
  const payload = concat(...item.map(encode));
  return concat(prefix(payload.length, 0xc0), payload);
}

/** @param {number} length @param {number} base */
function prefix(length, base) {
  if (length < 56) return Uint8Array.of(base + length);
  const digits = [];
  for (let rest = length; rest; rest >>>= 8) digits.unshift(rest & 255);
  return Uint8Array.of(base + 55 + digits.length, ...digits);
}

/** Returns the unsigned integer of a byte string.
 * @param {Item} data @param {number} maxBytes */
export function decodeUint(data, maxBytes = 32) {
  if (!(data instanceof Uint8Array) || data.length > maxBytes || data[0] === 0) return fail("an integer has a leading zero, is a list, or is too long");
  return toBigInt(data);
}
