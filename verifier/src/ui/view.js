/**
 * A report as the page shows it: plain values that can cross from the worker to the page. Pure.
 * @module
 */

import { sha256, toHex } from "../bytes.js";
import { MEASUREMENTS } from "../epcis/event.js";
import { load, numberIn, tableIn } from "../manifest.js";
import { madeOf, moment } from "../walk.js";

/** Quantities that are drawn: a hundred thousand of them would end a browser's patience. */
const MOST_CURVES = 24;

/** @typedef {{low: number | null, high: number | null}} Band */
/** @typedef {{quantity: string, unit: string, band: Band | null, lines: {device: string, points: [number, number][]}[]}} Curve */

/**
 * @typedef {{
 *   verdict: string, conclusion: string, checks: import("../walk.js").Check[], unreached: string, trusted: string[], warnings: string[],
 *   supersededBy: string | null, revoked: string | null, subject: string | null, uri: string | null,
 *   fileHash: string, seal: string | null, curves: Curve[], image: Uint8Array | null, milliseconds: number,
 * }} View
 */

/** @param {import("../walk.js").Report} report @param {Uint8Array} data @param {number} milliseconds @returns {View} */
export function viewOf(report, data, milliseconds) {
  const bundle = report.bundle;
  const shown = report.checks.some((check) => check.name === "readings" && check.outcome === "proven");
  const pictured = report.checks.some((check) => check.name === "image" && check.outcome === "proven");
  const content = bundle?.content;
  return {
    ...{ verdict: report.verdict, conclusion: report.conclusion, checks: madeOf(report.checks), unreached: report.unreached },
    ...{ trusted: report.trusted, warnings: report.warnings },
    supersededBy: report.supersededBy && toHex(report.supersededBy),
    revoked: report.revokedS === null ? null : whenOf(report.revokedS),
    subject: bundle?.subject.path ?? null,
    uri: bundle?.subject.uri ?? null,
    fileHash: toHex(sha256(data)),
    seal: bundle ? toHex(bundle.seals.computed) : null,
    curves: shown && content?.kind === "shipment" ? curvesOf(content.rows, bandsOf(bundle?.manifest ?? "")) : [],
    image: pictured && content?.kind === "item" ? content.image : null,
    milliseconds,
  };
}

/** Returns a time in words; a registry that nobody pinned may hold one that no calendar has.
 * @param {bigint} seconds */
function whenOf(seconds) {
  try {
    return moment(seconds);
  } catch {
    return `in second ${seconds}`;
  }
}

/** @param {import("../leaves.js").Row[]} rows @param {Map<string, Band>} bands @returns {Curve[]} */
function curvesOf(rows, bands) {
  /** @type {Map<string, Map<string, [number, number][]>>} */
  const found = new Map();
  for (const row of rows) {
    const devices = found.get(row.quantity) ?? new Map();
    found.set(row.quantity, devices);
    const points = devices.get(row.device) ?? [];
    devices.set(row.device, points);
    points.push([row.timeMs, row.value]);
  }
  return [...found].slice(0, MOST_CURVES).map(([quantity, devices]) => ({
    quantity,
    unit: Object.hasOwn(MEASUREMENTS, quantity) ? MEASUREMENTS[/** @type {keyof typeof MEASUREMENTS} */ (quantity)].unit : "",
    band: bands.get(quantity) ?? null,
    lines: [...devices].map(([device, points]) => ({ device, points })),
  }));
}

/** Returns the allowed band of each quantity, as the agent's manifest states it; none where it cannot be read.
 * @param {string} manifest @returns {Map<string, Band>} */
export function bandsOf(manifest) {
  const bound = (/** @type {unknown} */ value) => (value !== undefined && Number.isFinite(numberIn(value)) ? numberIn(value) : null);
  const band = (/** @type {any} */ table) => ({ low: bound(table.low), high: bound(table.high) });
  try {
    const file = /** @type {any} */ (tableIn(load(manifest)));
    const stated = (file.policy?.bands ?? []).map((/** @type {any} */ table) => [String(table.quantity), band(table)]);
    if (file.product?.band) stated.push(["temperature", band(file.product.band)]);
    return new Map(stated);
  } catch {
    return new Map();
  }
}
