/**
 * A bundle's bytes as records: parsed, of the published shape, and in its one spelling. Pure. Mirrors oracle/bundle_codec.py and bundle_json.py.
 *
 * One document for one bundle: whatever is accepted here would be written again value for value; that is checked by writing it.
 * @module
 */

import schema from "../../docs/formats/bundle.schema.json" with { type: "json" };
import { fromJson as attestationFromJson } from "./attestation.js";
import { compare, compareText, fromChecksum, fromHex, sha256, utf8 } from "./bytes.js";
import { hashesOf, rowsOf } from "./bundle_readings.js";
import { canonical } from "./canonical.js";
import { parse as parseCbor } from "./cbor.js";
import { CannotTell, Refused, shorten } from "./errors.js";
import { handoverFromJson } from "./custody.js";
import { keyOfPath } from "./gs1.js";
import { isObject, parse as parseJson } from "./json.js";
import { MAX_BYTES } from "./limits.js";
import { batchOf, correctionsOf, itemsOf, nodesOf, quorumOf, revocationOf, standingOf } from "./parts.js";
import { isPrintable } from "./printable.js";
import { requireShape } from "./shape.js";

const FORMAT = "aios-bundle";
const VERSION = 1;
const CBOR_MAP = 5;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @typedef {import("./json.js").Json} Json */
/** @typedef {import("./leaves.js").Row} Row */
/**
 * @typedef {{
 *   kind: "shipment", rows: Row[], sample: {proof: Uint8Array[], flags: boolean[]} | null, event: {[name: string]: Json},
 *   custody: import("./custody.js").Handover[], evidence: Uint8Array[], devices: [string, Uint8Array][], profile: "full" | "sampled" | "verdict",
 * }} Journey
 */
/** @typedef {{kind: "item", item: string, image: Uint8Array | null}} Inspection */
/** @typedef {{kind: "lot", items: ReturnType<typeof itemsOf>, event: {[name: string]: Json} | null}} LotSample */
/** @typedef {ReturnType<typeof read>} Bundle */

/** Returns the document in a file of either kind, still without shape.
 * @param {Uint8Array} data @returns {any} */
export function parse(data) {
  if (data.length > MAX_BYTES) throw new Refused(`$: ${data.length} bytes, at most ${MAX_BYTES}`);
  const first = data.find((byte) => !(byte === 0x20 || (byte >= 9 && byte <= 13)));
  if (first === undefined) throw new Refused("$: the file is empty");
  if (first !== 0x7b) {
    if (data[0] >> 5 !== CBOR_MAP) throw new Refused("$: neither a JSON object nor a CBOR map");
    return parseCbor(data);
  }
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data));
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("$: not JSON: text that is not UTF-8");
  }
}

/** Returns if the document is no bundle of another edition of the format.
 * @param {any} document */
export function requireEdition(document) {
  if (!isObject(document) || document.format !== FORMAT) return;
  const version = document.version;
  if ((typeof version === "bigint" || Number.isSafeInteger(version)) && version !== VERSION)
    throw new CannotTell(`the bundle is of version ${version} of the format: ask for a newer one, or use a program of its time`);
}

/** Returns the bundle of a parsed document, the seal that it states and the seal that its content has.
 * @param {any} document */
export function read(document) {
  requireShape(schema, document);
  requirePrintable(document);
  const { seal, ...sealed } = document;
  const subject = keyOfPath(document.subject.key);
  const anchor = document.anchor;
  return {
    network: /** @type {string} */ (document.network),
    subject,
    content: document.subject.kind === "shipment" ? journey(document) : ofLot(document, subject),
    manifest: /** @type {string} */ (document.agent.manifest),
    attestation: attestationFromJson(document.attestation, "$.attestation"),
    batch: batchOf("$.batch", document.batch),
    anchor: {
      registry: fromChecksum("$.anchor.registry", anchor.registry),
      gatewayRegistry: fromChecksum("$.anchor.gatewayRegistry", anchor.gatewayRegistry),
      gateway: fromChecksum("$.anchor.gateway", anchor.gateway),
      index: /** @type {number} */ (anchor.index),
      accountProof: nodesOf("$.anchor.accountProof", anchor.accountProof),
      storageProof: nodesOf("$.anchor.storageProof", anchor.storageProof),
    },
    trace: document.lightClient,
    corrections: correctionsOf(document.corrections),
    standing: standingOf(document.standing),
    revocation: revocationOf(document.revocation),
    quorum: quorumOf(document.quorum),
    seals: { stated: fromHex("$.seal", seal, { length: 32 }), computed: sha256(utf8(canonical(sealed))) },
  };
}

/** Names that cannot be printed could draw lines of a report that nobody made.
 * @param {any} document */
function requirePrintable(document) {
  const { readings, items, devices, subject, network } = document;
  const tables = [...(readings?.devices ?? []), ...(readings?.quantities ?? []), ...Object.keys(devices ?? {})];
  for (const name of [network, subject.item ?? "", ...tables, ...(items ?? []).map((/** @type {any} */ one) => one.item)])
    if (!isPrintable(name)) throw new Refused(`$: ${shorten(name)} holds a character that cannot be printed`);
}

/** @param {any} document @param {string} kind @param {string[]} names */
function requireAbsent(document, kind, names) {
  for (const name of names) if (document[name] !== undefined) throw new Refused(`$.${name}: the bundle of a ${kind} takes none`);
}

/** @param {any} document @returns {Journey} */
function journey(document) {
  requireAbsent(document, "shipment", ["image", "items"]);
  if (document.subject.item !== undefined) throw new Refused("$.subject.item: a shipment's bundle takes none");
  if (!document.event) throw new Refused("$: a shipment's bundle needs an event");
  const rows = document.readings ? rowsOf(document.readings) : [];
  const multiproof = document.readings?.multiproof;
  const evidence = nodesOf("$.evidence", document.evidence ?? []);
  const digests = evidence.map(sha256);
  if (digests.some((digest, at) => at > 0 && compare(digests[at - 1], digest) >= 0)) throw new Refused("$.evidence: payloads are not in order of their sha256, each once");
  return {
    kind: "shipment",
    rows,
    sample: multiproof ? { proof: hashesOf(multiproof.proof), flags: Array.from(multiproof.flags, (flag) => flag === "1") } : null,
    event: document.event,
    custody: (document.custody ?? []).map((/** @type {any} */ one, /** @type {number} */ at) => handoverFromJson(one, `$.custody[${at}]`)),
    evidence,
    devices: Object.keys(document.devices ?? {}).sort(compareText).map((device) => [device, fromHex(`$.devices.${device}`, document.devices[device])]),
    profile: !rows.length ? "verdict" : multiproof ? "sampled" : "full",
  };
}

/** @param {any} document @param {import("./gs1.js").Key} subject @returns {Inspection | LotSample} */
function ofLot(document, subject) {
  requireAbsent(document, "lot", ["readings", "custody", "evidence", "devices"]);
  if (subject.qualifier !== "10") throw new Refused("$.subject.key: a lot's key has a lot number (AI 10)");
  const item = document.subject.item;
  if (item === undefined) {
    requireAbsent(document, "lot as a whole", ["image"]);
    return { kind: "lot", items: itemsOf(document.items ?? []), event: document.event ?? null };
  }
  requireAbsent(document, "single item", ["items", "event"]);
  return { kind: "item", item, image: document.image === undefined ? null : imageOf(document.image) };
}

/** @param {string} text */
function imageOf(text) {
  if (!BASE64.test(text) || btoa(atob(text)) !== text) throw new Refused("$.image: not base64 in its one spelling");
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
