/**
 * The CBV 2.0 event hash: one name for an event, whoever writes it down. Pure. Mirrors oracle/epcis/event_hash.py and its neighbours.
 *
 * Source: CBV 2.0 section 8.9. Never hashed: eventID, recordTime, errorDeclaration, certificationInfo, @context, comments.
 * @module
 */

import { compareText, digits, sha256, utf8 } from "../bytes.js";
import { Refused } from "../errors.js";
import { isObject } from "../json.js";
import * as values from "./values.js";

/** @typedef {import("../json.js").Json} Json */
/** @typedef {{[name: string]: Json}} Document */
/** @typedef {{inline: boolean, vocabulary: string, namespaces: {[prefix: string]: string}}} Rules */

const MAX_DEPTH = 16;
/** Every field that all event types share one order for, with how it is written. */
const FIELDS = [
  ["eventTime", "time"],
  ["eventTimeZoneOffset", "text"],
  ["epcList", "epcs"],
  ["parentID", "text"],
  ["inputEPCList", "epcs"],
  ["childEPCs", "epcs"],
  ["quantityList", "quantities"],
  ["childQuantityList", "quantities"],
  ["inputQuantityList", "quantities"],
  ["outputEPCList", "epcs"],
  ["outputQuantityList", "quantities"],
  ["action", "text"],
  ["transformationID", "text"],
  ["bizStep", "bizStep"],
  ["disposition", "disposition"],
  ["persistentDisposition", "persistent"],
  ["readPoint", "place"],
  ["bizLocation", "place"],
  ["bizTransactionList", "bizTransaction"],
  ["sourceList", "source"],
  ["destinationList", "destination"],
  ["sensorElementList", "sensors"],
];
const EXTENSIBLE = ["readPoint", "bizLocation", "sensorElementList"];
const IGNORED = new Set(["type", "eventID", "recordTime", "errorDeclaration", "certificationInfo", "@context", "rdfs:comment", "comment", "isA"]);
const SENSOR_METADATA = ["time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"];
const REPORT = [
  ...["type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism", "chemicalSubstance"],
  ...["value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev"],
  ...["percRank", "percValue", "uom", "coordinateReferenceSystem"],
];
/** @type {{[kind: string]: string}} */
const TYPED = { bizTransaction: "BTT-", source: "SDT-", destination: "SDT-" };

/** Returns the sha-256 digest of an event, 32 bytes.
 * @param {Document} event @param {{profile?: string, context?: Json, vocabulary?: string}} [options] */
export const eventHash = (event, options) => sha256(utf8(prehash(event, options)));

/** Returns the `ni` URI under which GS1 prints a digest.
 * @param {Uint8Array} digest */
export const hashUri = (digest, profile = "CBV2.0") => `ni:///sha-256;${digits(digest)}?ver=${profile}`;

/** Returns the text whose digest names the event.
 * @param {Document} event @param {{profile?: string, context?: Json, vocabulary?: string}} [options] */
export function prehash(event, { profile = "CBV2.0", context = null, vocabulary = values.GS1_VOCABULARY } = {}) {
  boundDepth(event, MAX_DEPTH);
  const rules = { inline: profile === "CBV2.1", vocabulary, namespaces: { ...namespacesOf(context), ...namespacesOf(event["@context"] ?? null) } };
  const parts = [`eventType=${values.text(event.type ?? "")}`];
  /** @type {string[]} */
  const trailing = [];
  const known = new Set([...IGNORED, "ilmd"]);
  for (const [name, kind] of FIELDS) {
    known.add(name);
    if (!Object.hasOwn(event, name) || isEmpty(event[name])) continue;
    parts.push(field(name, kind, event[name], rules));
    if (!rules.inline && EXTENSIBLE.includes(name)) trailing.push(...late(name, event[name], rules));
  }
  if (Object.hasOwn(event, "ilmd")) trailing.push(`ilmd${extensions(event.ilmd, [], rules)}`);
  trailing.push(extensions(event, known, rules));
  return [...parts, ...trailing].join("");
}

/** An empty list leaves no trace in the text.
 * @param {Json} value */
const isEmpty = (value) => value === "" || (Array.isArray(value) && !value.length) || (isObject(value) && !Object.keys(value).length);

/** @param {Json} context @returns {{[prefix: string]: string}} */
function namespacesOf(context) {
  const entries = Array.isArray(context) ? context : [context];
  const pairs = entries.filter(isObject).flatMap((entry) => Object.entries(entry));
  return Object.fromEntries(pairs.flatMap(([prefix, uri]) => (typeof uri === "string" ? [[prefix, uri]] : [])));
}

/** @param {Json} value @param {number} left */
function boundDepth(value, left) {
  if (left === 0) throw new Refused(`event: nested deeper than ${MAX_DEPTH}`);
  const children = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  for (const child of children) boundDepth(child, left - 1);
}

// The standard's own fields

/** @param {string} name @param {string} kind @param {Json} value @param {Rules} rules @returns {string} */
function field(name, kind, value, rules) {
  if (kind === "time") return `${name}=${values.time(values.text(value))}`;
  if (kind === "text") return `${name}=${values.text(value)}`;
  if (kind === "bizStep") return `${name}=${values.term(value, "BizStep-")}`;
  if (kind === "disposition") return `${name}=${values.term(value, "Disp-")}`;
  if (kind === "place") return `${name}id=${values.text(mapping(name, value).id ?? "")}${rules.inline ? extensions(value, ["id"], rules) : ""}`;
  if (kind === "persistent") {
    const ways = mapping(name, value);
    const way = (/** @type {string} */ which) => joined(items(which, ways[which] ?? []).map((item) => `${which}=${values.term(item, "Disp-")}`));
    return name + way("set") + way("unset");
  }
  return (kind === "sensors" && !rules.inline ? "" : name) + joined(items(name, value).map((item) => element(kind, item, rules)));
}

/** @param {string} kind @param {Json} item @param {Rules} rules */
function element(kind, item, rules) {
  if (kind === "epcs") return `epc=${values.text(item)}`;
  if (kind === "sensors") return sensorElement(item, rules);
  if (kind === "quantities") {
    const quantity = mapping("quantityElement", item);
    const stated = ["epcClass", "quantity", "uom"].filter((name) => Object.hasOwn(quantity, name));
    return `quantityElement${stated.map((name) => `${name}=${values.text(quantity[name])}`).join("")}`;
  }
  const entry = mapping("entry", item);
  const stated = Object.hasOwn(entry, "type") ? `type=${values.term(entry.type, TYPED[kind])}` : "";
  return `${stated}${kind}=${values.text(entry[kind] ?? "")}`;
}

/** @param {Json} item @param {Rules} rules */
function sensorElement(item, rules) {
  const found = mapping("sensorElement", item);
  let text = "sensorElement";
  if (Object.hasOwn(found, "sensorMetadata")) {
    const metadata = mapping("sensorMetadata", found.sensorMetadata);
    text += `sensorMetadata${ordered(metadata, SENSOR_METADATA, rules)}${rules.inline ? extensions(metadata, SENSOR_METADATA, rules) : ""}`;
  }
  const reports = items("sensorReport", found.sensorReport ?? []).map((report) => mapping("sensorReport", report));
  text += joined(reports.map((report) => `sensorReport${ordered(report, REPORT, rules)}${rules.inline ? extensions(report, REPORT, rules) : ""}`));
  return text + (rules.inline ? extensions(found, ["sensorMetadata", "sensorReport"], rules) : "");
}

/** @param {Document} item @param {string[]} names @param {Rules} rules */
function ordered(item, names, rules) {
  const write = (/** @type {string} */ name) => {
    if (name === "type" || name === "exception") return values.gs1Term(item[name], rules.vocabulary);
    if (name === "component") return values.term(item[name], "Comp-");
    return ["time", "startTime", "endTime"].includes(name) ? values.time(values.text(item[name])) : values.text(item[name]);
  };
  return names.filter((name) => Object.hasOwn(item, name)).map((name) => `${name}=${write(name)}`).join("");
}

// Extensions: user fields under their namespaces, sorted, nested

/** Returns the extensions inside a standard field, each led by the path of names, as CBV 2.0 puts them at the end.
 * @param {string} name @param {Json} value @param {Rules} rules @returns {string[]} */
function late(name, value, rules) {
  if (name !== "sensorElementList") {
    const inner = extensions(value, ["id"], rules);
    return inner ? [name + inner] : [];
  }
  const elements = items(name, value).map((item) => {
    const found = mapping("sensorElement", item);
    const metadata = extensions(found.sensorMetadata ?? {}, SENSOR_METADATA, rules);
    const reports = items("sensorReport", found.sensorReport ?? []).map((report) => extensions(report, REPORT, rules)).filter(Boolean);
    const inner = (metadata ? `sensorMetadata${metadata}` : "") + joined(reports.map((report) => `sensorReport${report}`));
    return inner + extensions(found, ["sensorMetadata", "sensorReport"], rules);
  });
  return [joined(elements.filter(Boolean).map((inner) => `sensorElement${inner}`))];
}

/** Returns everything in an object that is no known field, sorted.
 * @param {Json} value @param {Iterable<string>} known @param {Rules} rules @returns {string} */
function extensions(value, known, rules) {
  const names = new Set(known);
  const entries = Object.entries(mapping("extension", value)).filter(([key]) => !names.has(key) && !IGNORED.has(key));
  return joined(entries.flatMap(([key, child]) => (Array.isArray(child) ? child : [child]).map((item) => extension(key, item, rules))));
}

/** @param {string} key @param {Json} value @param {Rules} rules @returns {string} */
function extension(key, value, rules) {
  const colon = key.indexOf(":");
  const prefix = key.slice(0, Math.max(colon, 0));
  const name = colon >= 0 && Object.hasOwn(rules.namespaces, prefix) ? `{${rules.namespaces[prefix]}}${key.slice(colon + 1)}` : key;
  if (!isObject(value)) return `${name}=${values.text(value)}`;
  const content = Object.hasOwn(value, "#text") ? `=${values.text(value["#text"])}` : "";
  return name + content + extensions(value, ["#text"], rules);
}

/** @param {string[]} parts */
const joined = (parts) => [...parts].sort(compareText).join("");

/** @param {string} name @param {Json} value */
function items(name, value) {
  if (!Array.isArray(value)) throw new Refused(`${name}: expected a list`);
  return value;
}

/** @param {string} name @param {Json} value */
function mapping(name, value) {
  if (!isObject(value)) throw new Refused(`${name}: expected an object`);
  return value;
}
