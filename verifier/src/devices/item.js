/**
 * CBOR as devices may write it (RFC 8949): any length form, indefinite lengths, and of the tags those for numbers. Pure.
 *
 * Integers become BigInt, floats numbers, maps Map: a label 1 is not a label 1.0. Names twice in a map are refused.
 * @module
 */

import { toBigInt } from "../bytes.js";
import { half } from "../cbor.js";
import { Refused } from "../errors.js";

/** @typedef {bigint | number | string | boolean | null | Uint8Array | any[] | Map<any, any> | Other} Item */

/** A value that nothing here uses: a tag, a simple value, undefined. */
export class Other {}

/** Tags with a built-in meaning that neither COSE nor SenML has. */
const REFUSED_TAGS = new Set([0, 1, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799].map(BigInt));
const BREAK = Symbol("break");

/** @param {string} reason @returns {never} */
function fail(reason) {
  throw new Refused(`not CBOR: ${reason}`);
}

/** Returns the one item in the bytes.
 * @param {Uint8Array} data @param {number} maxDepth @returns {Item} */
export function decodeItem(data, maxDepth) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;

  const take = (/** @type {number} */ count) => {
    if (count > data.length - at) fail("it is cut off");
    at += count;
    return data.slice(at - count, at);
  };
  const argument = (/** @type {number} */ info) => (info < 24 ? BigInt(info) : info < 28 ? toBigInt(take(1 << (info - 24))) : fail("a reserved form"));
  const length = (/** @type {number} */ info) => {
    const count = argument(info);
    return count > BigInt(data.length) ? fail("it is cut off") : Number(count);
  };

  /** @param {number} major @param {number} info @returns {Uint8Array} */
  function string(major, info) {
    if (info !== 31) return take(length(info));
    const parts = [];
    for (let head = take(1)[0]; head !== 0xff; head = take(1)[0]) parts.push(...(head >> 5 === major && (head & 31) !== 31 ? take(length(head & 31)) : fail("a wrong chunk")));
    return Uint8Array.from(parts);
  }

  /** @param {number} info @param {() => any} read @returns {any[]} */
  function sequence(info, read) {
    const found = [];
    for (let left = info === 31 ? Number.POSITIVE_INFINITY : length(info); left > 0; left--) {
      const item = read();
      if (item === BREAK) return info === 31 ? found : fail("a break where none belongs");
      found.push(item);
    }
    return found;
  }

  /** @param {number} info @param {number} depth */
  function map(info, depth) {
    const found = new Map();
    const seen = new Set();
    for (const [label, value] of sequence(info, () => pair(depth))) {
      const name = typeof label === "bigint" || typeof label === "number" || typeof label === "boolean" ? Number(label) : label instanceof Uint8Array ? `h${label}` : label;
      if (seen.has(name)) fail("a name occurs twice in a map");
      seen.add(name);
      found.set(label, value);
    }
    return found;
  }

  /** @param {number} depth */
  function pair(depth) {
    const label = item(depth);
    if (label === BREAK) return BREAK;
    const value = item(depth);
    return value === BREAK ? fail("a name without a value") : [label, value];
  }

  /** @param {number} info */
  function simple(info) {
    if (info === 31) return BREAK;
    if (info >= 20 && info <= 22) return [false, true, null][info - 20];
    if (info === 24) return take(1)[0] < 32 ? fail("a simple value in a wrong form") : new Other();
    if (info < 24) return new Other();
    if (info > 27) return fail("a reserved form");
    const start = at;
    take(1 << (info - 24));
    return info === 27 ? view.getFloat64(start) : info === 26 ? view.getFloat32(start) : half(view.getUint16(start));
  }

  /** @param {bigint} tag @param {any} content */
  function tagged(tag, content) {
    if (REFUSED_TAGS.has(tag)) fail("a tag that is not used here");
    if (tag === 2n || tag === 3n) return content instanceof Uint8Array ? (tag === 2n ? toBigInt(content) : -1n - toBigInt(content)) : fail("a bignum of no bytes");
    if (tag !== 4n && tag !== 5n) return new Other();
    const [exponent, mantissa] = Array.isArray(content) && content.length === 2 ? content : fail("a fraction of no two numbers");
    if (typeof exponent !== "bigint" || typeof mantissa !== "bigint") fail("a fraction of no two integers");
    return tag === 4n ? Number(`${mantissa}e${exponent}`) : Number(mantissa) * 2 ** Number(exponent);
  }

  /** @param {number} depth @returns {any} */
  function item(depth) {
    const head = take(1)[0];
    const [major, info] = [head >> 5, head & 31];
    if ((major === 4 || major === 5) && depth === maxDepth) fail(`nested deeper than ${maxDepth}`);
    if (major === 0) return argument(info);
    if (major === 1) return -1n - argument(info);
    if (major === 2) return string(2, info);
    if (major === 3) return text(string(3, info));
    if (major === 4) return sequence(info, () => item(depth + 1));
    if (major === 5) return map(info, depth + 1);
    if (major === 7) return simple(info);
    const tag = argument(info);
    const content = item(depth);
    return content === BREAK ? fail("a tag of nothing") : tagged(tag, content);
  }

  const found = item(0);
  if (found === BREAK) fail("a break where none belongs");
  if (at !== data.length) fail("bytes follow the item");
  return found;
}

/** @param {Uint8Array} data */
function text(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return fail("text that is not UTF-8");
  }
}
