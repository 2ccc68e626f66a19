/**
 * Canonical JSON (RFC 8785): one text per document, so that documents can be hashed and compared. Pure.
 * @module
 */

import { Refused } from "./errors.js";
import { Float } from "./json.js";

/** Returns the canonical text of a document.
 * @param {import("./json.js").Json} value @returns {string} */
export function canonical(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return text(value);
  if (value instanceof Float) return number(value.value);
  if (typeof value === "number") return number(value);
  if (typeof value === "bigint") throw new Refused(`$: no canonical JSON: integer ${value} is beyond 2^53`);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  // sort() compares UTF-16 units, which is the order that the RFC asks for.
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${text(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** @param {import("./json.js").Json} left @param {import("./json.js").Json} right */
export const same = (left, right) => canonical(left) === canonical(right);

/** @param {number} value */
function number(value) {
  if (!Number.isFinite(value)) throw new Refused(`$: no canonical JSON: ${value} is no number`);
  return Object.is(value, -0) ? "0" : String(value);
}

/** @param {string} value */
function text(value) {
  if (/[\ud800-\udfff]/u.test(value)) throw new Refused("$: no canonical JSON: half a surrogate pair");
  return JSON.stringify(value);
}
