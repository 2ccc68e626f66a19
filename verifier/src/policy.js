/**
 * What a shipment's policy allows, read from the agent's manifest, and how long readings were beyond it. Pure. Mirrors oracle/policy.py and policy_readings.py.
 *
 * Between two readings of one device a quantity moves in a straight line, or with `step` stays what it was until the next; a longer stretch
 * than the policy's gap counts for nothing. A value on the limit is inside. Where a line crosses a limit, up to a millisecond is given away,
 * so that rounding never finds more than the agent did.
 * @module
 */

import { general, whole } from "./format.js";
import { meanKineticTemperature } from "./kinetic.js";
import { load, numberIn, tableIn } from "./manifest.js";

/** @typedef {import("./leaves.js").Row} Row */
/** @typedef {{quantity: string, longestGap: number, required: boolean}} Watched */
/**
 * @typedef {Watched & {low: number, high: number, between: string, allowedAbove: number, allowedBelow: number,
 *   longestAbove: number | null, longestBelow: number | null}} Band
 */
/**
 * @typedef {{bands: Band[], peaks: (Watched & {high: number, allowed: number})[], fewest: number,
 *   kinetic: {limit: number, quantity: string, activation: number} | null, deadlineHours: number | null, route: Route | null}} Policy
 */
/** @typedef {{text: string, found: number, allowed: number}} Excursion */
/** @typedef {[number, number]} Position latitude and longitude, degrees */
/**
 * @typedef {{corridor: Position[], withinKm: number, fences: Fence[], allowed: number,
 *   longestGap: number, required: boolean}} Route
 */
/** @typedef {{inside: boolean, center: Position, radiusKm: number, corners: Position[]}} Fence a circle, or the polygon between corners */
/** @typedef {[number, number][]} Line times and values of one device, in order */
/** @typedef {[number, number]} Stretch beginning and end, milliseconds */

export const MINUTE_MS = 60_000;
const MOST_KELVIN = 100_000;
/** Bands and peaks of one quantity; all readings are gone through once for each. */
const MOST_LIMITS = 8;

/** Returns the policy in a manifest, or null where it states none that this reader understands.
 * @param {string} manifest @returns {Policy | null} */
export function readPolicy(manifest) {
  try {
    const policy = tableIn(load(manifest)?.policy);
    const bands = listed(policy.bands).map(tableIn).map(bandOf);
    const peaks = listed(policy.peaks).map(tableIn).map(peaksOf);
    requireFew([...bands, ...peaks]);
    const deadlineHours = policy.deadline_hours === undefined ? null : finite(policy.deadline_hours);
    const kinetic = policy.kinetic === undefined ? null : kineticOf(tableIn(policy.kinetic), bands);
    return { bands, peaks, fewest: finite(policy.fewest_readings ?? 12), kinetic, deadlineHours, route: policy.route === undefined ? null : routeOf(policy.route) };
  } catch {
    return null;
  }
}

/** @param {Watched[]} watched */
function requireFew(watched) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { quantity } of watched) counts.set(quantity, (counts.get(quantity) ?? 0) + 1);
  if ([...counts.values()].some((count) => count > MOST_LIMITS)) throw new TypeError("a quantity has more limits than this reader goes through");
}

/** @param {any} table @returns {Route} */
function routeOf(table) {
  const fences = listed(tableIn(table).fences).map(tableIn).map(fenceOf);
  const corridor = listed(table.corridor).map(positionOf);
  if (!fences.length && !corridor.length) throw new TypeError("a route bounds nothing");
  const longestGap = numberIn(table.longest_gap_minutes ?? 120);
  if (!(longestGap > 0)) throw new TypeError("no length of time");
  const required = typed(table.required ?? true, "boolean");
  return { corridor, withinKm: finite(table.within_km ?? 25), fences, allowed: finite(table.allowed_minutes_off ?? 0), longestGap, required };
}

/** @param {any} table @returns {Fence} */
function fenceOf(table) {
  const inside = table.kind === "inside";
  if (!inside && table.kind !== "outside") throw new TypeError("no kind of fence");
  const corners = listed(table.corners).map(positionOf);
  if (!corners.length) return { inside, center: positionOf(table.center), radiusKm: finite(table.radius_km), corners };
  if (corners.length < 3 || table.center !== undefined || table.radius_km !== undefined) throw new TypeError("neither a circle nor a polygon");
  return { inside, center: corners[0], radiusKm: 0, corners };
}

/** @param {any} pair @returns {Position} */
function positionOf(pair) {
  if (!Array.isArray(pair) || pair.length !== 2) throw new TypeError("not a latitude and a longitude");
  return [finite(pair[0]), finite(pair[1])];
}

/** @param {unknown} value @returns {any[]} */
function listed(value) {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new TypeError("not a list");
  return value;
}

/** @param {any} table @returns {Watched} */
function watchedOf(table) {
  const longestGap = numberIn(table.longest_gap_minutes ?? 30);
  if (!(longestGap > 0)) throw new TypeError("no length of time");
  return { quantity: typed(table.quantity, "string"), longestGap, required: typed(table.required ?? true, "boolean") };
}

/** @param {any} table @returns {Band} */
function bandOf(table) {
  const [low, high] = [numberIn(table.low ?? Number.NEGATIVE_INFINITY), numberIn(table.high ?? Number.POSITIVE_INFINITY)];
  if (Number.isNaN(low) || Number.isNaN(high)) throw new TypeError("not a limit");
  typed(table.unit ?? "", "string");
  return {
    ...watchedOf(table),
    low,
    high,
    between: typed(table.between ?? "line", "string"),
    allowedAbove: finite(table.allowed_minutes_above ?? 0),
    allowedBelow: finite(table.allowed_minutes_below ?? 0),
    longestAbove: table.longest_minutes_above === undefined ? null : finite(table.longest_minutes_above),
    longestBelow: table.longest_minutes_below === undefined ? null : finite(table.longest_minutes_below),
  };
}

/** @param {any} table */
const peaksOf = (table) => ({ ...watchedOf(table), high: finite(table.high), allowed: finite(table.allowed ?? 0) });

/** @param {any} table @param {Band[]} bands */
function kineticOf(table, bands) {
  const [limit, activation] = [finite(table.limit), numberIn(table.activation_kelvin ?? 10_000)];
  const quantity = typed(table.quantity ?? "temperature", "string");
  if (!(activation >= 1 && activation <= MOST_KELVIN) || !bands.some((band) => band.quantity === quantity)) throw new TypeError("not a limit");
  return { limit, quantity, activation };
}

/** @param {any} value @returns {number} */
function finite(value) {
  const number = numberIn(value);
  if (!Number.isFinite(number)) throw new TypeError("not a finite number");
  return number;
}

/** @param {any} value @param {string} type */
function typed(value, type) {
  if (typeof value !== type) throw new TypeError(`not a ${type}`);
  return value;
}

/** Returns how far the rows, in order of time, went beyond each limit of the policy.
 * @param {Policy} policy @param {Row[]} rows @returns {Excursion[]} */
export function excursions(policy, rows) {
  const found = policy.bands.flatMap((band) => {
    const lines = linesOf(band.quantity, rows);
    const sides = /** @type {[string, number, number, number, number | null][]} */ ([
      ["above", band.high, 1, band.allowedAbove, band.longestAbove],
      ["below", band.low, -1, band.allowedBelow, band.longestBelow],
    ]);
    return sides
      .filter(([, limit]) => Math.abs(limit) !== Number.POSITIVE_INFINITY)
      .flatMap(([side, limit, sign, allowed, longest]) => {
        const spans = union(lines.flatMap((line) => beyond(line, limit, sign, band))).map(([begin, end]) => end - begin);
        const named = `${side} ${general(limit, 6)} (${band.quantity})`;
        const total = excursion(named, spans.reduce((sum, span) => sum + span, 0) / MINUTE_MS, allowed, "min");
        const most = spans.reduce((best, span) => Math.max(best, span), 0) / MINUTE_MS;
        return longest === null ? [total] : [total, excursion(`at once ${named}`, most, longest, "min")];
      });
  });
  for (const { quantity, high, allowed } of policy.peaks) {
    // One shock is felt by every device on the pallet: the one that felt most counts.
    const events = linesOf(quantity, rows).reduce((most, line) => Math.max(most, line.filter(([, value]) => value > high).length), 0);
    found.push(excursion(`above ${general(high, 6)} (${quantity})`, events, allowed, "events"));
  }
  return found;
}

/** @param {string} limit @param {number} found @param {number} allowed @param {string} unit @returns {Excursion} */
export const excursion = (limit, found, allowed, unit) => ({ text: `${general(found, 4)} ${unit} ${limit}, ${general(allowed, 4)} allowed`, found, allowed });

/** Returns the mean kinetic temperature of the warmest device, where the policy limits it; a sample of the rows has no mean.
 * @param {Policy} policy @param {Row[]} rows @returns {Excursion[]} */
export function heat({ bands, kinetic }, rows) {
  if (!kinetic) return [];
  const { quantity, limit, activation } = kinetic;
  const band = /** @type {Band} */ (bands.find((one) => one.quantity === quantity));
  const means = linesOf(quantity, rows).map((line) => meanKineticTemperature(line, activation, band.longestGap * MINUTE_MS));
  const known = means.filter((mean) => mean !== null);
  if (!known.length) return [];
  return [excursion(`mean kinetic (${quantity})`, known.reduce((most, mean) => Math.max(most, mean), Number.NEGATIVE_INFINITY), limit, "Cel")];
}

/** Returns the quantities that must be measured throughout, each once with each longest gap, in minutes.
 * @param {Policy} policy @returns {[string, number][]} */
function required({ bands, peaks }) {
  const watched = [...bands, ...peaks].filter((one) => one.required);
  return [...new Map(watched.map(({ quantity, longestGap }) => [`${longestGap} ${quantity}`, /** @type {[string, number]} */ ([quantity, longestGap])])).values()];
}

/** Returns a line for each stretch between two instants without a required quantity that is longer than the policy allows.
 * @param {Policy} policy @param {Row[]} rows @param {number} fromMs @param {number} toMs @returns {string[]} */
export function gaps(policy, rows, fromMs, toMs) {
  return required(policy).flatMap(([quantity, minutes]) => {
    return holes(quantity, minutes, linesOf(quantity, rows), fromMs, toMs);
  });
}

/** Returns a line for each stretch between two instants, longer than so many minutes, in which no device measured a quantity.
 * @param {string} quantity @param {number} minutes @param {Line[]} lines @param {number} fromMs @param {number} toMs @returns {string[]} */
export function holes(quantity, minutes, lines, fromMs, toMs) {
  const longest = minutes * MINUTE_MS;
  const steps = lines.flatMap((line) => pairs(line).map(([[t0], [t1]]) => /** @type {Stretch} */ ([t0, t1])).filter(([t0, t1]) => t1 - t0 <= longest));
  const instants = [fromMs, ...lines.flatMap((line) => line.map(([at]) => at)), toMs].map((at) => /** @type {Stretch} */ ([at, at]));
  return pairs(union([...steps, ...instants]))
    .filter(([[, end], [begin]]) => begin - end > longest)
    .map(([[, end], [begin]]) => `${whole((begin - end) / MINUTE_MS)} minutes without ${quantity}, ${whole(minutes)} allowed`);
}

/** Returns a line for each required quantity of which there are fewer readings than the policy concludes from.
 * @param {Policy} policy @param {Row[]} rows @returns {string[]} */
export function scarce(policy, rows) {
  const counts = [...new Set(required(policy).map(([quantity]) => quantity))].map((quantity) => {
    return /** @type {[string, number]} */ ([quantity, linesOf(quantity, rows).reduce((sum, line) => sum + line.length, 0)]);
  });
  return counts.filter(([, count]) => count < policy.fewest).map(([quantity, count]) => `${count} readings of ${quantity}, ${whole(policy.fewest)} needed`);
}

/** Returns what each device stated of one quantity: times and values, in order, each once however often it was delivered.
 * @param {string} quantity @param {Row[]} rows @returns {[number, number][][]} */
export function linesOf(quantity, rows) {
  /** @type {Map<string, [number, number][]>} */
  const lines = new Map();
  for (const row of rows) {
    if (row.quantity !== quantity) continue;
    const line = lines.get(row.device) ?? [];
    lines.set(row.device, line);
    line.push([row.timeMs, row.value]);
  }
  return [...lines.values()].map((line) => {
    line.sort(([t0, v0], [t1, v1]) => t0 - t1 || v0 - v1);
    return line.filter(([t, v], at) => at === 0 || t !== line[at - 1][0] || v !== line[at - 1][1]);
  });
}

/** Returns, step by step, when a line is beyond a limit.
 * @param {[number, number][]} line @param {number} limit @param {number} sign @param {Band} band @returns {Stretch[]} */
export function beyond(line, limit, sign, band) {
  return pairs(line).flatMap(([[t0, v0], [t1, v1]]) => {
    const [e0, e1] = [sign * (v0 - limit), sign * (v1 - limit)];
    const isStep = band.between === "step";
    if (t1 <= t0 || t1 - t0 > band.longestGap * MINUTE_MS || (e0 <= 0 && (e1 <= 0 || isStep))) return [];
    if (isStep || (e0 > 0 && e1 > 0)) return [/** @type {Stretch} */ ([t0, t1])];
    const crossing = ((t1 - t0) * e0) / (e0 - e1);
    const [begin, end] = e0 > 0 ? [t0, t0 + Math.ceil(crossing) - 1] : [t0 + Math.floor(crossing) + 1, t1];
    return begin < end ? [/** @type {Stretch} */ ([begin, end])] : [];
  });
}

/** Returns the time that lies in any of them, sorted and without overlap.
 * @param {Stretch[]} stretches @returns {Stretch[]} */
export function union(stretches) {
  /** @type {Stretch[]} */
  const joined = [];
  for (const [begin, end] of [...stretches].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = joined.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([begin, end]);
  }
  return joined;
}

/** @template T @param {T[]} list @returns {[T, T][]} */
export const pairs = (list) => list.slice(1).map((item, at) => [list[at], item]);
