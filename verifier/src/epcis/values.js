/**
 * Values as the CBV hash writes them: times, numbers, booleans and vocabulary terms. Pure. Mirrors oracle/epcis/values.py.
 * @module
 */

import { Refused, shorten } from "../errors.js";
import { Float } from "../json.js";
import { canonicalLink } from "./identifiers.js";

const CBV = "https://ref.gs1.org/cbv/";
export const GS1_VOCABULARY = "https://ref.gs1.org/voc/";
const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(?:Z|([+-])(\d{2}):(\d{2}))$/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const TERM = /^[A-Za-z_]+$/;
/** What Python's str.strip takes for white space. */
const WHITE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
/** @type {{[kind: string]: string}} */
const URN_NAMES = { "BizStep-": "bizstep", "Disp-": "disp", "BTT-": "btt", "SDT-": "sdt", "ER-": "er" };

/** Returns a text without white space at its ends, in one pass: a pattern for the end would look again from each blank within.
 * @param {string} written */
function stripped(written) {
  let [begin, end] = [0, written.length];
  while (begin < end && WHITE.test(written[begin])) begin++;
  while (end > begin && WHITE.test(written[end - 1])) end--;
  return written.slice(begin, end);
}

/** Returns the time in UTC with milliseconds, rounded half up, carrying over.
 * @param {string} written */
export function time(written) {
  const found = TIME.exec(stripped(written));
  if (!found) throw new Refused(`time: expected a time with a zone, got ${shorten(written)}`);
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const base = new Date(0);
  base.setUTCFullYear(year, month - 1, day);
  base.setUTCHours(hour, minute, second);
  const [zoneHours, zoneMinutes] = [Number(found[9] ?? 0), Number(found[10] ?? 0)];
  const exists = year > 0 && base.getUTCMonth() === month - 1 && base.getUTCDate() === day && hour < 24 && minute < 60 && second < 60 && zoneHours < 24 && zoneMinutes < 60;
  if (!exists) throw new Refused(`time: no such time: ${shorten(written)}`);
  const shift = (found[8] === "-" ? -1 : 1) * (zoneHours * 60 + zoneMinutes) * 60_000;
  const fraction = (found[7] ?? ".").slice(1).padEnd(4, "0");
  const milliseconds = Number(fraction.slice(0, 3)) + (fraction[3] >= "5" ? 1 : 0);
  const moment = new Date(base.getTime() - shift + milliseconds);
  if (moment.getUTCFullYear() < 1 || moment.getUTCFullYear() > 9999) throw new Refused(`time: no such time: ${shorten(written)}`);
  return moment.toISOString();
}

/** Returns the shortest plain decimal of a number's text: no trailing zero, no exponent.
 * @param {string} written */
export function number(written) {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? [];
  const point = whole.length + Number(exponent);
  const digits = (whole + fraction).padEnd(point, "0").padStart(whole.length + fraction.length - Math.min(point, 0), "0");
  const at = Math.max(point, 0);
  const tail = digits.slice(at).replace(/0+$/, "");
  return `${sign}${digits.slice(0, at).replace(/^0+/, "") || "0"}${tail ? `.${tail}` : ""}`;
}

/** Returns any scalar as the hash writes it.
 * @param {unknown} value */
export function text(value) {
  if (typeof value === "boolean") return value ? "true" : "false";
  if (value instanceof Float) return Object.is(value.value, -0) ? "-0" : number(String(value.value));
  if (typeof value === "number" || typeof value === "bigint") return number(String(value));
  if (typeof value !== "string") throw new Refused(`value: expected text, number or boolean, got ${shorten(value)}`);
  const bare = stripped(value);
  return NUMBER.test(bare) ? number(bare) : (canonicalLink(bare) ?? bare);
}

/** Returns a CBV term's URI from its bare word, its URN or its URI; `kind` is such as `BizStep-`.
 * @param {unknown} value @param {string} kind */
export function term(value, kind) {
  const word = text(value);
  const urn = `urn:epcglobal:cbv:${URN_NAMES[kind] ?? ""}:`;
  if (word.startsWith(urn)) return CBV + kind + word.slice(urn.length);
  return TERM.test(word) ? CBV + kind + word : word;
}

/** Returns a term of the GS1 web vocabulary from its bare word, its `gs1:` name or its URI.
 * @param {unknown} value @param {string} vocabulary */
export function gs1Term(value, vocabulary) {
  const word = text(value).replace(/^gs1:/, "");
  return TERM.test(word) ? vocabulary + word : word;
}
