/**
 * The sync protocol: initialize, validate, apply. Pure. Mirrors lightclient/spec, of which it keeps what a bundle's walk needs.
 *
 * Not here: optimistic headers and forced updates, on which nothing in a bundle rests. `validate` only checks; `apply` returns a new store.
 * Spec: consensus-specs v1.6.1 `specs/{altair,capella,deneb,electra}/light-client/sync-protocol.md`.
 * @module
 */

import { equal, toHex } from "../bytes.js";
import { Refused } from "../errors.js";
import { committeeKeys, fastAggregateVerify } from "./bls.js";
import { forkAtSlot, periodAtSlot, signingRoot } from "./network.js";
import { isValidBranch, isValidNormalizedBranch, ZERO_HASHES } from "./ssz.js";
import { BEACON_HEADER, CAPELLA, DENEB, EXECUTION_PAYLOAD_GINDEX, executionHeader, lightClientHeader, stateGindices, syncCommittee } from "./types.js";

/** @typedef {import("./network.js").Network} Network */
/** @typedef {{pubkeys: Uint8Array[], aggregate_pubkey: Uint8Array}} Committee */
/** @typedef {{finalizedHeader: any, currentCommittee: Committee, nextCommittee: Committee | null}} Store */
/** @typedef {{onKeys: (count: number) => void, keys: Map<Committee, import("./bls.js").Key[]>}} Bls */

const GENESIS_SLOT = 0n;

/** @param {Uint8Array} bits */
const bitsOf = (bits) => Array.from(bits).flatMap((byte) => Array.from({ length: 8 }, (_, at) => Boolean((byte >> at) & 1)));

/** Returns how many members signed an update.
 * @param {any} update @returns {number} */
export const participants = (update) => bitsOf(update.sync_aggregate.sync_committee_bits).filter(Boolean).length;

/** @param {Network} network @param {any} header @returns {bigint} */
const periodOf = (network, header) => periodAtSlot(network, header.beacon.slot);

/** @param {Uint8Array[]} branch */
const isEmptyBranch = (branch) => branch.every((node) => node.every((byte) => byte === 0));

/** Returns the store that a bootstrap proves under a block root that the user trusts.
 * @param {Network} network @param {Uint8Array} trustedRoot @param {any} bootstrap @returns {Store} */
export function initialize(network, trustedRoot, bootstrap) {
  requireHeader(network, bootstrap.header, "bootstrap header");
  const root = BEACON_HEADER.root(bootstrap.header.beacon);
  if (!equal(root, trustedRoot)) throw new Refused(`the bootstrap is of block ${toHex(root)}, the checkpoint is ${toHex(trustedRoot)}`);
  const { slot, state_root } = bootstrap.header.beacon;
  const gindex = stateGindices(forkAtSlot(network, slot).fork).currentCommittee;
  const leaf = syncCommittee(network.preset.committeeSize).root(bootstrap.current_sync_committee);
  if (!isValidNormalizedBranch(leaf, bootstrap.current_sync_committee_branch, gindex, state_root)) throw new Refused("the branch does not lead from the committee to the state root");
  return { finalizedHeader: bootstrap.header, currentCommittee: bootstrap.current_sync_committee, nextCommittee: null };
}

/** Returns the store after validating an update and taking from it what its participation allows.
 * @param {Store} store @param {any} update without `next_sync_committee` for a finality update
 * @param {bigint} currentSlot @param {Network} network @param {Bls} bls @returns {Store} */
export function processUpdate(store, update, currentSlot, network, bls) {
  validate(store, update, currentSlot, network, bls);
  const finalizedSlot = update.finalized_header.beacon.slot;
  const makesNextKnown =
    !store.nextCommittee && carriesCommittee(update) && carriesFinality(update) && periodOf(network, update.finalized_header) === periodOf(network, update.attested_header);
  const supermajority = participants(update) * 3 >= network.preset.committeeSize * 2;
  const advances = finalizedSlot > store.finalizedHeader.beacon.slot || makesNextKnown;
  return supermajority && advances ? apply(store, update, network) : store;
}

/** @param {Store} store @param {any} update @param {Network} network @returns {Store} */
function apply(store, update, network) {
  const storePeriod = periodOf(network, store.finalizedHeader);
  const finalizedPeriod = periodOf(network, update.finalized_header);
  const carried = carriesCommittee(update) ? update.next_sync_committee : null;
  let after = store;
  if (!store.nextCommittee) {
    if (finalizedPeriod !== storePeriod) throw new Refused(`the update finalizes period ${finalizedPeriod}, the store is in ${storePeriod}`);
    after = { ...store, nextCommittee: carried };
  } else if (finalizedPeriod === storePeriod + 1n) after = { ...store, currentCommittee: store.nextCommittee, nextCommittee: carried };
  return update.finalized_header.beacon.slot > store.finalizedHeader.beacon.slot ? { ...after, finalizedHeader: update.finalized_header } : after;
}

/** @param {any} update */
const carriesCommittee = (update) => update.next_sync_committee !== undefined && !isEmptyBranch(update.next_sync_committee_branch);
/** @param {any} update */
const carriesFinality = (update) => !isEmptyBranch(update.finality_branch);

// Checks, in the specification's order

/** @param {Store} store @param {any} update @param {bigint} currentSlot @param {Network} network @param {Bls} bls */
function validate(store, update, currentSlot, network, bls) {
  if (participants(update) < 1) throw new Refused("nobody signed");
  requireHeader(network, update.attested_header, "attested header");
  requireSlots(store, update, currentSlot, network);
  requireFinality(network, update);
  requireNextCommittee(network, store, update);
  requireSignature(network, store, update, bls);
}

/** @param {Store} store @param {any} update @param {bigint} currentSlot @param {Network} network */
function requireSlots(store, update, currentSlot, network) {
  const [attested, finalized] = [update.attested_header.beacon.slot, update.finalized_header.beacon.slot];
  if (update.signature_slot > currentSlot) throw new Refused(`signed in slot ${update.signature_slot}, it is slot ${currentSlot}`);
  if (!(update.signature_slot > attested && attested >= finalized)) throw new Refused("slots of signature, attested and finalized header are out of order");
  const storePeriod = periodOf(network, store.finalizedHeader);
  const signaturePeriod = periodAtSlot(network, update.signature_slot);
  if (signaturePeriod !== storePeriod && !(store.nextCommittee && signaturePeriod === storePeriod + 1n)) throw new Refused(`signed in period ${signaturePeriod}, whose committee is not known`);
  const bringsNext = !store.nextCommittee && carriesCommittee(update) && periodOf(network, update.attested_header) === storePeriod;
  if (!(attested > store.finalizedHeader.beacon.slot || bringsNext)) throw new Refused("it brings nothing new");
}

/** The finality branch, if there is one, proves the finalized header in the attested state; genesis is written as zero.
 * @param {Network} network @param {any} update */
function requireFinality(network, update) {
  const finalized = update.finalized_header;
  const isGenesis = finalized.beacon.slot === GENESIS_SLOT;
  if ((!carriesFinality(update) || isGenesis) && !isEmptyHeader(finalized)) throw new Refused("a finalized header without proof");
  if (!carriesFinality(update)) return;
  if (!isGenesis) requireHeader(network, finalized, "finalized header");
  const leaf = isGenesis ? ZERO_HASHES[0] : BEACON_HEADER.root(finalized.beacon);
  const attested = update.attested_header.beacon;
  const gindex = stateGindices(forkAtSlot(network, attested.slot).fork).finalizedRoot;
  if (!isValidNormalizedBranch(leaf, update.finality_branch, gindex, attested.state_root)) throw new Refused("the branch does not lead from the finalized header to the attested state");
}

/** The committee branch, if there is one, proves the next committee in the attested state, and agrees with what is known.
 * @param {Network} network @param {Store} store @param {any} update */
function requireNextCommittee(network, store, update) {
  const committee = update.next_sync_committee;
  if (committee === undefined) return;
  const type = syncCommittee(network.preset.committeeSize);
  const leaf = type.root(committee);
  if (!carriesCommittee(update)) {
    if (!equal(leaf, type.root(type.empty()))) throw new Refused("a next committee without proof");
    return;
  }
  const attested = update.attested_header.beacon;
  const samePeriod = periodAtSlot(network, attested.slot) === periodOf(network, store.finalizedHeader);
  if (samePeriod && store.nextCommittee && !equal(leaf, type.root(store.nextCommittee))) throw new Refused("another next committee than the one that is known");
  const gindex = stateGindices(forkAtSlot(network, attested.slot).fork).nextCommittee;
  if (!isValidNormalizedBranch(leaf, update.next_sync_committee_branch, gindex, attested.state_root)) throw new Refused("the branch does not lead from the next committee to the attested state");
}

/** The committee of the signature slot's period signed the attested header, under the fork of the slot before.
 * @param {Network} network @param {Store} store @param {any} update @param {Bls} bls */
function requireSignature(network, store, update, bls) {
  const samePeriod = periodAtSlot(network, update.signature_slot) === periodOf(network, store.finalizedHeader);
  const committee = samePeriod ? store.currentCommittee : store.nextCommittee;
  if (!committee) throw new Refused("the committee that should have signed is not known");
  const keys = bls.keys.get(committee) ?? committeeKeys(committee.pubkeys, bls.onKeys);
  bls.keys.set(committee, keys);
  const bits = bitsOf(update.sync_aggregate.sync_committee_bits);
  const message = signingRoot(network, BEACON_HEADER.root(update.attested_header.beacon), update.signature_slot);
  const signers = keys.filter((_, place) => bits[place]);
  if (!fastAggregateVerify(signers, message, update.sync_aggregate.sync_committee_signature))
    throw new Refused(`the committee's signature over slot ${update.attested_header.beacon.slot} is not valid`);
}

/** Whether two headers that hold say the same in the same fork's form; a beacon header binds the execution header beneath it.
 * @param {any} left @param {any} right */
export const sameHeader = (left, right) =>
  equal(BEACON_HEADER.root(left.beacon), BEACON_HEADER.root(right.beacon)) && Object.keys(left.execution ?? {}).length === Object.keys(right.execution ?? {}).length;

/** @param {any} header */
const isEmptyHeader = (header) => equal(BEACON_HEADER.root(header.beacon), BEACON_HEADER.root(BEACON_HEADER.empty())) && hasNoExecution(header);

/** @param {any} header */
function hasNoExecution(header) {
  if (!header.execution) return true;
  const type = lightClientHeader(header.execution.blob_gas_used === undefined ? CAPELLA : DENEB);
  return equal(type.root({ ...type.empty(), execution: header.execution }), type.root(type.empty())) && isEmptyBranch(header.execution_branch);
}

/** The execution header is the one in the beacon block's body, or is absent where the fork has none.
 * @param {Network} network @param {any} header @param {string} which */
function requireHeader(network, header, which) {
  const { fork } = forkAtSlot(network, header.beacon.slot);
  const wrong = () => new Refused(`${which}: its execution header is not that of its block`);
  if (fork < CAPELLA) {
    if (!hasNoExecution(header)) throw wrong();
    return;
  }
  const execution = header.execution;
  // A header of capella may arrive in the form of a later fork, with that fork's fields at zero: they are not hashed.
  if (!execution || (fork < DENEB && (execution.blob_gas_used || execution.excess_blob_gas))) throw wrong();
  if (fork >= DENEB && execution.blob_gas_used === undefined) throw wrong();
  const root = executionHeader(fork).root(execution);
  if (!isValidBranch(root, header.execution_branch, EXECUTION_PAYLOAD_GINDEX, header.beacon.body_root)) throw wrong();
}
