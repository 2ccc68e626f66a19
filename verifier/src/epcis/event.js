/**
 * The EPCIS 2.0 ObjectEvent that records a shipment's cold chain. Pure. Mirrors oracle/epcis/event.py.
 *
 * One shape only: what is read is written again and compared, because the hash takes many spellings of a term, a host or a time for one.
 * @module
 */

import { digits, fromHex } from "../bytes.js";
import { canonical } from "../canonical.js";
import { Refused, shorten } from "../errors.js";
import { keyOfUri } from "../gs1.js";
import { isObject, numberOf } from "../json.js";
import { divideHalfEven, fixedPoint, numberOfFixed } from "../leaves.js";
import { eventHash, hashUri } from "./hash.js";
import { text } from "./values.js";

export const CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld";
export const DISPOSITIONS = ["conformant", "non_conformant"];
const NAMESPACE = "urn:x-aios:shipment:";
const DEADLINE = "aios:deadline";
const TRANSACTION = "urn:aios:handover:";
const URI = /^[a-z][a-z0-9+.-]*:[!-~]+$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Quantities that events summarize, with measurement type and UN/ECE Recommendation 20 code of the unit. */
export const MEASUREMENTS = {
  temperature: { term: "Temperature", uom: "CEL", unit: "\u00b0C" },
  humidity: { term: "RelativeHumidity", uom: "P1", unit: "%RH" },
  pressure: { term: "Pressure", uom: "PAL", unit: "Pa" },
  illuminance: { term: "Illuminance", uom: "LUX", unit: "lx" },
};

/** @typedef {import("../json.js").Json} Json */
/** @typedef {{quantity: string, minimum: Json, maximum: Json, mean: Json}} Summary */

/** Returns what the event says; refused unless the gateway would have written it so.
 * @param {{[name: string]: Json}} document @param {string} path */
export function readEvent(document, path) {
  const event = read(document, path);
  if (canonical(write(event)) !== canonical(document)) throw new Refused(`${path}: not the one spelling of a shipment's event, eventID included`);
  return event;
}

/** @param {any} document @param {string} path */
function read(document, path) {
  const fail = (/** @type {string} */ reason) => {
    throw new Refused(`${path}: not a shipment's event: ${reason}`);
  };
  const one = (/** @type {unknown} */ list, /** @type {string} */ name) => (Array.isArray(list) && list.length === 1 ? list[0] : fail(`${name} holds not just one`));
  const subject = one(document.epcList, "epcList");
  const element = one(document.sensorElementList, "sensorElementList");
  if (typeof subject !== "string" || !isObject(element?.sensorMetadata) || !Array.isArray(element.sensorReport)) fail("a field is missing");
  const disposition = document.persistentDisposition === undefined ? null : one(document.persistentDisposition?.set, "persistentDisposition");
  const verdict = disposition === null ? 2 : DISPOSITIONS.indexOf(disposition);
  if (verdict < 0) fail(`disposition ${shorten(disposition)}`);
  const readPoint = document.readPoint === undefined ? "" : document.readPoint?.id;
  if (typeof readPoint !== "string") fail("readPoint has no id");
  const summaries = element.sensorReport.map((/** @type {any} */ report) => summaryOf(report, fail));
  if (new Set(summaries.map((/** @type {Summary} */ summary) => summary.quantity)).size !== summaries.length) fail("a quantity is summarized twice");
  return {
    subject: keyOfUri(subject),
    fromMs: milliseconds(element.sensorMetadata.startTime, fail),
    toMs: milliseconds(element.sensorMetadata.endTime, fail),
    verdict,
    readPoint,
    deadlineMs: document[DEADLINE] === undefined ? null : deadlineOf(document[DEADLINE], fail),
    custody: document.bizTransactionList === undefined ? null : custodyOf(one(document.bizTransactionList, "bizTransactionList")),
    summaries,
  };
}

/** @param {any} report @param {(reason: string) => any} fail @returns {Summary} */
function summaryOf(report, fail) {
  const quantity = Object.entries(MEASUREMENTS).find(([, measurement]) => measurement.term === report?.type)?.[0];
  if (!quantity) return fail("a report of an unknown type");
  const { minValue: minimum, maxValue: maximum, meanValue: mean } = report;
  for (const value of [minimum, maximum, mean]) if (!Number.isFinite(numberOf(value))) fail(`${shorten(value)} is no number`);
  return { quantity, minimum, maximum, mean };
}

/** Returns an event's time, milliseconds since the Unix epoch.
 * @param {unknown} written @param {(reason: string) => any} fail */
export function milliseconds(written, fail) {
  const moment = typeof written === "string" && TIME.test(written) ? Date.parse(written) : Number.NaN;
  return Number.isNaN(moment) ? fail(`no time: ${shorten(written)}`) : BigInt(moment);
}

/** @param {unknown} written @param {(reason: string) => any} fail */
function deadlineOf(written, fail) {
  const due = milliseconds(written, fail);
  return due < 0n ? fail(`deadline ${written} is before 1970`) : due;
}

/** Returns the hash of the handover that an event names as its pedigree.
 * @param {any} transaction */
function custodyOf(transaction) {
  const uri = transaction?.bizTransaction;
  if (typeof uri !== "string" || !uri.startsWith(TRANSACTION)) throw new Refused(`bizTransaction: expected ${TRANSACTION} and 64 digits, got ${shorten(uri)}`);
  return fromHex("bizTransaction", `0x${uri.slice(TRANSACTION.length)}`, { length: 32 });
}

/** @param {ReturnType<typeof read>} event */
function write(event) {
  const [start, end] = [event.fromMs, event.toMs].map((moment) => new Date(Number(moment)).toISOString());
  /** @type {{[name: string]: Json}} */
  const document = {
    "@context": [CONTEXT],
    type: "ObjectEvent",
    eventTime: end,
    eventTimeZoneOffset: "+00:00",
    epcList: [event.subject.uri],
    action: "OBSERVE",
    bizStep: "sensor_reporting",
    disposition: "in_transit",
    sensorElementList: [{ sensorMetadata: { startTime: start, endTime: end }, sensorReport: [...event.summaries].sort(byMeasurement).map(reportOf) }],
  };
  if (event.verdict < DISPOSITIONS.length) document.persistentDisposition = { set: [DISPOSITIONS[event.verdict]] };
  if (event.custody) document.bizTransactionList = [{ type: "pedigree", bizTransaction: TRANSACTION + digits(event.custody) }];
  if (event.readPoint) document.readPoint = { id: requireUri(event.readPoint) };
  if (event.deadlineMs !== null) {
    document["@context"] = [CONTEXT, { aios: NAMESPACE }];
    document[DEADLINE] = new Date(Number(event.deadlineMs)).toISOString();
  }
  document.eventID = hashUri(eventHash(document));
  return document;
}

/** The hash takes any order of reports for one, and a document has only one.
 * @param {Summary} left @param {Summary} right */
const byMeasurement = (left, right) => Object.keys(MEASUREMENTS).indexOf(left.quantity) - Object.keys(MEASUREMENTS).indexOf(right.quantity);

/** @param {Summary} summary */
function reportOf(summary) {
  const { term, uom } = MEASUREMENTS[/** @type {keyof typeof MEASUREMENTS} */ (summary.quantity)];
  return { type: term, minValue: summary.minimum, maxValue: summary.maximum, meanValue: summary.mean, uom };
}

/** Returns a read point, which is a URI in canonical form.
 * @param {string} uri */
export function requireUri(uri) {
  if (uri.length > 200 || !URI.test(uri) || text(uri) !== uri) throw new Refused(`read point ${shorten(uri)} is no URI in canonical form`);
  return uri;
}

/** Returns minimum, maximum and mean of a quantity's values, computed exactly in fixed point; there is at least one value.
 * @param {number[]} numbers */
export function summarize(numbers) {
  const fixed = numbers.map(fixedPoint);
  const sum = fixed.reduce((total, value) => total + value, 0n);
  const extreme = (/** @type {(a: bigint, b: bigint) => boolean} */ before) => fixed.reduce((best, value) => (before(value, best) ? value : best));
  const [minimum, maximum] = [extreme((a, b) => a < b), extreme((a, b) => a > b)];
  return { minimum: numberOfFixed(minimum), maximum: numberOfFixed(maximum), mean: numberOfFixed(divideHalfEven(sum, BigInt(fixed.length))) };
}
