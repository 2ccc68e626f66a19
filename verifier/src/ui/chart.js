/**
 * One quantity over time, with the band that the product allows; values outside stand out by form as well as by colour.
 * @module
 */

import { el, svg } from "./dom.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [860, 260, 56, 12, 14, 30];

/** @param {import("./view.js").Curve} curve */
export function chart(curve) {
  const points = curve.lines.flatMap((line) => line.points);
  const values = points.map(([, value]) => value);
  const bounds = [curve.band?.low, curve.band?.high].filter((bound) => typeof bound === "number");
  const [low, high] = widened(extreme([...values, ...bounds], Math.min), extreme([...values, ...bounds], Math.max));
  const [first, last] = widened(extreme(points.map(([time]) => time), Math.min), extreme(points.map(([time]) => time), Math.max), 0);
  const x = (/** @type {number} */ time) => LEFT + ((time - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (/** @type {number} */ value) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const outside = points.filter(([, value]) => value < (curve.band?.low ?? value) || value > (curve.band?.high ?? value));
  const summary = `${curve.quantity}: ${points.length} values from ${extreme(values, Math.min)} to ${extreme(values, Math.max)} ${curve.unit}, ${outside.length} outside the band`;
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": summary });
  if (curve.band) picture.append(bandOf(curve.band, y));
  picture.append(...axes({ low, high, first, last }, x, y));
  for (const { points: line } of curve.lines) picture.append(svg("polyline", { class: "line", points: line.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join(" ") }));
  for (const [time, value] of outside) picture.append(svg("circle", { class: "outside", cx: x(time).toFixed(1), cy: y(value).toFixed(1), r: 3 }));
  return el("figure", {}, el("figcaption", {}, summary), picture);
}

/** @param {import("./view.js").Band} band @param {(value: number) => number} y */
function bandOf(band, y) {
  const [top, bottom] = [band.high === null ? TOP : y(band.high), band.low === null ? HEIGHT - BOTTOM : y(band.low)];
  return svg("rect", { class: "band", x: LEFT, y: top.toFixed(1), width: WIDTH - LEFT - RIGHT, height: (bottom - top).toFixed(1) });
}

/** @param {{low: number, high: number, first: number, last: number}} span @param {(time: number) => number} x @param {(value: number) => number} y */
function axes({ low, high, first, last }, x, y) {
  const values = [low, (low + high) / 2, high].map((value) => svg("text", { class: "tick", x: LEFT - 8, y: (y(value) + 4).toFixed(1), "text-anchor": "end" }, Number(value.toPrecision(4)).toString()));
  const times = [first, last].map((time, at) => svg("text", { class: "tick", x: x(time).toFixed(1), y: HEIGHT - 8, "text-anchor": at ? "end" : "start" }, `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`));
  const frame = svg("path", { class: "frame", d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}` });
  return [...values, ...times, frame];
}

/** Spreading ten thousand arguments would overflow some browsers' stacks.
 * @param {number[]} numbers @param {(a: number, b: number) => number} choose */
const extreme = (numbers, choose) => numbers.reduce((a, b) => choose(a, b), numbers[0]);

/** @param {number} low @param {number} high @returns {[number, number]} */
function widened(low, high, share = 0.06) {
  const margin = low === high ? 1 : (high - low) * share;
  return [low - margin, high + margin];
}
