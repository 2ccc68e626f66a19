/**
 * Checks of a shipment's trip as a whole, by limits that only some policies state; each returns null where there is no such limit. Pure.
 * Mirrors oracle/verify_trip.py.
 * @module
 */

import { signerOf } from "./content.js";
import { Refused } from "./errors.js";
import { general, whole } from "./format.js";
import { CONFORMS } from "./journey.js";
import { MINUTE_MS, readPolicy } from "./policy.js";
import { found, moment } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */

/** A verdict of conforming stands against the deadline that the signed event names, and the time of the last reading.
 * @param {Walk} walk */
export function deadline(walk) {
  const due = walk.event.deadlineMs;
  const { toMs, verdict } = walk.statement;
  if (due === null) {
    const hours = readPolicy(walk.bundle.manifest)?.deadlineHours ?? null;
    if (hours === null) return null;
    const allowed = `the event names no deadline, and the manifest allows ${general(hours, 4)} hours`;
    return found(`${allowed}: that it was kept is the signer's word`, signerOf(walk), "claimed");
  }
  const late = toMs > due;
  const apart = `${whole(Math.abs(Number(due - toMs)) / MINUTE_MS)} minutes ${late ? "after" : "before"} the deadline, ${moment(seconds(due))}`;
  if (!late) return found(`the last reading is ${apart}: that the trip had ended by then is the signer's word`, signerOf(walk), "claimed");
  if (verdict === CONFORMS) throw new Refused(`the verdict does not stand against the evidence in the file: the last reading is ${apart}`);
  return found(`the last reading is ${apart}`, signerOf(walk));
}

/** Returns whole seconds, rounded down as a moment is written.
 * @param {bigint} milliseconds */
const seconds = (milliseconds) => (milliseconds - (((milliseconds % 1000n) + 1000n) % 1000n)) / 1000n;
