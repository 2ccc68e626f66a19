/**
 * Checks of what the chain says: batch, checkpoint, committees, finality, registry, anchor, age. Pure; each returns what it
 * found or throws.
 * Mirrors oracle/verify_chain.py.
 * @module
 */

import { digestOf } from "./attestation.js";
import { bigEndian, equal, toChecksum, toHex } from "./bytes.js";
import { anchorRegistryCodeHash, anchorSlot } from "./contracts.js";
import { CannotTell, Refused, shorten, within } from "./errors.js";
import { initialize, participants, processUpdate, sameHeader } from "./lightclient/client.js";
import { forkAtSlot, periodAtSlot, slotAtTime, timeAtSlot } from "./lightclient/network.js";
import { ALTAIR, BEACON_HEADER, bootstrapType, finalityUpdateType, FORKS, updateType } from "./lightclient/types.js";
import { batchLeaf, rootFromProof } from "./merkle.js";
import { verifyAccountProof, verifyStorageProof } from "./mpt.js";
import { found, moment } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */
/** @typedef {import("./json.js").Json} Json */

const CHECKPOINT_DAYS = 14n;
const FINALITY_DAYS = 1n;
const DAY = 86_400n;

/** @param {Walk} walk */
export function batch(walk) {
  const { attestation, batch: stated } = walk.bundle;
  const computed = rootFromProof(batchLeaf(attestation.uid, attestation.attester, digestOf(attestation)), stated.proof);
  if (!equal(computed, stated.root)) throw new Refused(`the attestation's proof leads to ${toHex(computed)}, the batch's root is ${toHex(stated.root)}`);
  return found(`root ${toHex(stated.root)}, ${stated.proof.length} steps`);
}

/** @param {Walk} walk */
export function checkpoint(walk) {
  if (!walk.checkpoint) throw noCheckpoint(walk);
  walk.trusted.push(`checkpoint ${toHex(walk.checkpoint)}, ${walk.expected.checkpointSource ?? "given by hand"}`);
  const [trusted, bootstrap] = [walk.checkpoint, bootstrapOf(walk)];
  walk.store = within("bootstrap", () => initialize(walk.network, trusted, bootstrap));
  const { slot } = bootstrap.header.beacon;
  const age = walk.nowS - timeAtSlot(walk.network, slot);
  if (age > CHECKPOINT_DAYS * DAY) walk.warnings.push(`the checkpoint is ${age / DAY} days old: make sure that its source was trustworthy then and is now`);
  return found(`slot ${slot}`, `checkpoint ${toHex(walk.checkpoint)}`);
}

/** @param {Walk} walk */
function noCheckpoint(walk) {
  let named = "";
  try {
    named = `; this bundle starts from ${toHex(BEACON_HEADER.root(bootstrapOf(walk).header.beacon))}: ask a node that you trust whether it knows that block`;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  return new CannotTell(`no checkpoint was given: pass --checkpoint with the root of a finalized block${named}`);
}

/** @param {Walk} walk */
export function committees(walk) {
  const { network, bundle } = walk;
  const first = periodAtSlot(network, walk.store.finalizedHeader.beacon.slot);
  const last = periodAtSlot(network, finalityUpdate(walk).signature_slot);
  bundle.trace.updates.forEach((/** @type {Json} */ document, /** @type {number} */ place) => {
    const update = readBeacon(walk, "LightClientUpdate", updateType, document, (data) => data.attested_header);
    requireSupermajority(walk, `update ${place}`, participants(update));
    if (periodAtSlot(network, update.attested_header.beacon.slot) >= last)
      throw new Refused(`update ${place}: it is of the last signature's period ${last} or later, so nothing rests on it`);
    const before = walk.store;
    walk.store = within(`update ${place}`, () => processUpdate(before, update, slotAtTime(network, walk.nowS), network, walk.bls));
    const { currentCommittee, nextCommittee } = walk.store;
    if (sameCommittee(currentCommittee, before.currentCommittee) && sameCommittee(nextCommittee, before.nextCommittee))
      throw new Refused(`update ${place}: it makes no committee known, so nothing rests on it`);
  });
  const reached = periodAtSlot(network, walk.store.finalizedHeader.beacon.slot) + (walk.store.nextCommittee ? 1n : 0n);
  if (last > reached) throw new Refused(`updates: they make committees known up to period ${reached}, the last signature is of period ${last}`);
  return found(`periods ${first} to ${last}`, "the sync committee of each period");
}

/** @param {Walk} walk */
export function finality(walk) {
  const { network } = walk;
  const update = finalityUpdate(walk);
  walk.store = within("finality update", () => processUpdate(walk.store, update, slotAtTime(network, walk.nowS), network, walk.bls));
  const signers = participants(update);
  requireSupermajority(walk, "finality update", signers);
  const header = walk.store.finalizedHeader;
  if (!sameHeader(header, update.finalized_header) || !header.execution) throw new Refused("finality update: it does not make its block the latest finalized one");
  const signed = `${signers} of ${network.preset.committeeSize}`;
  return found(`block ${header.execution.block_number} (slot ${header.beacon.slot}), signed by ${signed}`, `sync committee, ${signed}`);
}

/** @param {Walk} walk */
export function registry(walk) {
  const { anchor: stated } = walk.bundle;
  const { expected, network } = walk;
  pin(walk, "AnchorRegistry", stated.registry, expected.registry, network.contracts.anchorRegistry);
  pin(walk, "GatewayRegistry", stated.gatewayRegistry, expected.gatewayRegistry, network.contracts.gatewayRegistry);
  const account = accountAt(walk, stated.registry, stated.accountProof);
  const genuine = anchorRegistryCodeHash(stated.gatewayRegistry);
  if (!equal(account.codeHash, genuine)) throw new Refused(`code hash is ${toHex(account.codeHash)}, an AnchorRegistry with that gateway registry has ${toHex(genuine)}`);
  walk.storageRoot = account.storageHash;
  return found(`AnchorRegistry at ${toChecksum(stated.registry)}, code hash ${toHex(genuine)}`, `state of block ${walk.block.block_number}`);
}

/** @param {Walk} walk */
export function anchor(walk) {
  const { anchor: stated, attestation, batch: under, standing } = walk.bundle;
  const given = walk.expected.gateway;
  if (!standing || !given || equal(given, stated.gateway)) pin(walk, "gateway", stated.gateway, given, null);
  if (!given && !standing && !equal(stated.gateway, attestation.attester))
    walk.warnings.push("another key signed than the one that anchored, neither is pinned, and the file does not show that both are one gateway's");
  const slot = anchorSlot(stated.gateway, stated.index);
  const value = bigEndian(wordAt(stated.registry, walk.storageRoot, slot, stated.storageProof), 32);
  if (!equal(value, under.root)) throw new Refused(heldOtherwise(value, under.root));
  return found(`batch ${stated.index} of gateway ${toChecksum(stated.gateway)}`, `gateway ${toChecksum(stated.gateway)}`);
}

/** Says how old the finalized block is; nothing here refuses, because an old bundle is as true as it was.
 * @param {Walk} walk */
export function age(walk) {
  const { timestamp, block_number } = walk.block;
  const seconds = walk.nowS - timestamp;
  if (seconds > FINALITY_DAYS * DAY) walk.warnings.push(`the finalized block is ${seconds / DAY} days old: a later revocation does not show in this file`);
  return found(`anchored before ${moment(timestamp)}`, `block ${block_number}`);
}

// Helpers

/** Returns an account in the finalized state, which is there.
 * @param {Walk} walk @param {Uint8Array} who @param {Uint8Array[]} nodes */
export const accountAt = (walk, who, nodes) =>
  within(`account ${toChecksum(who)}`, () => {
    const account = verifyAccountProof(walk.block.state_root, who, nodes);
    if (!account) throw new Refused("the proof shows that there is no such account");
    return account;
  });

/** Why an anchor's slot does not show a batch.
 * @param {Uint8Array} value @param {Uint8Array} root */
export const heldOtherwise = (value, root) => `the slot holds ${value.some(Boolean) ? toHex(value) : "nothing"}, the batch's root is ${toHex(root)}`;

/** Returns what an account's storage holds at a slot; zero for nothing.
 * @param {Uint8Array} who @param {Uint8Array | null} root its storage root, which an earlier check has shown @param {Uint8Array} slot @param {Uint8Array[]} nodes */
export const wordAt = (who, root, slot, nodes) => within(`account ${toChecksum(who)}`, () => verifyStorageProof(/** @type {Uint8Array} */ (root), slot, nodes));

/** @param {Walk} walk */
const bootstrapOf = (walk) => readBeacon(walk, "LightClientBootstrap", bootstrapType, walk.bundle.trace.bootstrap, (data) => data.header);

/** @param {Walk} walk */
const finalityUpdate = (walk) => readBeacon(walk, "LightClientFinalityUpdate", finalityUpdateType, walk.bundle.trace.finalityUpdate, (data) => data.attested_header);

/** Returns a beacon object in its one spelling, announced under the fork of its own header's slot.
 * @param {Walk} walk @param {string} name @param {(fork: number, size: number) => import("./lightclient/ssz.js").Type} typeOf
 * @param {any} document @param {(data: any) => any} headerOf */
function readBeacon(walk, name, typeOf, document, headerOf) {
  const fork = FORKS.indexOf(document.version);
  if (fork < ALTAIR) throw new Refused(`${name}: ${shorten(document.version)} is not a fork with light clients that this software knows`);
  const value = typeOf(fork, walk.network.preset.committeeSize).read(document.data, name);
  const own = forkAtSlot(walk.network, headerOf(value).beacon.slot).fork;
  if (own !== fork) throw new Refused(`${name}: announced as ${FORKS[fork]}, but its slot is of ${FORKS[own]}`);
  return value;
}

/** @param {any} left @param {any} right */
const sameCommittee = (left, right) =>
  left === right ||
  Boolean(left && right && equal(left.aggregate_pubkey, right.aggregate_pubkey) && left.pubkeys.every((/** @type {Uint8Array} */ key, /** @type {number} */ at) => equal(key, right.pubkeys[at])));

/** @param {Walk} walk @param {string} which @param {number} signers */
function requireSupermajority(walk, which, signers) {
  const size = walk.network.preset.committeeSize;
  if (3 * signers < 2 * size) throw new Refused(`${which}: signed by ${signers} of ${size}, fewer than two thirds`);
}

/** @param {Walk} walk @param {string} what @param {Uint8Array} stated @param {Uint8Array | undefined} given @param {Uint8Array | null} known */
function pin(walk, what, stated, given, known) {
  const expected = given ?? known;
  if (expected && !equal(stated, expected)) throw new Refused(`${what} is ${toChecksum(stated)}, expected ${toChecksum(expected)}`);
  const how = given ? "given by hand" : expected ? "from the network file" : "not pinned: the bundle's own word";
  walk.trusted.push(`${what} ${toChecksum(stated)}, ${how}`);
}
