/**
 * Checks of a shipment's trip as a whole, by limits that only some policies state; each returns null where there is no such limit. Pure.
 * Mirrors oracle/verify_trip.py.
 * @module
 */

import { signerOf } from "./content.js";
import { Refused } from "./errors.js";
import { general, whole } from "./format.js";
import { CONFORMS, UNMEASURED } from "./journey.js";
import { excursion, MINUTE_MS, readPolicy } from "./policy.js";
import { minutesOff, routeLines, routeMissing } from "./route.js";
import { found, moment } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */

/** A verdict of conforming stands against the fixes, measured again by the corridor and the fences of the agent's manifest.
 * @param {Walk} walk */
export function route(walk) {
  const policy = readPolicy(walk.bundle.manifest);
  if (!policy?.route) return null;
  const { rows, profile } = /** @type {import("./bundle.js").Journey} */ (walk.bundle.content);
  const { fromMs, toMs, verdict } = walk.statement;
  const measured = profile === "full" ? routeLines(policy.route, rows) : null;
  if (!measured?.length) {
    const lacking = profile !== "full" ? "does not hold all fixes" : measured ? "has no fix" : "has too many fixes";
    return found(`a ${profile} file that ${lacking}: that the route was kept is the signer's word`, signerOf(walk), "claimed");
  }
  const off = excursion("off the route", minutesOff(policy.route, measured), policy.route.allowed, "min");
  const conforms = verdict === CONFORMS;
  if (conforms && off.found > off.allowed) throw new Refused(`the verdict does not stand against the evidence in the file: ${off.text}`);
  const missing = routeMissing(policy.route, measured, policy.fewest, Number(fromMs), Number(toMs));
  if (conforms && missing.length) return found(`${off.text}; ${missing[0]}; ${UNMEASURED}`, signerOf(walk), "claimed");
  return found(off.text, "this program, from the readings");
}

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
