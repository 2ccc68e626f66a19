// What a stranger's file could make endless: patterns that look again from every blank, lists that are copied for every reading.
import assert from "node:assert/strict";
import test from "node:test";

import { readEvent } from "../src/epcis/event.js";
import { canonicalLink } from "../src/epcis/identifiers.js";
import { text } from "../src/epcis/values.js";
import { Refused } from "../src/errors.js";
import { readPolicy } from "../src/policy.js";
import { viewOf } from "../src/ui/view.js";

const MANY = 131_072;
const MANIFEST = '[[policy.bands]]\nquantity = "temperature"\nlow = -inf\nhigh = 8.0\n';

/** @param {string[]} quantities @param {number} count */
function reportOf(quantities, count) {
  const rows = Array.from({ length: count }, (_, at) => ({ device: "a", quantity: quantities[at % quantities.length], timeMs: at, value: at % 9 }));
  const checks = [{ name: "readings", outcome: "proven" }];
  const bundle = { content: { kind: "shipment", rows }, manifest: MANIFEST, subject: { path: "", uri: "" }, seals: { computed: new Uint8Array(32) } };
  return /** @type {any} */ ({ checks, bundle, supersededBy: null, revokedS: null });
}

test("as many readings as a file may hold are drawn at once", () => {
  const { curves } = viewOf(reportOf(["temperature"], MANY), new Uint8Array(), 0);
  assert.equal(curves[0].lines[0].points.length, MANY);
  assert.deepEqual(curves[0].band, { low: null, high: 8 });
});

test("not every quantity of thousands is drawn", () => {
  const names = Array.from({ length: 1000 }, (_, at) => `q${at}`);
  assert.equal(viewOf(reportOf(names, 2000), new Uint8Array(), 0).curves.length, 24);
});

test("white space goes from both ends, however much stands between", () => {
  const inner = `a${" ".repeat(300_000)}b`;
  assert.equal(text(` \u2003${inner}\n`), inner);
  assert.equal(text("   "), "");
});

test("a long identifier stays as it is written", () => {
  const dotted = `https://${"a.".repeat(100_000)}/00/x`;
  assert.equal(canonicalLink(dotted), null);
  assert.equal(canonicalLink(`https://id.gs1.org/00/106141412345678908?${"x".repeat(2100)}`), null);
});

test("a policy of endless limits is not gone through", () => {
  assert.notEqual(readPolicy(MANIFEST.repeat(8)), null);
  assert.equal(readPolicy(MANIFEST.repeat(9)), null);
});

for (const reports of [[1, 1], ["1"], [true], [Number.POSITIVE_INFINITY]]) {
  test(`an event summarizes each quantity once, in numbers: ${reports}`, () => {
    const sensorReport = reports.map((value) => ({ type: "Temperature", minValue: value, maxValue: value, meanValue: value, uom: "CEL" }));
    const sensorMetadata = { startTime: "2026-01-01T00:00:00.000Z", endTime: "2026-01-01T00:00:00.000Z" };
    const event = { epcList: ["https://id.gs1.org/00/106141412345678908"], sensorElementList: [{ sensorMetadata, sensorReport }] };
    assert.throws(() => readEvent(event, "$"), (error) => error instanceof Refused && /twice|no number/.test(error.message));
  });
}
