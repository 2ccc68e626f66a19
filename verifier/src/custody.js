/**
 * The chain of custody: handovers signed by giver and taker, each naming the one before. Pure. Mirrors oracle/custody.py.
 * @module
 */

import { address, uint } from "./abi.js";
import { signatureFromJson } from "./attestation.js";
import { concat, equal, fromChecksum, fromHex, keccak256, toChecksum, toHex, utf8 } from "./bytes.js";
import { typedDataDigest } from "./eip712.js";
import { Refused, shorten } from "./errors.js";
import { keyOfUri } from "./gs1.js";
import { isObject } from "./json.js";
import { isPrintable } from "./printable.js";
import { keccakOfName } from "./schemas.js";
import { recover } from "./signature.js";

const SEPARATOR = keccak256(concat(keccak256(utf8("EIP712Domain(string name,string version)")), keccak256(utf8("AiOS Custody")), keccak256(utf8("1"))));
const TYPE_HASH = keccak256(
  utf8(
    "Handover(bytes32 shipment,uint32 number,bytes32 previous,address giver,string giverParty,address taker,string takerParty,uint64 time,string place)",
  ),
);
const FIRST = new Uint8Array(32);
const MAX_TEXT = 200;
const CLOCK_TOLERANCE_MS = 300_000n;
const NAMES = ["shipment", "number", "previous", "giver", "giverParty", "taker", "takerParty", "time", "place", "giverSignature", "takerSignature"];

/** @typedef {import("./json.js").Json} Json */
/** @typedef {ReturnType<typeof handoverFromJson>} Handover */

/** Returns the handover of a parsed document; its signatures are not checked yet.
 * @param {Json} document @param {string} path */
export function handoverFromJson(document, path) {
  if (!isObject(document) || Object.keys(document).length !== NAMES.length || NAMES.some((name) => !(name in document)))
    throw new Refused(`${path}: expected an object with ${NAMES.join(", ")}`);
  const shipment = typeof document.shipment === "string" ? keyOfUri(document.shipment) : null;
  if (shipment?.primary !== "00") throw new Refused(`${path}.shipment: expected the Digital Link of an SSCC, got ${shorten(document.shipment)}`);
  const terms = {
    shipment,
    number: integer(`${path}.number`, document.number, 2 ** 32),
    previous: fromHex(`${path}.previous`, document.previous, { length: 32 }),
    giver: fromChecksum(`${path}.giver`, document.giver),
    giverParty: text(`${path}.giverParty`, document.giverParty),
    taker: fromChecksum(`${path}.taker`, document.taker),
    takerParty: text(`${path}.takerParty`, document.takerParty),
    timeMs: integer(`${path}.time`, document.time, 2 ** 53),
    place: text(`${path}.place`, document.place),
  };
  return {
    terms,
    hash: hashOf(terms),
    giverSignature: signatureFromJson(`${path}.giverSignature`, document.giverSignature),
    takerSignature: signatureFromJson(`${path}.takerSignature`, document.takerSignature),
  };
}

/** @param {any} terms */
const hashOf = (terms) =>
  typedDataDigest(
    SEPARATOR,
    keccak256(
      concat(
        TYPE_HASH,
        keccakOfName(terms.shipment.uri),
        uint("number", terms.number, 32),
        terms.previous,
        address(terms.giver),
        keccakOfName(terms.giverParty),
        address(terms.taker),
        keccakOfName(terms.takerParty),
        uint("time", terms.timeMs, 64),
        keccakOfName(terms.place),
      ),
    ),
  );

/** Returns if the handovers are one unbroken chain of custody of the subject.
 * @param {Handover[]} handovers @param {import("./gs1.js").Key} subject @param {bigint} nowMs */
export function verifyChain(handovers, subject, nowMs) {
  handovers.forEach((handover, place) => requireNext(handovers[place - 1] ?? null, handover, place, subject, nowMs));
}

/** @param {Handover | null} before @param {Handover} handover @param {number} place @param {import("./gs1.js").Key} subject @param {bigint} nowMs */
function requireNext(before, handover, place, subject, nowMs) {
  const { terms } = handover;
  const fail = (/** @type {string} */ field, /** @type {string} */ reason) => {
    throw new Refused(`$.custody[${place}].${field}: ${reason}`);
  };
  if (terms.shipment.uri !== subject.uri) fail("shipment", `is ${terms.shipment.uri}, the chain is of ${subject.uri}`);
  if (!equal(terms.previous, before?.hash ?? FIRST)) fail("previous", `is ${toHex(terms.previous)}, the handover before is ${toHex(before?.hash ?? FIRST)}`);
  if (terms.number !== place) fail("number", `is ${terms.number}, expected ${place}`);
  if (equal(terms.giver, terms.taker)) fail("taker", `${toChecksum(terms.taker)} gives to himself`);
  if (before && !equal(terms.giver, before.terms.taker)) fail("giver", `${toChecksum(terms.giver)} did not have the goods, ${toChecksum(before.terms.taker)} had`);
  if (before && terms.timeMs <= before.terms.timeMs) fail("time", `${terms.timeMs} is not after ${before.terms.timeMs}`);
  if (BigInt(terms.timeMs) > nowMs + CLOCK_TOLERANCE_MS) fail("time", `${terms.timeMs} is in the future, it is ${nowMs}`);
  for (const [role, signed, party] of /** @type {[string, Uint8Array, Uint8Array][]} */ ([["giver", handover.giverSignature, terms.giver], ["taker", handover.takerSignature, terms.taker]])) {
    const signer = recover(handover.hash, signed);
    if (!equal(signer, party)) fail(`${role}Signature`, `is by ${toChecksum(signer)}, the ${role} is ${toChecksum(party)}`);
  }
}

/** @param {string} path @param {Json} value @param {number} limit */
function integer(path, value, limit) {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value >= limit) throw new Refused(`${path}: expected an integer below ${limit}, got ${shorten(value)}`);
  return value;
}

/** @param {string} path @param {Json} value */
function text(path, value) {
  if (typeof value !== "string" || [...value].length > MAX_TEXT || !isPrintable(value)) throw new Refused(`${path}: expected at most ${MAX_TEXT} printable characters, got ${shorten(value)}`);
  return value;
}
