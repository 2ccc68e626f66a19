// Attestations, Merkle trees and EPCIS hashes against the vectors of those who defined them.
import assert from "node:assert/strict";
import test from "node:test";

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { sha512 } from "@noble/hashes/sha2.js";

import * as attestation from "../src/attestation.js";
import { bytesOf, compare, concat, toHex, utf8 } from "../src/bytes.js";
import { keyOfCose } from "../src/devices/cose.js";
import { eventHash, hashUri, prehash } from "../src/epcis/hash.js";
import { Refused } from "../src/errors.js";
import { parse } from "../src/json.js";
import { rootFromMultiproof, rootFromProof, rootOfLeaves } from "../src/merkle.js";
import { addressOf, recover } from "../src/signature.js";
import { archived, json, text, withVectors } from "./vectors.js";

const NOW = 1_790_003_700n;

for (const name of ["good-1", "good-2", "good-3"]) {
  withVectors(`eas-sdk's attestation ${name} holds`, () => {
    const signed = attestation.fromJson(parse(text("eas", "offchain-v2", `${name}.json`)));
    attestation.verify(signed, signed.domain, NOW);
  });
}

for (const name of ["tampered-1", "tampered-2", "tampered-4"]) {
  withVectors(`the altered attestation ${name} is refused`, () => {
    assert.throws(() => attestation.verify(attestation.fromJson(parse(text("eas", "offchain-v2", `${name}.json`))), null, NOW), Refused);
  });
}

withVectors("every edge case that eas-sdk lets pass or throws at is refused", () => {
  const cases = parse(text("eas", "offchain-v2", "edge-cases.json"));
  for (const { why, sdk, expectedDomain, ...document } of cases) {
    const domain = { version: expectedDomain.version, chainId: BigInt(expectedDomain.chainId), verifyingContract: bytesOf(expectedDomain.verifyingContract.toLowerCase()) };
    assert.throws(() => attestation.verify(attestation.fromJson(document), domain, NOW), Refused, why);
  }
  assert.ok(cases.length > 5);
});

withVectors("trees and proofs are those of OpenZeppelin's merkle-tree", () => {
  for (const name of ["tree-1.json", "tree-5.json"]) {
    const { root, dump, proofs, multiProof } = json("eas", "merkle", name);
    const leafOf = (value) => bytesOf(dump.tree[value.treeIndex]);
    const leaves = dump.values.map(leafOf);
    assert.equal(toHex(rootOfLeaves(leaves)), root);
    for (const { leafHash, proof, valid } of proofs) assert.equal(toHex(rootFromProof(bytesOf(leafHash), proof.map(bytesOf))) === root, valid);
    if (!multiProof) continue;
    const chosen = multiProof.leaves.map((leaf) => leafOf(dump.values.find(({ value }) => JSON.stringify(value) === JSON.stringify(leaf))));
    assert.equal(toHex(rootFromMultiproof(chosen.sort(compare), multiProof.proof.map(bytesOf), multiProof.proofFlags)), root);
    assert.throws(() => rootFromMultiproof(chosen, [...multiProof.proof.map(bytesOf), chosen[0]], multiProof.proofFlags), Refused);
  }
});

test("a P-256 signature names its own key, in one spelling only", () => {
  const secret = new Uint8Array(32).fill(7);
  const key = p256.getPublicKey(secret, false).slice(1);
  const digest = new Uint8Array(32).fill(9);
  const signature = concat(p256.sign(digest, secret, { prehash: false, lowS: true }), key);
  assert.deepEqual(recover(digest, signature), addressOf(key));
  const twin = signature.slice();
  const order = p256.Point.CURVE().n;
  twin.set(bytesOf((order - BigInt(toHex(signature.slice(32, 64)))).toString(16).padStart(64, "0")), 32);
  const moved = signature.slice();
  moved[127] ^= 1;
  for (const other of [twin, moved, signature.slice(0, 127), concat(new Uint8Array(32), signature.slice(32))]) assert.throws(() => recover(digest, other), Refused);
  assert.throws(() => recover(new Uint8Array(32), signature), Refused);
});

test("a device's signature holds without a factor that forgives a key of mixed order", () => {
  const { Point } = ed25519;
  const [message, order] = [utf8("4.5 Cel"), Point.Fn.ORDER];
  const key = (/** @type {any} */ point) => keyOfCose(concat(bytesOf("a301012006215820"), point.toBytes()));
  const little = (/** @type {bigint} */ number) => bytesOf(number.toString(16).padStart(64, "0")).reverse();
  const torsion = Point.fromBytes(bytesOf("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), true);
  assert.ok(torsion.isSmallOrder());
  for (const [point, holds] of [[Point.BASE.multiply(7n), true], [Point.BASE.multiply(7n).add(torsion), false]]) {
    // k is a multiple of eight one time in eight, and then both hold.
    const nonce = [11n, 12n, 13n, 14n].find((each) => challenge(each, point) % 8n !== 0n) ?? 15n;
    const r = Point.BASE.multiply(nonce).toBytes();
    const signature = concat(r, little((nonce + challenge(nonce, point) * 7n) % order));
    assert.equal(ed25519.verify(signature, message, point.toBytes(), { zip215: false }), true);
    assert.equal(key(point).verifies(signature, message), holds);
    assert.equal(key(point).verifies(concat(r, little(order + 5n)), message), false);
  }
  function challenge(/** @type {bigint} */ nonce, /** @type {any} */ point) {
    return BigInt(toHex(sha512(concat(Point.BASE.multiply(nonce).toBytes(), point.toBytes(), message)).reverse())) % order;
  }
});

const EXAMPLES = "generator-examples.tar.gz";

withVectors("events hash as the standard's worked examples", () => {
  const files = archived(`epcis/${EXAMPLES}`, "tests/examples/");
  for (const [name, expected] of Object.entries(json("epcis", "worked-examples.json"))) {
    const [file, profile] = name.split("|");
    const [, document] = [...files].find(([path]) => path.endsWith(`/${file}.jsonld`));
    const options = { profile, context: document["@context"] };
    const [event] = eventsOf(document);
    assert.equal(prehash(event, options), expected.prehash, name);
    assert.equal(hashUri(eventHash(event, options), profile), expected.hash, name);
  }
});

withVectors("events hash as every generator agrees", () => {
  const files = archived(`epcis/${EXAMPLES}`, "tests/");
  let checked = 0;
  for (const [path, expected] of Object.entries(json("epcis", "agreeing-documents.json").documents)) {
    const found = [...files].find(([name]) => name.endsWith(path.slice(path.indexOf("/"))));
    if (!found) continue;
    const document = found[1];
    const hashes = eventsOf(document).map((event) => toHex(eventHash(event, { context: document["@context"] })).slice(2));
    assert.deepEqual(hashes, expected, path);
    checked++;
  }
  assert.ok(checked >= 5, String(checked));
});

function eventsOf(document) {
  const body = document.epcisBody;
  if (!body) return [document];
  const found = body.queryResults ? body.queryResults.resultsBody.eventList : (body.eventList ?? body.event);
  return Array.isArray(found) ? found : [found];
}
