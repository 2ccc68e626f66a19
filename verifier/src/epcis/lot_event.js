/**
 * The EPCIS 2.0 ObjectEvent that records a lot's inspection. Pure. Mirrors oracle/lot_event.py.
 *
 * One shape only: what is read is written again and compared, because the hash takes many spellings for one.
 * @module
 */

import { digits, fromHex } from "../bytes.js";
import { canonical } from "../canonical.js";
import { Refused, shorten } from "../errors.js";
import { keyOfUri } from "../gs1.js";
import { isPrintable } from "../printable.js";
import { CONTEXT, DISPOSITIONS, milliseconds, requireUri } from "./event.js";
import { eventHash, hashUri } from "./hash.js";
import { text } from "./values.js";

const NAMESPACE = "urn:x-aios:lot:";
const POLICY = "ni:///sha-256;";
const MAX_NAME = 80;

/** @typedef {import("../json.js").Json} Json */

/** Returns what the event says; refused unless the gateway would have written it so.
 * @param {{[name: string]: Json}} document @param {string} path */
export function readLotEvent(document, path) {
  const event = read(document, path);
  if (canonical(write(event)) !== canonical(document)) throw new Refused(`${path}: not the one spelling of a lot's event, eventID included`);
  return event;
}

/** @param {any} document @param {string} path */
function read(document, path) {
  const fail = (/** @type {string} */ reason) => {
    throw new Refused(`${path}: not a lot's event: ${reason}`);
  };
  const one = (/** @type {unknown} */ list, /** @type {string} */ name) => (Array.isArray(list) && list.length === 1 ? list[0] : fail(`${name} holds not just one`));
  const count = (/** @type {unknown} */ value) => (Number.isSafeInteger(value) ? Number(value) : fail(`${shorten(value)} is no number of items`));
  const name = (/** @type {unknown} */ value) => (typeof value === "string" && canBeStated(value) ? value : fail(`${shorten(value)} is no name that an event states`));
  const counted = one(document.quantityList, "quantityList");
  const disposition = document.persistentDisposition === undefined ? null : one(document.persistentDisposition?.set, "persistentDisposition");
  const verdict = disposition === null ? 2 : DISPOSITIONS.indexOf(disposition);
  if (verdict < 0) fail(`disposition ${shorten(disposition)}`);
  const policy = document["aios:policy"];
  if (typeof counted?.epcClass !== "string" || typeof policy !== "string" || !policy.startsWith(POLICY)) fail("a field is missing");
  const readPoint = document.readPoint === undefined ? "" : document.readPoint?.id;
  if (typeof readPoint !== "string") fail("readPoint has no id");
  return {
    lot: keyOfUri(counted.epcClass),
    lotSize: count(document["aios:lotSize"]),
    inspected: count(counted.quantity),
    nonconforming: count(document["aios:nonconforming"]),
    verdict,
    toMs: milliseconds(document.eventTime, fail),
    supplier: name(document["aios:supplier"] ?? ""),
    machine: name(document["aios:machine"] ?? ""),
    policy: fromHex("aios:policy", `0x${policy.slice(POLICY.length)}`, { length: 32 }),
    readPoint: readPoint && requireUri(readPoint),
  };
}

/** Whether an event can hold a supplier's or a machine's name: short, printable, and no other spelling of another for its hash.
 * @param {string} name */
const canBeStated = (name) => [...name].length <= MAX_NAME && isPrintable(name) && text(name) === name;

/** @param {ReturnType<typeof read>} event */
function write(event) {
  /** @type {{[name: string]: Json}} */
  const document = {
    "@context": [CONTEXT, { aios: NAMESPACE }],
    type: "ObjectEvent",
    eventTime: new Date(Number(event.toMs)).toISOString(),
    eventTimeZoneOffset: "+00:00",
    quantityList: [{ epcClass: event.lot.uri, quantity: event.inspected }],
    action: "OBSERVE",
    bizStep: "inspecting",
    "aios:lotSize": event.lotSize,
    "aios:nonconforming": event.nonconforming,
    "aios:policy": POLICY + digits(event.policy),
  };
  if (event.verdict < DISPOSITIONS.length) document.persistentDisposition = { set: [DISPOSITIONS[event.verdict]] };
  if (event.supplier) document["aios:supplier"] = event.supplier;
  if (event.machine) document["aios:machine"] = event.machine;
  if (event.readPoint) document.readPoint = { id: event.readPoint };
  document.eventID = hashUri(eventHash(document));
  return document;
}
