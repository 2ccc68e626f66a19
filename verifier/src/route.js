/**
 * Where a trip went, measured again from a file's fixes against the policy's corridor and fences. Pure. Mirrors oracle/policy_route.py.
 *
 * A fix is one latitude and one longitude of a device at one time. Between two fixes the distance beyond the nearest limit changes evenly. Distances are on a sphere of the Earth's mean radius.
 * @module
 */

import { whole } from "./format.js";
import { beyond, holes, linesOf, MINUTE_MS, pairs, union } from "./policy.js";

/** @typedef {import("./policy.js").Route} Route */
/** @typedef {import("./policy.js").Line} Line */
/** @typedef {import("./policy.js").Position} Position */
/** @typedef {import("./leaves.js").Row} Row */
/** @typedef {[number, number, number]} Vector */

const EARTH_KM = 6371.0088;
/** By how much a fix is nearer than it is found, so that rounding never finds more than the agent did. */
const GIVEN_AWAY_KM = 1e-6;
/** Distances that are worth measuring again. */
const MOST_DISTANCES = 400_000;

/** Returns how far each device's fixes are beyond the nearest limit, in kilometres; null where that is too much to measure.
 * @param {Route} route @param {Row[]} rows @returns {Line[] | null} */
export function routeLines(route, rows) {
  const found = fixes(rows);
  const count = found.reduce((sum, line) => sum + line.length, 0);
  if (count * (route.corridor.length + route.fences.reduce((sum, one) => sum + (one.corners.length || 1), 0)) > MOST_DISTANCES) return null;
  const limits = [...route.fences.map(fence), ...(route.corridor.length ? [corridor(route)] : [])];
  const excess = (/** @type {Vector} */ point) => limits.reduce((most, limit) => Math.max(most, limit(point)), Number.NEGATIVE_INFINITY);
  return found.map((line) => line.map(([at, place]) => /** @type {[number, number]} */ ([at, excess(vector(place)) - GIVEN_AWAY_KM])));
}

/** Returns the fixes of each device that has some, in order; of two values at one time the lower one is taken.
 * @param {Row[]} rows @returns {[number, Position][][]} */
function fixes(rows) {
  /** @type {Map<string, Row[]>} */
  const byDevice = new Map();
  for (const row of rows) {
    if (row.quantity !== "latitude" && row.quantity !== "longitude") continue;
    const own = byDevice.get(row.device) ?? [];
    byDevice.set(row.device, own);
    own.push(row);
  }
  const found = [...byDevice.values()].map((own) => {
    const [north, east] = ["latitude", "longitude"].map((name) => new Map(linesOf(name, own).flatMap((line) => [...line].reverse())));
    const times = [...north.keys()].filter((at) => east.has(at)).sort((a, b) => a - b);
    return times.map((at) => /** @type {[number, Position]} */ ([at, [north.get(at), east.get(at)]]));
  });
  return found.filter((line) => line.length);
}

/** Returns for how long any device was off the route, in minutes.
 * @param {Route} route @param {Line[]} measured */
export function minutesOff(route, measured) {
  const band = /** @type {import("./policy.js").Band} */ (/** @type {unknown} */ ({ between: "line", longestGap: route.longestGap }));
  return union(measured.flatMap((line) => beyond(line, 0, 1, band))).reduce((sum, [begin, end]) => sum + (end - begin), 0) / MINUTE_MS;
}

/** Returns a line for each stretch between two instants without a fix that is longer than the route allows, and one for too few fixes.
 * @param {Route} route @param {Line[]} measured @param {number} fewest @param {number} fromMs @param {number} toMs @returns {string[]} */
export function routeMissing(route, measured, fewest, fromMs, toMs) {
  if (!route.required) return [];
  const count = measured.reduce((sum, line) => sum + line.length, 0);
  return [...holes("a fix", route.longestGap, measured, fromMs, toMs), ...(count < fewest ? [`${count} fixes, ${whole(fewest)} needed`] : [])];
}

/** Returns the unit vector of a place.
 * @param {Position} place @returns {Vector} */
function vector([latitude, longitude]) {
  const [phi, lam] = [latitude * (Math.PI / 180), longitude * (Math.PI / 180)];
  return [Math.cos(phi) * Math.cos(lam), Math.cos(phi) * Math.sin(lam), Math.sin(phi)];
}

/** @param {Route["fences"][0]} fence @returns {(point: Vector) => number} */
function fence({ inside, center, radiusKm, corners }) {
  const middle = vector(center);
  const outside = corners.length ? polygon(corners) : (/** @type {Vector} */ point) => distance(point, middle) - radiusKm;
  return (point) => (inside ? 1 : -1) * outside(point);
}

/** Returns how far a point is from the polygon's edge, negative within it.
 * @param {Position[]} corners @returns {(point: Vector) => number} */
function polygon(corners) {
  const ring = [...corners, corners[0]].map(vector);
  const edge = line(ring);
  const sides = pairs(ring).map(([one, two]) => ({ one, two, pole: cross(one, two) }));
  return (point) => {
    // The winding number: how often the ring crosses the meridian of the point towards the south, seen from above.
    let turns = 0;
    for (const { one, two, pole } of sides) {
      const [begins, ends] = [one, two].map((place) => point[0] * place[1] - point[1] * place[0]);
      if (begins <= 0 && ends > 0 && dot(point, pole) > 0) turns += 1;
      else if (ends <= 0 && begins > 0 && dot(point, pole) < 0) turns -= 1;
    }
    // A ring goes around the other side of the Earth as well.
    return turns && dot(point, ring[0]) > 0 ? -edge(point) : edge(point);
  };
}

/** @param {Route} route @returns {(point: Vector) => number} */
function corridor(route) {
  const off = line(route.corridor.map(vector));
  return (point) => off(point) - route.withinKm;
}

/** Returns how far a point is from the nearest great-circle leg between waypoints.
 * @param {Vector[]} waypoints @returns {(point: Vector) => number} */
function line(waypoints) {
  const legs = pairs(waypoints).flatMap(([one, two]) => {
    const across = cross(one, two);
    const size = Math.sqrt(dot(across, across));
    if (size < 1e-12) return []; // the same place twice
    const pole = /** @type {Vector} */ (across.map((part) => part / size));
    return [{ pole, begin: cross(pole, one), end: cross(two, pole) }];
  });
  return (point) => {
    let nearest = waypoints.reduce((least, waypoint) => Math.min(least, distance(point, waypoint)), Number.POSITIVE_INFINITY);
    for (const { pole, begin, end } of legs) {
      // Between the ends of the leg the perpendicular falls onto it; beyond them the nearer waypoint counts, as above.
      if (dot(point, begin) >= 0 && dot(point, end) >= 0) nearest = Math.min(nearest, EARTH_KM * Math.abs(Math.asin(Math.min(1, Math.max(-1, dot(point, pole))))));
    }
    return nearest;
  };
}

/** By the chord: exact for small distances, where the arc cosine is not.
 * @param {Vector} point @param {Vector} place */
function distance(point, place) {
  const [x, y, z] = [point[0] - place[0], point[1] - place[1], point[2] - place[2]];
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(x * x + y * y + z * z) / 2));
}

/** @param {Vector} a @param {Vector} b */
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** @param {Vector} a @param {Vector} b @returns {Vector} */
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
