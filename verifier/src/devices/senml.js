/**
 * SenML in CBOR (RFC 8428) as signed devices send it: records with base fields applied, and what they measure. Pure.
 *
 * Mirrors drivers/senml. A signed record states its own time: one that counts from now is refused.
 * @module
 */

import { Refused } from "../errors.js";
import { decodeItem } from "./item.js";

/** @typedef {{quantity: string, timeMs: number, value: number}} Measured a numeric reading */

const LABELS = new Map(
  /** @type {[any, string][]} */ ([
    ...[[-2n, "bn"], [-3n, "bt"], [-4n, "bu"], [-5n, "bv"], [-6n, "bs"], [-1n, "bver"], [0n, "n"], [1n, "u"]],
    ...[[2n, "v"], [3n, "vs"], [4n, "vb"], [5n, "s"], [6n, "t"], [7n, "ut"], [8n, "vd"], ["seq", "seq"]],
  ]),
);
const NAMES = new Set(LABELS.values());
const TEXTS = ["bn", "bu", "n", "u", "vs"];
const WHOLE = ["bver", "seq"];
const BASE = ["bver", "bn", "bu", "bt", "bv", "bs"];
const [MAX_BYTES, MAX_RECORDS, MAX_DEPTH, MAX_NAME] = [262_144, 4096, 8, 255];
const VERSION = 10n;
const MAX_SEQUENCE = 2n ** 63n - 1n;
const RELATIVE_BELOW = 2 ** 28;
const LAST_TIME_S = 253_402_300_799.999;
const NAME = /^[A-Za-z0-9][A-Za-z0-9:./_-]*$/;

/** @param {string} reason @returns {never} */
function fail(reason) {
  throw new Refused(`SenML: ${reason}`);
}

/** Returns the numeric readings of a signed pack, and its number if the device counts.
 * @param {Uint8Array} data @param {string} device @returns {{sequence: bigint | null, readings: Measured[]}} */
export function signedReadings(data, device) {
  if (data.length > MAX_BYTES) fail(`${data.length} bytes, at most ${MAX_BYTES}`);
  const document = decodeItem(data, MAX_DEPTH);
  if (!Array.isArray(document)) return fail("the outermost item is not an array");
  const raw = document.map(fieldsOf);
  if (!raw.length || raw.length > MAX_RECORDS) fail(`${raw.length} records, expected 1 to ${MAX_RECORDS}`);
  requireVersion(raw);
  const base = { bn: "", bt: 0, bv: 0, bs: /** @type {number | null} */ (null) };
  const records = raw.map((fields) => recordOf(base, fields)).filter((record) => record !== null);
  if (!records.length) fail("a pack that measures nothing");
  return { sequence: raw[0].seq ?? null, readings: records.flatMap((record) => readingsOf(record, device)) };
}

/** Returns one record's fields by their JSON labels, each of its type; fields that are not known are dropped.
 * @param {any} record @returns {{[name: string]: any}} */
function fieldsOf(record) {
  if (!(record instanceof Map)) return fail("a record is not a map");
  /** @type {{[name: string]: any}} */
  const fields = {};
  for (const [label, value] of record) {
    if (typeof label !== "bigint" && typeof label !== "string") fail("a label is neither an integer nor a text");
    const name = LABELS.get(label);
    if (name) fields[name] = typed(name, value);
    else if (typeof label === "string" && (label.endsWith("_") || NAMES.has(label))) fail(`label ${label.slice(0, 40)} must be understood, or is written as text`);
  }
  return fields;
}

/** @param {string} name @param {any} value */
function typed(name, value) {
  if (WHOLE.includes(name)) return typeof value === "bigint" && (name === "bver" || (value >= 0n && value <= MAX_SEQUENCE)) ? value : fail(`${name} is no integer that fits`);
  if (TEXTS.includes(name)) return typeof value === "string" ? value : fail(`${name} is no text`);
  if (name === "vb") return typeof value === "boolean" ? value : fail("vb is no boolean");
  if (name === "vd") return value instanceof Uint8Array ? value : fail("vd is not a byte string");
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number" || (typeof value === "bigint" && !Number.isFinite(number))) return fail(`${name} is no number that fits a double`);
  return number;
}

/** @param {{[name: string]: any}[]} raw */
function requireVersion(raw) {
  const version = raw[0].bver ?? VERSION;
  if (version < 1n || version > VERSION || raw.some((fields) => (fields.bver ?? version) !== version)) fail("its version is not one, or not known");
}

/** Returns a record with the base fields in force applied, or null for one that only sets them.
 * @param {any} base @param {{[name: string]: any}} fields */
function recordOf(base, fields) {
  for (const name of BASE) if (name in fields && name in base) base[name] = fields[name];
  const name = base.bn + (fields.n ?? "");
  const values = ["v", "vs", "vb", "vd"].filter((label) => label in fields);
  if (values.length > 1) fail(`${name.slice(0, 80)} states several values`);
  if (!values.length && !("s" in fields)) {
    if (BASE.some((label) => label in fields) && !["n", "u", "t", "ut"].some((label) => label in fields)) return null;
    fail(`${name.slice(0, 80)} states no value`);
  }
  if (!NAME.test(name) || [...name].length > MAX_NAME) fail(`${name.slice(0, 80)} is no name`);
  const time = base.bt + (fields.t ?? 0);
  const value = "v" in fields ? base.bv + fields.v : "vb" in fields ? Number(fields.vb) : null;
  const sum = "s" in fields ? (base.bs ?? 0) + fields.s : base.bs;
  for (const number of [time, value ?? 0, sum ?? 0, fields.ut ?? 0]) if (!Number.isFinite(number)) fail(`${name} holds a number that is not finite`);
  if (time < RELATIVE_BELOW) fail(`record ${name} states a time relative to now; a signed record states its own`);
  if (time > LAST_TIME_S) fail(`record ${name} states a time after the year 9999`);
  return { name, timeMs: roundHalfEven(time * 1000), value, sum };
}

/** @param {{name: string, timeMs: number, value: number | null, sum: number | null}} record @param {string} device @returns {Measured[]} */
function readingsOf({ name, timeMs, value, sum }, device) {
  const quantity = quantityOf(name, device);
  const found = value === null ? [] : [{ quantity, timeMs, value }];
  return sum === null ? found : [...found, { quantity: `${quantity}.sum`, timeMs, value: sum }];
}

/** Returns what a resolved name measures, the sending device's own prefix removed.
 * @param {string} name @param {string} device */
function quantityOf(name, device) {
  if (!/[/:]/.test(name) && name !== device) return name;
  const urn = /^urn:dev:[^:]+:([^]*)$/.exec(name);
  const rest = name.startsWith(device) ? name.slice(device.length) : urn?.[1].startsWith(device) ? urn[1].slice(device.length) : null;
  if (rest === null || (rest && !/^[/:]/.test(rest))) return fail(`${name.slice(0, 80)} belongs to another device`);
  if (!rest) return "value";
  return rest.length > 1 ? rest.slice(1) : fail(`${name.slice(0, 80)} is no name`);
}

/** @param {number} value */
function roundHalfEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}
