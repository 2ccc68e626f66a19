"""Checks, and nothing but checks: `initialize_light_client_store` and `validate_light_client_update`.

Every check of the specification is here once, in its order, and raises an error class of its own. What is trusted: the checkpoint root, the
network record, the store. What is not: every byte of the bootstrap or update. The store is never changed here.
Source: `specs/altair/light-client/sync-protocol.md`, with capella's, deneb's and electra's changes through `helpers`.
"""

from lightclient.bls.backend import BlsBackend
from lightclient.errors import (
    FutureSlot,
    InconsistentNextCommittee,
    InvalidExecutionBranch,
    InvalidSignature,
    IrrelevantUpdate,
    SkippedPeriod,
    SlotsOutOfOrder,
    TooFewParticipants,
    UnexpectedCommittee,
    UnexpectedFinality,
    WrongCheckpoint,
    WrongCommitteeBranch,
    WrongCommitteeSize,
    WrongFinalityBranch,
    WrongNextCommitteeBranch,
)
from lightclient.forks import DOMAIN_SYNC_COMMITTEE, MIN_SYNC_COMMITTEE_PARTICIPANTS
from lightclient.network import Network, compute_domain, compute_signing_root
from lightclient.spec.helpers import (
    current_sync_committee_gindex_at_slot,
    finalized_root_gindex_at_slot,
    is_empty_header,
    is_finality_update,
    is_sync_committee_update,
    is_valid_light_client_header,
    next_sync_committee_gindex_at_slot,
)
from lightclient.spec.store import LightClientStore
from lightclient.ssz import ZERO_HASHES, hash_tree_root, is_valid_normalized_merkle_branch
from lightclient.types import LightClientBootstrap, LightClientHeader, LightClientUpdate, SyncCommittee

GENESIS_SLOT = 0
"""Slot of the genesis block, whose root a state writes as zero while nothing else is finalized."""


def initialize_light_client_store(network: Network, trusted_block_root: bytes, bootstrap: LightClientBootstrap) -> LightClientStore:
    """Returns the store that a bootstrap proves under a block root that the user trusts.

    Raises:
        PeerError: the bootstrap is not that of the trusted block; the class names the check.
    """
    _check_committee_size(network, bootstrap.current_sync_committee)
    _check_header(network, bootstrap.header, "bootstrap header")
    root = hash_tree_root(bootstrap.header.beacon)
    if root != trusted_block_root:
        raise WrongCheckpoint(root, trusted_block_root)
    beacon = bootstrap.header.beacon
    leaf = hash_tree_root(bootstrap.current_sync_committee)
    gindex = current_sync_committee_gindex_at_slot(network, beacon.slot)
    if not is_valid_normalized_merkle_branch(leaf, bootstrap.current_sync_committee_branch, gindex, beacon.state_root):
        raise WrongCommitteeBranch(leaf, beacon.state_root)
    return LightClientStore(
        finalized_header=bootstrap.header,
        current_sync_committee=bootstrap.current_sync_committee,
        next_sync_committee=None,
        best_valid_update=None,
        optimistic_header=bootstrap.header,
        previous_max_active_participants=0,
        current_max_active_participants=0,
    )


def validate_light_client_update(
    store: LightClientStore, update: LightClientUpdate, current_slot: int, network: Network, bls: BlsBackend
) -> None:
    """Raises unless every check of the specification holds for the update; the caller may then apply it.

    Raises:
        PeerError: a check fails; the class names the check and holds the offending values.
    """
    _check_participants(network, update)
    _check_header(network, update.attested_header, "attested header")
    _check_slots(update, current_slot)
    _check_period(network, store, update)
    _check_relevance(network, store, update)
    _check_finality(network, update)
    _check_next_sync_committee(network, store, update)
    _check_signature(network, store, update, bls)


def _check_participants(network: Network, update: LightClientUpdate) -> None:
    size = 8 * len(update.sync_aggregate.sync_committee_bits)
    if size != network.preset.sync_committee_size:
        raise WrongCommitteeSize(size, network.preset.sync_committee_size)
    participants = update.sync_aggregate.participants
    if participants < MIN_SYNC_COMMITTEE_PARTICIPANTS:
        raise TooFewParticipants(participants, MIN_SYNC_COMMITTEE_PARTICIPANTS)


def _check_header(network: Network, header: LightClientHeader, which: str) -> None:
    if not is_valid_light_client_header(network, header):
        raise InvalidExecutionBranch(which, header.beacon.slot, header.beacon.body_root)


def _check_slots(update: LightClientUpdate, current_slot: int) -> None:
    attested, finalized = update.attested_header.beacon.slot, update.finalized_header.beacon.slot
    if update.signature_slot > current_slot:
        raise FutureSlot(update.signature_slot, current_slot)
    if not update.signature_slot > attested >= finalized:
        raise SlotsOutOfOrder(update.signature_slot, attested, finalized)


def _check_period(network: Network, store: LightClientStore, update: LightClientUpdate) -> None:
    store_period = network.period_at_slot(store.finalized_header.beacon.slot)
    signature_period = network.period_at_slot(update.signature_slot)
    allowed = (store_period, store_period + 1) if store.next_sync_committee is not None else (store_period,)
    if signature_period not in allowed:
        raise SkippedPeriod(signature_period, allowed)


def _check_relevance(network: Network, store: LightClientStore, update: LightClientUpdate) -> None:
    attested = update.attested_header.beacon.slot
    store_slot = store.finalized_header.beacon.slot
    brings_next_committee = (
        store.next_sync_committee is None
        and is_sync_committee_update(update)
        and network.period_at_slot(attested) == network.period_at_slot(store_slot)
    )
    if not (attested > store_slot or brings_next_committee):
        raise IrrelevantUpdate(attested, store_slot)


def _check_finality(network: Network, update: LightClientUpdate) -> None:
    """The finality branch, if there is one, proves the finalized header in the attested state; genesis is written as zero."""
    finalized = update.finalized_header
    if not is_finality_update(update):
        if not is_empty_header(finalized):
            raise UnexpectedFinality(finalized.beacon.slot)
        return
    if finalized.beacon.slot == GENESIS_SLOT:
        if not is_empty_header(finalized):
            raise UnexpectedFinality(finalized.beacon.slot)
        leaf = ZERO_HASHES[0]
    else:
        _check_header(network, finalized, "finalized header")
        leaf = hash_tree_root(finalized.beacon)
    attested = update.attested_header.beacon
    gindex = finalized_root_gindex_at_slot(network, attested.slot)
    if not is_valid_normalized_merkle_branch(leaf, update.finality_branch, gindex, attested.state_root):
        raise WrongFinalityBranch(leaf, attested.state_root)


def _check_next_sync_committee(network: Network, store: LightClientStore, update: LightClientUpdate) -> None:
    """The committee branch, if there is one, proves the next committee in the attested state, and agrees with what is known."""
    committee = update.next_sync_committee
    _check_committee_size(network, committee)
    if not is_sync_committee_update(update):
        if committee != committee.ssz_type().default():
            raise UnexpectedCommittee
        return
    attested = update.attested_header.beacon
    same_period = network.period_at_slot(attested.slot) == network.period_at_slot(store.finalized_header.beacon.slot)
    if same_period and store.next_sync_committee is not None and committee != store.next_sync_committee:
        raise InconsistentNextCommittee(hash_tree_root(committee), hash_tree_root(store.next_sync_committee))
    leaf = hash_tree_root(committee)
    gindex = next_sync_committee_gindex_at_slot(network, attested.slot)
    if not is_valid_normalized_merkle_branch(leaf, update.next_sync_committee_branch, gindex, attested.state_root):
        raise WrongNextCommitteeBranch(leaf, attested.state_root)


def _check_signature(network: Network, store: LightClientStore, update: LightClientUpdate, bls: BlsBackend) -> None:
    """The committee of the signature slot's period signed the attested header, under the fork of the slot before."""
    same_period = network.period_at_slot(update.signature_slot) == network.period_at_slot(store.finalized_header.beacon.slot)
    committee = store.current_sync_committee if same_period else store.next_sync_committee
    if committee is None:
        raise SkippedPeriod(network.period_at_slot(update.signature_slot), ())
    fork_version = network.fork_at_epoch(network.epoch_at_slot(max(update.signature_slot, 1) - 1)).version
    domain = compute_domain(DOMAIN_SYNC_COMMITTEE, fork_version, network.genesis_validators_root)
    signing_root = compute_signing_root(hash_tree_root(update.attested_header.beacon), domain)
    aggregate = update.sync_aggregate
    if not bls.committee(committee).verify(aggregate.sync_committee_bits, signing_root, aggregate.sync_committee_signature):
        raise InvalidSignature(update.attested_header.beacon.slot, update.signature_slot, aggregate.participants, fork_version)


def _check_committee_size(network: Network, committee: SyncCommittee) -> None:
    if len(committee.pubkeys) != network.preset.sync_committee_size:
        raise WrongCommitteeSize(len(committee.pubkeys), network.preset.sync_committee_size)
