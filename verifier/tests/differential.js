// Answers questions of tests/verifier/test_differential.py: one JSON document in, the answers out, null where the answer is a refusal.
import { readFileSync } from "node:fs";

import { bytesOf, compareText, toHex } from "../src/bytes.js";
import { keyOfCose, parseSign1, verifySign1 } from "../src/devices/cose.js";
import { signedReadings } from "../src/devices/senml.js";
import { canonicalLink } from "../src/epcis/identifiers.js";
import { time, text } from "../src/epcis/values.js";
import { Refused } from "../src/errors.js";
import { general, whole } from "../src/format.js";
import { parse } from "../src/json.js";
import { canonicalValue, fixedPoint, readingLeaf } from "../src/leaves.js";
import { excursions, gaps, heat, readPolicy, scarce } from "../src/policy.js";
import { minutesOff, routeLines, routeMissing } from "../src/route.js";
import { isPrintable } from "../src/printable.js";
import { sha256 } from "../src/bytes.js";
import { verdictOfPlan } from "../src/lot.js";
import { Moment, parse as parseToml } from "../src/toml.js";

const ANSWERS = {
  links: canonicalLink,
  times: time,
  texts: (written) => text(parse(written)),
  general: ([value, digits]) => general(value, digits),
  whole,
  fixed: (value) => [String(fixedPoint(value)), canonicalValue(value)],
  printable: ([from, to]) => Array.from({ length: to - from }, (_, at) => (isPrintable(String.fromCodePoint(from + at)) ? "1" : "0")).join(""),
  toml: (text) => plainOf(parseToml(text)),
  plans: ([manifest, lotSize, inspected, nonconforming]) => verdictOfPlan(manifest, BigInt(lotSize), BigInt(inspected), BigInt(nonconforming)),
  policies([manifest, rows, from, to]) {
    const policy = readPolicy(manifest);
    if (!policy) return null;
    const found = [...excursions(policy, rows), ...heat(policy, rows)].map(({ text, found, allowed }) => [text, found > allowed]);
    return [found, gaps(policy, rows, from, to), scarce(policy, rows), policy.deadlineHours, routed(policy, rows, from, to)];
  },
  payloads([payload, device, key]) {
    const data = bytesOf(payload);
    const message = parseSign1(data);
    if (message.device !== device) throw new Refused("another device");
    verifySign1(message, keyOfCose(bytesOf(key)));
    const { sequence, readings } = signedReadings(message.payload, device);
    const provable = readings.filter(({ value }) => attempt(() => fixedPoint(value)) !== null);
    return provable.map((one) => toHex(readingLeaf({ device, ...one, sequence, evidence: sha256(data) })));
  },
};

/** A value with its type, so that 1 is not 1.0 and no number is rounded on its way. */
function plainOf(value) {
  if (value instanceof Moment) return ["moment"];
  if (Array.isArray(value)) return ["list", ...value.map(plainOf)];
  if (typeof value === "object") return ["table", ...Object.keys(value).sort(compareText).map((name) => [name, plainOf(value[name])])];
  if (typeof value !== "number") return [typeof value, String(value)];
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  return ["number", Number.isNaN(value) ? "nan" : bits.getBigUint64(0).toString(16)];
}

function routed(policy, rows, from, to) {
  if (!policy.route) return null;
  const found = routeLines(policy.route, rows);
  return [general(minutesOff(policy.route, found), 6), routeMissing(policy.route, found, 4, from, to)];
}

function attempt(answer) {
  try {
    return answer();
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

const questions = JSON.parse(readFileSync(0, "utf8"));
const answers = Object.entries(questions).map(([kind, list]) => [kind, list.map((question) => attempt(() => ANSWERS[kind](question)))]);
process.stdout.write(JSON.stringify(Object.fromEntries(answers)));
