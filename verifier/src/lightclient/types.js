/**
 * Forks, presets and light-client messages as data. Pure. Mirrors lightclient/forks.py and lightclient/types.
 *
 * Sources: consensus-specs `presets/{mainnet,minimal}` and `specs/{altair,capella,deneb,electra}/light-client/sync-protocol.md`.
 * @module
 */

import { byteList, bytes, container, floorlog2, uint, vector } from "./ssz.js";

/** The consensus forks in order. */
export const FORKS = ["phase0", "altair", "bellatrix", "capella", "deneb", "electra", "fulu"];
export const ALTAIR = FORKS.indexOf("altair");
export const CAPELLA = FORKS.indexOf("capella");
export const DENEB = FORKS.indexOf("deneb");
export const ELECTRA = FORKS.indexOf("electra");

/** @typedef {{name: string, slotsPerEpoch: bigint, slotsPerPeriod: bigint, committeeSize: number}} Preset */

/** @type {{[name: string]: Preset}} */
export const PRESETS = {
  mainnet: { name: "mainnet", slotsPerEpoch: 32n, slotsPerPeriod: 32n * 256n, committeeSize: 512 },
  minimal: { name: "minimal", slotsPerEpoch: 8n, slotsPerPeriod: 8n * 8n, committeeSize: 32 },
};

/** Place of `execution_payload` in the beacon block body. */
export const EXECUTION_PAYLOAD_GINDEX = 25;

/** Where the fork's beacon state keeps what a light client needs, as generalized indices.
 * @param {number} fork */
export const stateGindices = (fork) =>
  fork >= ELECTRA ? { finalizedRoot: 169, currentCommittee: 86, nextCommittee: 87 } : { finalizedRoot: 105, currentCommittee: 54, nextCommittee: 55 };

const [UINT64, BYTES32] = [uint(8), bytes(32)];

export const BEACON_HEADER = container([
  ["slot", UINT64],
  ["proposer_index", UINT64],
  ["parent_root", BYTES32],
  ["state_root", BYTES32],
  ["body_root", BYTES32],
]);
export const FORK_DATA = container([["current_version", bytes(4)], ["genesis_validators_root", BYTES32]]);
export const SIGNING_DATA = container([["object_root", BYTES32], ["domain", BYTES32]]);

/** @type {[string, import("./ssz.js").Type][]} */
const CAPELLA_EXECUTION = [
  ["parent_hash", BYTES32],
  ["fee_recipient", bytes(20)],
  ["state_root", BYTES32],
  ["receipts_root", BYTES32],
  ["logs_bloom", bytes(256)],
  ["prev_randao", BYTES32],
  ["block_number", UINT64],
  ["gas_limit", UINT64],
  ["gas_used", UINT64],
  ["timestamp", UINT64],
  ["extra_data", byteList(32)],
  ["base_fee_per_gas", uint(32)],
  ["block_hash", BYTES32],
  ["transactions_root", BYTES32],
  ["withdrawals_root", BYTES32],
];
const EXECUTION = {
  capella: container(CAPELLA_EXECUTION),
  deneb: container([...CAPELLA_EXECUTION, ["blob_gas_used", UINT64], ["excess_blob_gas", UINT64]]),
};

/** Returns the type of the execution header as the fork hashes it; the first is capella's.
 * @param {number} fork */
export const executionHeader = (fork) => (fork < DENEB ? EXECUTION.capella : EXECUTION.deneb);

/** @param {number} fork */
export const lightClientHeader = (fork) =>
  fork < CAPELLA
    ? container([["beacon", BEACON_HEADER]])
    : container([
        ["beacon", BEACON_HEADER],
        ["execution", executionHeader(fork)],
        ["execution_branch", vector(BYTES32, floorlog2(EXECUTION_PAYLOAD_GINDEX))],
      ]);

/** @param {number} size */
export const syncCommittee = (size) => container([["pubkeys", vector(bytes(48), size)], ["aggregate_pubkey", bytes(48)]]);

/** @param {number} size */
const syncAggregate = (size) => container([["sync_committee_bits", bytes(size / 8)], ["sync_committee_signature", bytes(96)]]);

/** @param {number} fork @param {number} size */
export const bootstrapType = (fork, size) =>
  container([
    ["header", lightClientHeader(fork)],
    ["current_sync_committee", syncCommittee(size)],
    ["current_sync_committee_branch", vector(BYTES32, floorlog2(stateGindices(fork).currentCommittee))],
  ]);

/** @param {number} fork @param {number} size */
export const updateType = (fork, size) =>
  container([
    ["attested_header", lightClientHeader(fork)],
    ["next_sync_committee", syncCommittee(size)],
    ["next_sync_committee_branch", vector(BYTES32, floorlog2(stateGindices(fork).nextCommittee))],
    ["finalized_header", lightClientHeader(fork)],
    ["finality_branch", vector(BYTES32, floorlog2(stateGindices(fork).finalizedRoot))],
    ["sync_aggregate", syncAggregate(size)],
    ["signature_slot", UINT64],
  ]);

/** @param {number} fork @param {number} size */
export const finalityUpdateType = (fork, size) =>
  container([
    ["attested_header", lightClientHeader(fork)],
    ["finalized_header", lightClientHeader(fork)],
    ["finality_branch", vector(BYTES32, floorlog2(stateGindices(fork).finalizedRoot))],
    ["sync_aggregate", syncAggregate(size)],
    ["signature_slot", UINT64],
  ]);
