// JSON, CBOR, canonical JSON and RLP: what is read, in which spelling, and what is refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { bytesOf, digits, fromChecksum, toChecksum, utf8 } from "../src/bytes.js";
import { canonical } from "../src/canonical.js";
import { parse as parseCbor } from "../src/cbor.js";
import { Refused, shorten } from "../src/errors.js";
import { Float, MAX_VALUES, parse } from "../src/json.js";
import { canonicalValue, fixedPoint, numberOfFixed } from "../src/leaves.js";
import { decode, encode } from "../src/rlp.js";
import { archived, json, text, withVectors } from "./vectors.js";

test("numbers remember how they were written", () => {
  assert.deepEqual(parse('[1, 1.0, 1e0, 1.5, 9007199254740993, -0]'), [1, new Float(1), new Float(1), 1.5, 9007199254740993n, 0]);
});

for (const bad of ["", "{", "[1,]", '{"a":1,}', '{"a":1,"a":2}', "01", "+1", ".5", "1.", "NaN", "Infinity", "'a'", '"\t"', '"\\x"', '"\\u12"', "[]]", "nul", '{1:2}', "\ufeff{}", "[".repeat(25) + "]".repeat(25)]) {
  test(`no JSON: ${bad.slice(0, 20)}`, () => assert.throws(() => parse(bad), Refused));
}

test("what canonical JSON cannot hold is refused", () => {
  for (const value of [2n ** 53n, Number.POSITIVE_INFINITY, "\ud800"]) assert.throws(() => canonical(value), Refused);
});

withVectors("canonical JSON is that of RFC 8785", () => {
  for (const name of ["arrays", "french", "structures", "unicode", "values", "weird"]) {
    const expected = text("web", "jcs", "testdata", "outhex", `${name}.txt`).replace(/\s/g, "");
    assert.equal(digits(utf8(canonical(parse(text("web", "jcs", "testdata", "input", `${name}.json`))))), expected, name);
  }
});

withVectors("CBOR of RFC 8949 appendix A is read, where it is deterministic and without tags", () => {
  let read = 0;
  for (const { hex, decoded, roundtrip } of json("crypto", "cbor", "appendix_a.json")) {
    const document = attempt(() => parseCbor(bytesOf(hex)));
    if (document === undefined || !roundtrip || decoded === undefined || typeof decoded === "number") continue;
    if (/^[46]/.test(hex)) continue; // byte strings are text in the document
    assert.equal(canonical(document), canonical(decoded), hex);
    read++;
  }
  assert.ok(read > 10);
});

withVectors("CBOR that is malformed or not deterministic is refused", () => {
  for (const { hex, why } of json("crypto", "cbor", "negative_and_deterministic.json").invalid_or_non_deterministic) assert.throws(() => parseCbor(bytesOf(hex)), Refused, why);
});

test("hexadecimal digits have one encoding in CBOR, a byte string", () => {
  assert.deepEqual({ .../** @type {object} */ (parseCbor(bytesOf("a1616141ab"))) }, { a: "0xab" });
  for (const hex of ["a16161643078" + "6162", "a16161623078"]) assert.throws(() => parseCbor(bytesOf(hex)), Refused, hex);
  assert.deepEqual({ .../** @type {object} */ (parseCbor(bytesOf("a1643078616201"))) }, { "0xab": 1 });
});

test("a document of too many values is refused before there is no room left for it", () => {
  assert.throws(() => parse(`[${"0,".repeat(MAX_VALUES)}0]`), /more than 4194304 values/);
  const claims = new Uint8Array(MAX_VALUES + 1000);
  for (let at = 0; at < 22 * 5; at += 5) claims.set([0x9a, 0, 0x3f, 0xff, 0xff], at);
  assert.throws(() => parseCbor(claims), Refused);
  const many = new Uint8Array(MAX_VALUES + 6);
  many.set([0x9a, 0, 0x40, 0, 1]);
  assert.throws(() => parseCbor(many), /more than 4194304 values/);
});

for (const [written, meant] of [['"\\""', '"'], ['"a\\\\"', "a\\"], ['"\\ud83d\\udca5\\u0041"', "\u{1f4a5}A"], ['"\u2028"', "\u2028"]]) {
  test(`a text ends at its own quote: ${written}`, () => assert.equal(parse(written), meant));
}
for (const written of ['"', '"\\', '"\\"', '"a\\u00g0"', '"\n"']) test(`no text: ${JSON.stringify(written)}`, () => assert.throws(() => parse(written), Refused));

test("a refusal names any value of a document, and is short", () => {
  const named = /** @type {[unknown, string][]} */ ([[parse('{"a":[{}]}'), '{"a":[{}]}'], [parse("[{}]"), "[{}]"], [2n ** 70n, "1180591620717411303424"], [undefined, "undefined"], ["x".repeat(99), `'${"x".repeat(76)}...`]]);
  for (const [value, text] of named) assert.equal(shorten(value), text);
});

test("half, single and double precision are read", () => {
  const numbers = [["f93e00", 1.5], ["f90001", 2 ** -24], ["f97bff", new Float(65504)], ["fa47c35000", new Float(100000)], ["fb3ff199999999999a", 1.1]];
  for (const [hex, value] of numbers) assert.deepEqual(parseCbor(bytesOf(hex)), value);
  for (const hex of ["fa3fc00000", "fb3ff8000000000000", "f97c00", "f97e00", "fb47d2f80000000000", "fa477fe000"]) assert.throws(() => parseCbor(bytesOf(hex)), Refused, hex);
});

withVectors("RLP encodes as the official tests say, and what they call invalid is refused", () => {
  const item = (value) => (Array.isArray(value) ? value.map(item) : typeof value === "number" || String(value).startsWith("#") ? whole(value) : utf8(value));
  const whole = (value) => {
    const hex = BigInt(String(value).replace("#", "")).toString(16);
    return hex === "0" ? new Uint8Array() : bytesOf(hex.length % 2 ? `0${hex}` : hex);
  };
  for (const [path, cases] of archived("ethereum/ethereum-tests.tar.gz", "RLPTests/")) {
    for (const [name, { in: input, out }] of Object.entries(cases)) {
      if (input === "INVALID") assert.throws(() => decode(bytesOf(out)), Refused, `${path} ${name}`);
      else if (path.endsWith("rlptest.json")) assert.equal(digits(encode(item(input))), out.replace("0x", ""), name);
    }
  }
});

test("addresses have one spelling", () => {
  const text = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
  assert.equal(toChecksum(fromChecksum("$", text)), text);
  for (const other of [text.toLowerCase(), text.toUpperCase(), text.slice(2), `${text}0`]) assert.throws(() => fromChecksum("$", other), Refused);
});

test("fixed points round half to even from the shortest decimal", () => {
  for (const [value, fixed] of [[0.1, 100000000n], [-1.5, -1500000000n], [2.5e-9, 2n], [3.5e-9, 4n], [1e21, 10n ** 30n], [5e-10, 0n], [-0, 0n]]) assert.equal(fixedPoint(value), fixed, String(value));
  assert.equal(canonicalValue(0.1 + 0.2), 0.3);
  assert.equal(numberOfFixed(-1n), -1e-9);
  assert.throws(() => fixedPoint(Number.NaN), Refused);
  assert.throws(() => fixedPoint(1e70), Refused);
});

test("the published schema uses no word that the checker does not know", async () => {
  const { requireShape } = await import("../src/shape.js");
  const schema = JSON.parse(readFileSync(new URL("../../docs/formats/bundle.schema.json", import.meta.url), "utf8"));
  const known = new Set(requireShape.words);
  const words = (node) => Object.entries(node).flatMap(([word, value]) => [word, ...(value && typeof value === "object" ? nested(word, value) : [])]);
  const nested = (word, value) => (["properties", "$defs"].includes(word) ? Object.values(value).flatMap(words) : ["enum", "required", "const"].includes(word) ? [] : Array.isArray(value) ? value.flatMap(words) : words(value));
  assert.deepEqual(words(schema).filter((word) => !known.has(word)), []);
});

for (const [text, reason] of [["", "the file is empty"], [" \n\t", "the file is empty"], ["null", "neither a JSON object nor a CBOR map"], [" []", "neither a JSON object nor a CBOR map"]]) {
  test(`a file that is no bundle is told what it is not: ${JSON.stringify(text)}`, async () => {
    const { parse: parseBundle } = await import("../src/bundle.js");
    assert.throws(() => parseBundle(utf8(text)), (error) => error instanceof Refused && error.message === `$: ${reason}`);
  });
}

function attempt(read) {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof Refused, error);
    return undefined;
  }
}
