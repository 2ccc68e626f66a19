// BLS signatures, the light client on real mainnet messages, and account proofs of a real mainnet block.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { bytesOf, toHex } from "../src/bytes.js";
import { Refused } from "../src/errors.js";
import { parse } from "../src/json.js";
import { fastAggregateVerify, keyOf } from "../src/lightclient/bls.js";
import { initialize, participants, processUpdate } from "../src/lightclient/client.js";
import { parseNetwork } from "../src/lightclient/network.js";
import { BEACON_HEADER, bootstrapType, finalityUpdateType, FORKS, updateType } from "../src/lightclient/types.js";
import { verifyAccountProof, verifyStorageProof } from "../src/mpt.js";
import { archived, json, text, withVectors } from "./vectors.js";

const MAINNET = parseNetwork(readFileSync(new URL("../../config/networks/mainnet.toml", import.meta.url), "utf8"));
const CAPELLA = FORKS.indexOf("capella");

withVectors("aggregates verify as the official BLS tests say", () => {
  for (const [path, { input, output }] of archived("bls12-381-tests.tar.gz", "bls/fast_aggregate_verify/")) {
    let found;
    try {
      found = fastAggregateVerify(input.pubkeys.map((key, at) => keyOf(bytesOf(key), at)), bytesOf(input.message), bytesOf(input.signature));
    } catch (error) {
      assert.ok(error instanceof Refused);
      found = false;
    }
    assert.equal(found, output, path);
  }
});

withVectors("public keys are taken as the official tests say, but infinity", () => {
  for (const [path, { input, output }] of archived("bls12-381-tests.tar.gz", "bls/deserialization_G1/")) {
    const data = bytesOf(input.pubkey);
    if (output && !/^c0(00)*$/.test(input.pubkey.replace("0x", ""))) keyOf(data);
    else assert.throws(() => keyOf(data), Refused, path);
  }
});

// Servers spell addresses as they like; a bundle may not.
const beacon = (name) => parse(text("mainnet", "capella", name).replace(/"0x[0-9a-fA-F]+"/g, (hex) => hex.toLowerCase()));

withVectors("mainnet's committee hands over, and a forged header is refused", () => {
  const bls = { onKeys: () => {}, keys: new Map() };
  const bootstrap = bootstrapType(CAPELLA, 512).read(beacon("bootstrap.json").data, "bootstrap");
  const root = BEACON_HEADER.root(bootstrap.header.beacon);
  const start = initialize(MAINNET, root, bootstrap);
  assert.throws(() => initialize(MAINNET, new Uint8Array(32), bootstrap), /checkpoint/);
  const documents = beacon("updates.json");
  const own = documents.map(({ data }) => updateType(CAPELLA, 512).read(data, "update")).find((update) => update.attested_header.beacon.slot / 8192n === 7069376n / 8192n);
  const after = processUpdate(start, own, 8_000_000n, MAINNET, bls);
  assert.ok(after.nextCommittee);
  const finality = finalityUpdateType(CAPELLA, 512).read(beacon("finality.json").data, "finality");
  assert.ok(participants(finality) > 341);
  assert.throws(() => processUpdate(start, own, own.signature_slot - 1n, MAINNET, bls), /it is slot/);
  const forged = structuredClone(own);
  forged.attested_header.beacon.proposer_index += 1n;
  assert.throws(() => processUpdate(start, forged, 8_000_000n, MAINNET, bls), /signature/);
  const emptied = structuredClone(own);
  emptied.sync_aggregate.sync_committee_bits.fill(0);
  assert.throws(() => processUpdate(start, emptied, 8_000_000n, MAINNET, bls), /nobody/);
});

withVectors("a mainnet account and its storage are proven, and only under their own root and address", () => {
  const { stateRoot } = json("mainnet", "execution-proofs", "rpc", "block.json");
  const proof = json("mainnet", "execution-proofs", "rpc", "proof.json");
  const nodes = proof.accountProof.map(bytesOf);
  const account = verifyAccountProof(bytesOf(stateRoot), bytesOf(proof.address), nodes);
  assert.equal(toHex(account.codeHash), proof.codeHash);
  assert.equal(`0x${account.balance.toString(16)}`, proof.balance);
  for (const { key, value, proof: slots } of proof.storageProof) assert.equal(verifyStorageProof(account.storageHash, bytesOf(key), slots.map(bytesOf)), BigInt(value));
  const miner = json("mainnet", "execution-proofs", "rpc", "block_miner_proof.json");
  assert.throws(() => verifyAccountProof(bytesOf(stateRoot), bytesOf(miner.address), nodes), Refused);
  assert.throws(() => verifyAccountProof(bytesOf(stateRoot), bytesOf(proof.address), nodes.slice(0, -1)), /ends after/);
  assert.throws(() => verifyAccountProof(bytesOf(stateRoot), bytesOf(proof.address), [...nodes, nodes[0]]), Refused);
  assert.throws(() => verifyAccountProof(new Uint8Array(32), bytesOf(proof.address), nodes), /hashes to/);
});
