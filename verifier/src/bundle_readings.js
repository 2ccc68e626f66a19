/**
 * Readings of a bundle in columns, with tables of names: one document for one set of rows. Pure. Mirrors oracle/bundle_readings.py.
 * @module
 */

import { compare, compareText, fromHex, toHex } from "./bytes.js";
import { same } from "./canonical.js";
import { Refused } from "./errors.js";
import { numberOf } from "./json.js";
import { NO_SEQUENCE } from "./leaves.js";

/** @typedef {import("./json.js").Json} Json */
/** @typedef {import("./leaves.js").Row} Row */

/** @param {Json[]} texts */
export const hashesOf = (texts) => texts.map((text) => fromHex("$", text, { length: 32 }));

/** Returns the rows of a document, refused unless they and their tables stand in the one order that they have.
 * @param {any} columns @returns {Row[]} */
export function rowsOf(columns) {
  const rows = read(columns);
  if (rows.some((row, at) => at > 0 && compareRows(rows[at - 1], row) > 0)) throw new Refused("$.readings: rows are not in order");
  for (const [name, column] of Object.entries(tablesOf(rows))) if (!same(column, columns[name])) throw new Refused(`$.readings.${name}: not in its one spelling`);
  return rows;
}

/** @param {any} columns @returns {Row[]} */
function read(columns) {
  const names = ["device", "quantity", "evidence", "time", "value", "sequence"];
  if (names.some((name) => columns[name].length !== columns.time.length)) throw new Refused("$.readings: columns differ in length");
  const evidences = hashesOf(columns.evidences);
  const at = (/** @type {any[]} */ table, /** @type {number} */ place) => {
    if (place >= table.length) throw new Refused("$.readings: a row names a place beyond its table");
    return table[place];
  };
  return columns.time.map((/** @type {number} */ timeMs, /** @type {number} */ place) => ({
    device: at(columns.devices, columns.device[place]),
    quantity: at(columns.quantities, columns.quantity[place]),
    timeMs,
    value: valueOf(columns.value[place]),
    sequence: sequenceOf(columns.sequence[place]),
    evidence: at(evidences, columns.evidence[place]),
  }));
}

/** @param {Json} written */
function valueOf(written) {
  const value = numberOf(written);
  if (typeof written === "bigint" && (!Number.isFinite(value) || BigInt(value) !== written)) throw new Refused("$.readings.value: not in its one spelling");
  return value;
}

/** An integer above 2^53-1 is written as text, and no other is.
 * @param {Json} written */
function sequenceOf(written) {
  if (written === null) return null;
  const sequence = BigInt(/** @type {string | number} */ (written));
  if (sequence >= NO_SEQUENCE) throw new Refused(`$.readings.sequence: ${sequence} is no device's counter: it stands for having none`);
  if ((typeof written === "string") !== sequence > BigInt(Number.MAX_SAFE_INTEGER)) throw new Refused("$.readings.sequence: not in its one spelling");
  return sequence;
}

/** @param {Row} left @param {Row} right */
function compareRows(left, right) {
  const numbers = (/** @type {number | bigint} */ a, /** @type {number | bigint} */ b) => (a < b ? -1 : a > b ? 1 : 0);
  return (
    numbers(left.timeMs, right.timeMs) ||
    compareText(left.device, right.device) ||
    compareText(left.quantity, right.quantity) ||
    numbers(left.sequence ?? -1n, right.sequence ?? -1n) ||
    numbers(left.value, right.value) ||
    compare(left.evidence, right.evidence)
  );
}

/** Returns the tables as they are written: sorted, without a name that no row uses, and the columns of places in them.
 * @param {Row[]} rows @returns {{[name: string]: Json}} */
function tablesOf(rows) {
  const devices = [...new Set(rows.map((row) => row.device))].sort(compareText);
  const quantities = [...new Set(rows.map((row) => row.quantity))].sort(compareText);
  const evidences = [...new Set(rows.map((row) => toHex(row.evidence)))].sort();
  const places = (/** @type {string[]} */ table) => new Map(table.map((name, place) => [name, place]));
  const [deviceAt, quantityAt, evidenceAt] = [places(devices), places(quantities), places(evidences)];
  return {
    devices,
    quantities,
    evidences,
    device: rows.map((row) => deviceAt.get(row.device) ?? -1),
    quantity: rows.map((row) => quantityAt.get(row.quantity) ?? -1),
    evidence: rows.map((row) => evidenceAt.get(toHex(row.evidence)) ?? -1),
  };
}
