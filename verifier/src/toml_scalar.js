/**
 * TOML's strings, numbers, dates and times. Pure. Source: https://toml.io/en/v1.0.0
 * @module
 */

import { Refused } from "./errors.js";

const NUMBER = /0(?:x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|b[01](?:_?[01])*|o[0-7](?:_?[0-7])*)|[+-]?(?:0|[1-9](?:_?[0-9])*)((?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?)/y;
const CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]+)?";
const TIME = new RegExp(CLOCK, "y");
const DATE = new RegExp(`([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?:[Tt ]${CLOCK}(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?)?`, "y");
/** Python reads no decimal integer of more digits. */
const MOST_DIGITS = 4300;
const ESCAPES = new Map([["b", "\b"], ["t", "\t"], ["n", "\n"], ["f", "\f"], ["r", "\r"], ['"', '"'], ["\\", "\\"]]);

/** @param {string} reason @returns {never} */
function fail(reason) {
  throw new Refused(`TOML: ${reason}`);
}

/** Whether a character is one that only escapes may state; a tab is none.
 * @param {string} character */
export const isControl = (character) => (character < " " && character !== "\t") || character === "\x7f";

/** @param {RegExp} pattern @param {string} text @param {number} at */
function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Returns the number that begins at a place, and how long it is; null where none does.
 * @param {string} text @param {number} at @returns {{value: number | bigint, length: number} | null} */
export function integerOrFloat(text, at) {
  const match = matchAt(NUMBER, text, at);
  if (!match) return null;
  const written = match[0].replaceAll("_", "");
  if (match[1]) return { value: Number(written), length: match[0].length };
  const [sign, digits] = /^[+-]/.test(written) ? [written[0], written.slice(1)] : ["", written];
  if (digits.length > MOST_DIGITS && !/^0[xbo]/.test(digits)) fail(`an integer of more than ${MOST_DIGITS} digits`);
  return { value: sign === "-" ? -BigInt(digits) : BigInt(digits), length: match[0].length };
}

/** Returns how long the date or the time is that begins at a place; 0 where none does.
 * @param {string} text @param {number} at */
export function isDateOrTime(text, at) {
  const date = matchAt(DATE, text, at);
  if (!date) return matchAt(TIME, text, at)?.[0].length ?? 0;
  const [year, month, day] = date.slice(1, 4).map(Number);
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  if (year < 1 || day > lastDay) fail("a date that does not exist");
  return date[0].length;
}

/** Returns the string that begins at a place, and where it ends.
 * @param {string} text @param {number} at @param {boolean} many whether it may have several lines @returns {[string, number]} */
export function stringAt(text, at, many) {
  const quote = text[at];
  const isLong = many && text.startsWith(quote.repeat(3), at);
  const end = quote.repeat(isLong ? 3 : 1);
  let place = at + end.length;
  if (isLong && text[place] === "\n") place++;
  const parts = [];
  for (let begin = place; ; ) {
    const character = text[place];
    if (character === undefined || (isControl(character) && !(isLong && character === "\n"))) fail("a string is not closed or holds a control character");
    if (text.startsWith(end, place)) {
      parts.push(text.slice(begin, place));
      place += end.length;
      break;
    }
    if (character === "\\" && quote === '"') {
      parts.push(text.slice(begin, place));
      const [meant, after] = escapeAt(text, place + 1, isLong);
      parts.push(meant);
      begin = place = after;
    } else place++;
  }
  // As many as two quotes may stand before those that end it.
  for (let more = 0; isLong && more < 2 && text[place] === quote; more++, place++) parts.push(quote);
  return [parts.join(""), place];
}

/** Returns what an escape means, and where it ends.
 * @param {string} text @param {number} at after the backslash @param {boolean} isLong @returns {[string, number]} */
function escapeAt(text, at, isLong) {
  const kind = text[at];
  const plain = ESCAPES.get(kind);
  if (plain !== undefined) return [plain, at + 1];
  if (kind === "u" || kind === "U") {
    const size = kind === "u" ? 4 : 8;
    const digits = text.slice(at + 1, at + 1 + size);
    const value = new RegExp(`^[0-9A-Fa-f]{${size}}$`).test(digits) ? Number.parseInt(digits, 16) : -1;
    if (value < 0 || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) fail("an escape that is no character");
    return [String.fromCodePoint(value), at + 1 + size];
  }
  const line = isLong && /[ \t]*\n[ \t\n]*/y;
  if (!line) return fail("a wrong escape");
  line.lastIndex = at;
  const skipped = line.exec(text)?.[0];
  return skipped === undefined ? fail("a wrong escape") : ["", at + skipped.length];
}
