/**
 * Why a bundle is refused, or cannot be told about. The check's name says which promise broke, the message holds the values.
 * @module
 */

/** What was handed in does not hold. */
export class Refused extends Error {
  name = "Refused";
}

/** Nothing speaks against the bundle, but something needed to tell is not at hand. */
export class CannotTell extends Error {
  name = "CannotTell";
}

/** Returns what a step makes; its refusal names what it is about.
 * @template T @param {string} which @param {() => T} step @returns {T} */
export function within(which, step) {
  try {
    return step();
  } catch (error) {
    throw error instanceof Refused ? new Refused(`${which}: ${error.message}`) : error;
  }
}

/** Returns a value as text of at most `limit` characters, so that a hostile value cannot fill the page.
 * @param {unknown} value */
export function shorten(value, limit = 80) {
  const text = textOf(value);
  return text.length <= limit ? text : `${text.slice(0, limit - 3)}...`;
}

/** A document's objects have no prototype, hence no text of their own.
 * @param {unknown} value */
function textOf(value) {
  if (typeof value === "string") return `'${value}'`;
  if (value instanceof Uint8Array) return `0x${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  if (typeof value !== "object" || value === null) return String(value);
  return JSON.stringify(value, (_, item) => (typeof item === "bigint" ? String(item) : item));
}
