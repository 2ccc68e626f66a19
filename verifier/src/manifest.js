/**
 * An agent's manifest as a verifier reads it: TOML by a stranger, of bounded depth. Pure. Mirrors oracle/manifest.py.
 * @module
 */

import { isDeeper, parse } from "./toml.js";

/** Lists and tables in each other. */
const MAX_DEPTH = 32;
/** More brackets in a row than any manifest has. */
const NESTED = /[[{][[{ \t\r\n]{64}/;

/** Returns the table that a manifest describes, or null where it is no TOML or too deep.
 * @param {string} manifest @returns {{[name: string]: any} | null} */
export function load(manifest) {
  if (NESTED.test(manifest)) return null;
  try {
    const found = parse(manifest);
    return isDeeper(found, MAX_DEPTH) ? null : found;
  } catch {
    return null; // also where a browser's stack ends
  }
}

/** Returns a number of a manifest; throws TypeError for anything else, and for an integer beyond all floats.
 * @param {unknown} value */
export function numberIn(value) {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number" || (typeof value === "bigint" && !Number.isFinite(number))) throw new TypeError("not a number");
  return number;
}

/** Returns a table of a manifest; throws TypeError for anything else.
 * @param {any} value @returns {{[name: string]: any}} */
export function tableIn(value) {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== null) throw new TypeError("no table");
  return value;
}
