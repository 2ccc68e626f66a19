/**
 * A network as data: what names a chain, and when its rules change. Pure. Mirrors lightclient/network.
 * @module
 */

import { bytesOf, concat } from "../bytes.js";
import { Refused } from "../errors.js";
import { parse } from "../toml.js";
import { FORK_DATA, FORKS, PRESETS, SIGNING_DATA } from "./types.js";

/**
 * @typedef {{
 *   name: string, chainId: bigint, preset: import("./types.js").Preset, genesisTime: bigint, genesisValidatorsRoot: Uint8Array,
 *   secondsPerSlot: bigint, forks: {fork: number, version: Uint8Array, epoch: bigint}[],
 *   checkpoint: Uint8Array | null,
 *   contracts: {anchorRegistry: Uint8Array | null, gatewayRegistry: Uint8Array | null, eas: Uint8Array | null, easVersion: string | null},
 * }} Network
 */

const KEYS = new Set([
  ...["name", "chain_id", "preset", "genesis_time", "genesis_validators_root", "seconds_per_slot", "forks", "max_blobs_per_block_electra"],
  ...["blob_schedule", "active_balance_eth", "contracts", "checkpoint"],
]);
const DOMAIN_SYNC_COMMITTEE = Uint8Array.of(7, 0, 0, 0);

/** Returns the network that TOML text describes; an unknown key is refused by its name.
 * @param {string} text @returns {Network} */
export function parseNetwork(text) {
  const file = /** @type {any} */ (parse(text));
  for (const key of Object.keys(file)) if (!KEYS.has(key)) throw new Refused(`network file: unknown key ${key}`);
  const preset = PRESETS[file.preset];
  if (!preset || typeof file.name !== "string" || typeof file.forks !== "object") throw new Refused("network file: name, preset or forks is missing or not known");
  const forks = Object.entries(/** @type {{[name: string]: any}} */ (file.forks)).map(([name, entry]) => ({
    fork: FORKS.indexOf(name),
    version: exactly(entry.version, 4),
    epoch: integer(entry.epoch, 0n),
  }));
  const unordered = forks.some((entry, at) => entry.fork < 0 || (at > 0 && (entry.fork <= forks[at - 1].fork || entry.epoch < forks[at - 1].epoch)));
  if (!forks.length || forks[0].fork !== 0 || forks[0].epoch !== 0n || unordered)
    throw new Refused("network file: forks must begin with phase0 at epoch 0, stand in order, and be known to this software");
  const contracts = file.contracts ?? {};
  return {
    name: file.name,
    chainId: integer(file.chain_id, 1n),
    preset,
    genesisTime: integer(file.genesis_time, 0n),
    genesisValidatorsRoot: exactly(file.genesis_validators_root, 32),
    secondsPerSlot: integer(file.seconds_per_slot, 1n),
    forks,
    checkpoint: file.checkpoint === undefined ? null : exactly(file.checkpoint, 32),
    contracts: {
      anchorRegistry: address(contracts.anchor_registry),
      gatewayRegistry: address(contracts.gateway_registry),
      eas: address(contracts.eas),
      easVersion: optionalText(contracts.eas_version),
    },
  };
}

/** @param {unknown} value @param {bigint} least */
function integer(value, least) {
  if (typeof value !== "bigint" || value < least) throw new Refused(`network file: ${value} is no integer of at least ${least}`);
  return value;
}

/** @param {unknown} value @param {number} length */
function exactly(value, length) {
  if (typeof value !== "string" || !new RegExp(`^(?:0x)?[0-9a-fA-F]{${2 * length}}$`).test(value)) throw new Refused(`network file: ${value} is not ${length} bytes of hexadecimal`);
  return bytesOf(value);
}

/** @param {unknown} value */
function optionalText(value) {
  if (value !== undefined && typeof value !== "string") throw new Refused(`network file: ${value} is no text`);
  return value ?? null;
}

/** @param {unknown} value */
const address = (value) => (value === undefined ? null : exactly(value, 20));

/** @param {Network} network @param {bigint} slot */
export const periodAtSlot = (network, slot) => slot / network.preset.slotsPerPeriod;

/** @param {Network} network @param {bigint} time */
export function slotAtTime(network, time) {
  return time < network.genesisTime ? 0n : (time - network.genesisTime) / network.secondsPerSlot;
}

/** @param {Network} network @param {bigint} slot */
export const timeAtSlot = (network, slot) => network.genesisTime + slot * network.secondsPerSlot;

/** Returns the fork whose rules hold at the slot.
 * @param {Network} network @param {bigint} slot */
export function forkAtSlot(network, slot) {
  const epoch = slot / network.preset.slotsPerEpoch;
  return /** @type {Network["forks"][0]} */ (network.forks.findLast((entry) => entry.epoch <= epoch));
}

/** Returns what a sync committee signs for a block root at a slot.
 * @param {Network} network @param {Uint8Array} root @param {bigint} signatureSlot */
export function signingRoot(network, root, signatureSlot) {
  const { version } = forkAtSlot(network, (signatureSlot > 1n ? signatureSlot : 1n) - 1n);
  const forkRoot = FORK_DATA.root({ current_version: version, genesis_validators_root: network.genesisValidatorsRoot });
  return SIGNING_DATA.root({ object_root: root, domain: concat(DOMAIN_SYNC_COMMITTEE, forkRoot.slice(0, 28)) });
}
