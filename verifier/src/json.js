/**
 * JSON from strangers, strictly: bounded depth, no name twice, no NaN, and numbers that remember how they were written. Pure.
 *
 * JSON.parse keeps the last of two equal names, rounds large integers, and takes 1.0 for 1; a verifier that does so shows another document
 * than the one whose hash was signed. Here an integer beyond 2^53 is a BigInt, and a whole number with a point or exponent is a Float.
 * @module
 */

import { Refused } from "./errors.js";

export const MAX_DEPTH = 24;
/** Values of one document: the largest bundle has fewer than three million, and each costs a browser a hundred bytes or more. */
export const MAX_VALUES = 2 ** 22;
const WHITE = /[ \t\n\r]*/y;
const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const WORDS = /** @type {[string, Json][]} */ ([["true", true], ["false", false], ["null", null]]);
const [QUOTE, BACKSLASH, SPACE] = [0x22, 0x5c, 0x20];

/** A whole number that was written as a fraction, such as 4.0. */
export class Float {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
  toJSON() {
    return this.value;
  }
  toString() {
    return `${this.value}.0`;
  }
}

/** @typedef {null | boolean | string | number | bigint | Float | any[] | {[name: string]: any}} Json */

/** Returns a number as JavaScript has it, or NaN for what is none.
 * @param {unknown} value */
export function numberOf(value) {
  if (value instanceof Float) return value.value;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : Number.NaN;
}

/** @param {unknown} value @returns {value is {[name: string]: Json}} */
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Float);

/** Returns the value of a JSON text.
 * @param {string} text @returns {Json} */
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.skip();
  if (reader.at !== text.length) reader.fail("something follows the document");
  return value;
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.left = MAX_VALUES;
  }

  /** @param {string} reason @returns {never} */
  fail(reason) {
    throw new Refused(`$: not JSON: ${reason} at character ${this.at}`);
  }

  /** @param {RegExp} pattern */
  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  skip() {
    this.match(WHITE);
  }

  /** @param {string} character */
  take(character) {
    this.skip();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  /** @param {number} depth @returns {Json} */
  value(depth) {
    this.skip();
    if (this.left-- === 0) this.fail(`more than ${MAX_VALUES} values`);
    const first = this.text[this.at];
    if (first === "{" || first === "[") {
      if (depth === MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH}`);
      return first === "{" ? this.object(depth + 1) : this.list(depth + 1);
    }
    if (first === '"') return this.string();
    for (const [word, value] of WORDS) {
      if (first === word[0] && this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  /** @param {number} depth */
  object(depth) {
    /** @type {{[name: string]: Json}} */
    const found = Object.create(null);
    this.at++;
    if (this.take("}")) return found;
    do {
      this.skip();
      if (this.text[this.at] !== '"') this.fail("a name is missing");
      const name = this.string();
      if (name in found) this.fail("a name occurs twice in one object");
      if (!this.take(":")) this.fail("a colon is missing");
      found[name] = this.value(depth);
    } while (this.take(","));
    if (!this.take("}")) this.fail("an object is not closed");
    return found;
  }

  /** @param {number} depth */
  list(depth) {
    /** @type {Json[]} */
    const found = [];
    this.at++;
    if (this.take("]")) return found;
    do found.push(this.value(depth));
    while (this.take(","));
    if (!this.take("]")) this.fail("a list is not closed");
    return found;
  }

  /** What stands between two quotes is found here; what its escapes mean, the language says. */
  string() {
    const start = this.at++;
    let escaped = false;
    for (let unit = this.text.charCodeAt(this.at); unit !== QUOTE; unit = this.text.charCodeAt(++this.at)) {
      if (!(unit >= SPACE)) this.fail("a text is not closed or holds a control character");
      if (unit === BACKSLASH) {
        escaped = true;
        this.at++;
      }
    }
    const written = this.text.slice(start, ++this.at);
    if (!escaped) return written.slice(1, -1);
    try {
      return /** @type {string} */ (JSON.parse(written));
    } catch {
      return this.fail("a wrong escape");
    }
  }

  /** @returns {Json} */
  number() {
    const found = this.match(NUMBER);
    if (!found) return this.fail("no value");
    const number = Number(found[0]);
    if (found[2] !== undefined || found[3] !== undefined) return Number.isInteger(number) ? new Float(number) : number;
    if (found[1].length > 4300) return this.fail("an integer of more than 4300 digits");
    return Number.isSafeInteger(number) ? number + 0 : BigInt(found[0]);
  }
}
