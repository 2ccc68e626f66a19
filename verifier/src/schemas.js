/**
 * The EAS schemas and their statements: what an attestation says about a shipment or a lot. Pure. Mirrors oracle/schemas.py.
 * @module
 */

import { number, words } from "./abi.js";
import { concat, keccak256, utf8 } from "./bytes.js";
import { Refused } from "./errors.js";

export const SHIPMENT_SCHEMA =
  "bytes32 shipment,bytes32 eventHash,bytes32 readingsRoot,uint32 readings,uint64 from,uint64 to,uint8 verdict,bytes32 agent";
export const LOT_SCHEMA = "bytes32 lot,bytes32 item,bytes32 imageHash,uint8 defect,uint32 confidencePpm,uint64 time,bytes32 agent";
export const LOT_VERDICT_SCHEMA =
  "bytes32 lot,bytes32 inspectionRoot,uint32 lotSize,uint32 inspected,uint32 nonconforming,uint8 verdict,uint64 from,uint64 to,bytes32 agent";
const MAX_VERDICT = 2n;
const MILLION = 1_000_000n;

/** Returns the uid under which EAS registers a revocable schema without resolver.
 * @param {string} schema */
export const schemaUid = (schema) => keccak256(concat(utf8(schema), new Uint8Array(20), Uint8Array.of(1)));

export const SHIPMENT_UID = schemaUid(SHIPMENT_SCHEMA);
export const LOT_UID = schemaUid(LOT_SCHEMA);
export const LOT_VERDICT_UID = schemaUid(LOT_VERDICT_SCHEMA);

/** @param {string} name */
export const keccakOfName = (name) => keccak256(utf8(name));

/** Returns the shipment statement in an attestation's data.
 * @param {Uint8Array} data */
export function shipmentStatement(data) {
  const [shipment, eventHash, readingsRoot, readings, from, to, verdict, agent] = words("shipment", data, 8);
  const statement = {
    kind: /** @type {const} */ ("shipment"),
    subject: shipment,
    eventHash,
    readingsRoot,
    readings: number("shipment", "readings", readings, 32),
    fromMs: number("shipment", "from", from, 64),
    toMs: number("shipment", "to", to, 64),
    verdict: number("shipment", "verdict", verdict, 8),
    agent,
  };
  if (statement.verdict > MAX_VERDICT) throw new Refused(`shipment statement: verdict ${statement.verdict} is not known`);
  if (statement.fromMs > statement.toMs) throw new Refused(`shipment statement: from ${statement.fromMs} is after to ${statement.toMs}`);
  if (statement.readings === 0n) throw new Refused("shipment statement: it speaks of no readings");
  return statement;
}

/** Returns the lot statement in an attestation's data.
 * @param {Uint8Array} data */
export function lotStatement(data) {
  const [lot, item, imageHash, defect, confidence, time, agent] = words("lot", data, 7);
  const statement = {
    kind: /** @type {const} */ ("item"),
    subject: lot,
    item,
    imageHash,
    defect: number("lot", "defect", defect, 8),
    confidencePpm: number("lot", "confidencePpm", confidence, 32),
    timeMs: number("lot", "time", time, 64),
    agent,
  };
  if (statement.confidencePpm > MILLION) throw new Refused(`lot statement: confidence ${statement.confidencePpm} ppm is above one`);
  return statement;
}

/** Returns the statement about a lot as a whole in an attestation's data.
 * @param {Uint8Array} data */
export function lotVerdictStatement(data) {
  const name = "lot verdict";
  const [lot, inspectionRoot, lotSize, inspected, nonconforming, verdict, from, to, agent] = words(name, data, 9);
  const statement = {
    kind: /** @type {const} */ ("lot"),
    subject: lot,
    inspectionRoot,
    lotSize: number(name, "lotSize", lotSize, 32),
    inspected: number(name, "inspected", inspected, 32),
    nonconforming: number(name, "nonconforming", nonconforming, 32),
    verdict: number(name, "verdict", verdict, 8),
    fromMs: number(name, "from", from, 64),
    toMs: number(name, "to", to, 64),
    agent,
  };
  if (statement.verdict > MAX_VERDICT) throw new Refused(`${name} statement: verdict ${statement.verdict} is not known`);
  if (statement.fromMs > statement.toMs) throw new Refused(`${name} statement: from ${statement.fromMs} is after to ${statement.toMs}`);
  if (!(statement.nonconforming <= statement.inspected && statement.inspected <= statement.lotSize) || !statement.inspected)
    throw new Refused(`${name} statement: ${statement.nonconforming} of ${statement.inspected} of ${statement.lotSize} items is no count of a sample`);
  return statement;
}

/** uid and reader of the statement that each kind of content calls for.
 * @type {{[kind: string]: [Uint8Array, (data: Uint8Array) => any]}} */
export const STATEMENTS = { shipment: [SHIPMENT_UID, shipmentStatement], item: [LOT_UID, lotStatement], lot: [LOT_VERDICT_UID, lotVerdictStatement] };
