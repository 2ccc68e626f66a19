/**
 * TOML 1.0 as Python's tomllib reads it, no more and no less: what one verifier takes for a limit, the other does too. Pure.
 *
 * Integers become BigInt, tables objects without a prototype; dates and times are checked and then stand for nothing.
 * Source: https://toml.io/en/v1.0.0
 * @module
 */

import { Refused } from "./errors.js";
import { integerOrFloat, isDateOrTime, isControl, stringAt } from "./toml_scalar.js";

/** A date or a time, of which nothing here is made. */
export class Moment {}

/** @typedef {{own: boolean, below: boolean, explicit: boolean, nested: Map<string, Mark>}} Mark what later lines may not do to a table */
/** @typedef {{[name: string]: any}} Table */

const BARE = /[A-Za-z0-9_-]*/y;
const BLANK = /[ \t]*/y;
const GAP = /[ \t\n]*/y;
const WORD = /true|false|[+-]?(?:inf|nan)/y;
const WORDS = new Map(/** @type {[string, boolean | number][]} */ ([["true", true], ["false", false], ["inf", Infinity], ["+inf", Infinity], ["-inf", -Infinity]]));

/** Returns the table that a text describes.
 * @param {string} text @returns {Table} */
export function parse(text) {
  return new Reader(text.replaceAll("\r\n", "\n")).document();
}

/** Whether lists and tables stand in each other deeper than so many times.
 * @param {unknown} value @param {number} left @returns {boolean} */
export function isDeeper(value, left) {
  if (typeof value !== "object" || value === null) return false;
  return left === 0 || Object.values(value).some((child) => isDeeper(child, left - 1));
}

/** @returns {Mark} */
const unmarked = () => ({ own: false, below: false, explicit: false, nested: new Map() });

/** Which names are spoken for: a value and all below it are frozen, a table is opened once. */
class Marks {
  constructor() {
    /** @type {Map<string, Mark>} */
    this.root = new Map();
  }

  /** @param {string[]} key @param {"frozen" | "explicit"} what */
  has(key, what) {
    let level = this.root;
    for (const [place, name] of key.entries()) {
      const mark = level.get(name);
      if (!mark) return false;
      if (what === "frozen" && mark.below) return true;
      if (place === key.length - 1) return what === "explicit" ? mark.explicit : mark.own;
      level = mark.nested;
    }
    return false;
  }

  /** @param {string[]} key @returns {Mark} */
  at(key) {
    let [level, mark] = [this.root, unmarked()];
    for (const name of key) {
      mark = level.get(name) ?? unmarked();
      level.set(name, mark);
      level = mark.nested;
    }
    return mark;
  }

  /** @param {string[]} key */
  forget(key) {
    let level = this.root;
    for (const name of key.slice(0, -1)) level = level.get(name)?.nested ?? new Map();
    level.delete(key[key.length - 1]);
  }
}

/** Returns the table at a key, made where it is not there; the last of a list of tables stands for the list.
 * @param {Table} root @param {string[]} key @param {boolean} [intoLists] @returns {Table} */
function nest(root, key, intoLists = true) {
  let table = root;
  for (const name of key) {
    if (!(name in table)) table[name] = Object.create(null);
    table = intoLists && Array.isArray(table[name]) ? table[name].at(-1) : table[name];
    if (!isTable(table)) throw new Refused("TOML: a value cannot be overwritten by a table");
  }
  return table;
}

/** @param {unknown} value */
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Moment);

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
    /** @type {Table} */
    this.root = Object.create(null);
    this.marks = new Marks();
    /** @type {string[][]} */
    this.pending = [];
  }

  /** @param {string} reason @returns {never} */
  fail(reason) {
    throw new Refused(`TOML: ${reason} at character ${this.at}`);
  }

  /** @param {RegExp} pattern */
  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  /** @param {string} written */
  take(written) {
    if (!this.text.startsWith(written, this.at)) return false;
    this.at += written.length;
    return true;
  }

  /** @param {string} written */
  need(written) {
    if (!this.take(written)) this.fail(`expected ${written}`);
  }

  comment() {
    if (!this.take("#")) return;
    while (this.at < this.text.length && this.text[this.at] !== "\n") if (isControl(this.text[this.at++])) this.fail("a control character in a comment");
  }

  /** @returns {Table} */
  document() {
    /** @type {string[]} */
    let header = [];
    for (;;) {
      this.match(BLANK);
      const first = this.text[this.at];
      if (first === undefined) return this.root;
      if (first === "[") header = this.header();
      else if (/[A-Za-z0-9_"'-]/.test(first)) this.statement(header);
      this.match(BLANK);
      this.comment();
      if (this.at < this.text.length) this.need("\n");
    }
  }

  /** @returns {string[]} */
  header() {
    for (const key of this.pending.splice(0)) this.marks.at(key).explicit = true;
    const isList = this.text.startsWith("[[", this.at);
    this.at += isList ? 2 : 1;
    this.match(BLANK);
    const key = this.key();
    if (this.marks.has(key, "frozen") || (!isList && this.marks.has(key, "explicit"))) this.fail("a table is opened twice, or is a value");
    if (isList) this.marks.forget(key);
    this.marks.at(key).explicit = true;
    if (isList) this.append(key);
    else nest(this.root, key);
    this.need(isList ? "]]" : "]");
    return key;
  }

  /** @param {string[]} key */
  append(key) {
    const [holder, name] = [nest(this.root, key.slice(0, -1)), key[key.length - 1]];
    if (!(name in holder)) holder[name] = [];
    if (!Array.isArray(holder[name])) this.fail("a value cannot be overwritten by a list");
    holder[name].push(Object.create(null));
  }

  /** @param {string[]} header */
  statement(header) {
    const [key, value] = this.pair();
    for (let size = 1; size < key.length; size++) {
      const table = [...header, ...key.slice(0, size)];
      if (this.marks.has(table, "explicit")) this.fail("a table is opened twice");
      this.pending.push(table);
    }
    const parent = [...header, ...key.slice(0, -1)];
    if (this.marks.has(parent, "frozen")) this.fail("a value is changed");
    this.put(nest(this.root, parent), key, value, [...header, ...key], this.marks);
  }

  /** @param {Table} holder @param {string[]} key @param {any} value @param {string[]} whole @param {Marks} marks */
  put(holder, key, value, whole, marks) {
    const name = key[key.length - 1];
    if (name in holder) this.fail("a name is given twice");
    holder[name] = value;
    if (Array.isArray(value) || isTable(value)) Object.assign(marks.at(whole), { own: true, below: true });
  }

  /** @returns {[string[], any]} */
  pair() {
    const key = this.key();
    this.need("=");
    this.match(BLANK);
    return [key, this.value()];
  }

  /** @returns {string[]} */
  key() {
    const key = [];
    do {
      this.match(BLANK);
      const first = this.text[this.at];
      if (first === '"' || first === "'") key.push(this.string(false));
      else key.push(this.match(BARE) || this.fail("a name is missing"));
      this.match(BLANK);
    } while (this.take("."));
    return key;
  }

  /** @param {boolean} many whether it may have several lines */
  string(many) {
    const [value, end] = stringAt(this.text, this.at, many);
    this.at = end;
    return value;
  }

  /** @returns {any} */
  value() {
    const first = this.text[this.at];
    if (first === '"' || first === "'") return this.string(true);
    if (first === "[") return this.list();
    if (first === "{") return this.inline();
    const moment = isDateOrTime(this.text, this.at);
    if (moment) {
      this.at += moment;
      return new Moment();
    }
    const number = integerOrFloat(this.text, this.at);
    if (number) {
      this.at += number.length;
      return number.value;
    }
    const word = this.match(WORD);
    return word ? (WORDS.get(word) ?? Number.NaN) : this.fail("no value");
  }

  /** Passes over white space, lines and comments within a list. */
  gap() {
    for (let before = -1; before !== this.at; ) {
      before = this.at;
      this.match(GAP);
      this.comment();
    }
  }

  list() {
    const found = [];
    this.at++;
    for (this.gap(); !this.take("]"); ) {
      found.push(this.value());
      this.gap();
      if (this.take("]")) break;
      this.need(",");
      this.gap();
    }
    return found;
  }

  inline() {
    const [found, marks] = [Object.create(null), new Marks()];
    this.at++;
    this.match(BLANK);
    if (this.take("}")) return found;
    do {
      this.match(BLANK);
      const [key, value] = this.pair();
      if (marks.has(key, "frozen")) this.fail("a value is changed");
      this.put(nest(found, key.slice(0, -1), false), key, value, key, marks);
      this.match(BLANK);
    } while (this.take(","));
    this.need("}");
    return found;
  }
}
