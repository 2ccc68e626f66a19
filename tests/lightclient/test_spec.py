"""Every check of the sync protocol refuses, by name; and what it accepts moves the store as the specification says."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.errors import (
    FutureSlot,
    InconsistentNextCommittee,
    InvalidCommitteeKey,
    InvalidExecutionBranch,
    InvalidSignature,
    IrrelevantUpdate,
    PeerError,
    PeriodNotFinalized,
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
from lightclient.network import Network
from lightclient.spec import (
    LightClientStore,
    apply_light_client_update,
    initialize_light_client_store,
    is_better_update,
    process_light_client_finality_update,
    process_light_client_optimistic_update,
    process_light_client_store_force_update,
    process_light_client_update,
    validate_light_client_update,
)
from lightclient.ssz import hash_tree_root
from lightclient.types import LightClientUpdate, SyncAggregate
from tests.lightclient.synthetic import SyntheticChain

BLS = PyblstBackend()
CHAIN = SyntheticChain()
NETWORK = CHAIN.network
PERIOD = NETWORK.preset.slots_per_period
START = 2 * PERIOD + 8
"""Slot of the checkpoint: the second epoch of period 2."""
NOW = 100 * PERIOD


def store_at(slot: int = START) -> LightClientStore:
    bootstrap = CHAIN.bootstrap(slot)
    return initialize_light_client_store(NETWORK, hash_tree_root(bootstrap.header.beacon), bootstrap)


def process(store: LightClientStore, update: LightClientUpdate, now: int = NOW) -> LightClientStore:
    return process_light_client_update(store, update, now, NETWORK, BLS)


def synced() -> LightClientStore:
    return process(store_at(), CHAIN.update(START + 40))


def other_branch(branch: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return (bytes([branch[0][0] ^ 1]) + branch[0][1:], *branch[1:])


def zero(branch: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return (bytes(32),) * len(branch)


# Bootstrap


def test_a_bootstrap_of_another_block_is_refused() -> None:
    with pytest.raises(WrongCheckpoint) as refusal:
        initialize_light_client_store(NETWORK, bytes(32), CHAIN.bootstrap(START))
    assert refusal.value.trusted == bytes(32)


def test_a_bootstrap_with_another_committee_is_refused() -> None:
    bootstrap = replace(CHAIN.bootstrap(START), current_sync_committee=CHAIN.committee(9))
    with pytest.raises(WrongCommitteeBranch):
        initialize_light_client_store(NETWORK, hash_tree_root(bootstrap.header.beacon), bootstrap)


def test_a_bootstrap_with_another_execution_header_is_refused() -> None:
    bootstrap = CHAIN.bootstrap(START)
    forged = replace(bootstrap, header=replace(bootstrap.header, execution=CHAIN.execution(START + 1)))
    with pytest.raises(InvalidExecutionBranch):
        initialize_light_client_store(NETWORK, hash_tree_root(bootstrap.header.beacon), forged)


def test_a_bootstrap_of_another_preset_is_refused() -> None:
    bootstrap = CHAIN.bootstrap(START)
    half = replace(bootstrap, current_sync_committee=replace(bootstrap.current_sync_committee, pubkeys=CHAIN.committee(2).pubkeys[:16]))
    with pytest.raises(WrongCommitteeSize):
        initialize_light_client_store(NETWORK, hash_tree_root(bootstrap.header.beacon), half)


# Updates: each alteration with the check that refuses it. Those that keep the attested header need no new signature; the others are signed
# again by the real committee, so that only the named check stands between them and the store.

U = LightClientUpdate
ATTESTED = START + 40


def _header(update: U, **changes: int | bytes) -> U:
    header = update.attested_header
    return replace(update, attested_header=replace(header, beacon=replace(header.beacon, **changes)))  # type: ignore[arg-type]


def _no_committee(update: U) -> U:
    return replace(update, next_sync_committee_branch=zero(update.next_sync_committee_branch))


def _no_finality(update: U) -> U:
    return replace(update, finality_branch=zero(update.finality_branch))


def _bits(update: U, bits: bytes) -> U:
    return replace(update, sync_aggregate=replace(update.sync_aggregate, sync_committee_bits=bits))


REFUSALS: dict[str, tuple[Callable[[U], U], type[PeerError]]] = {
    "nobody signed": (lambda u: _bits(u, bytes(4)), TooFewParticipants),
    "bits of another preset": (lambda u: _bits(u, b"\xff" * 64), WrongCommitteeSize),
    "one bit cleared": (lambda u: _bits(u, b"\xfe\xff\xff\xff"), InvalidSignature),
    "execution header altered": (
        lambda u: replace(u, attested_header=replace(u.attested_header, execution=CHAIN.execution(1))),
        InvalidExecutionBranch,
    ),
    "execution header left out": (
        lambda u: replace(u, attested_header=replace(u.attested_header, execution=None, execution_branch=())),
        InvalidExecutionBranch,
    ),
    "execution branch cut": (
        lambda u: replace(u, attested_header=replace(u.attested_header, execution_branch=u.attested_header.execution_branch[:-1])),
        InvalidExecutionBranch,
    ),
    "signed in the future": (lambda u: CHAIN.resigned(replace(u, signature_slot=NOW + 1)), FutureSlot),
    "signed at the attested slot": (lambda u: CHAIN.resigned(replace(u, signature_slot=ATTESTED)), SlotsOutOfOrder),
    "finalized after attested": (lambda u: replace(u, finalized_header=CHAIN.header(ATTESTED + 8)), SlotsOutOfOrder),
    "signed two periods on": (lambda u: CHAIN.resigned(replace(u, signature_slot=u.signature_slot + 2 * PERIOD)), SkippedPeriod),
    "other finalized header": (lambda u: replace(u, finalized_header=CHAIN.header(START)), WrongFinalityBranch),
    "finality branch altered": (lambda u: replace(u, finality_branch=other_branch(u.finality_branch)), WrongFinalityBranch),
    "finality branch cut": (lambda u: replace(u, finality_branch=u.finality_branch[:-1]), WrongFinalityBranch),
    "finality branch left out": (_no_finality, UnexpectedFinality),
    "finalized execution altered": (
        lambda u: replace(u, finalized_header=replace(u.finalized_header, execution=CHAIN.execution(1))),
        InvalidExecutionBranch,
    ),
    "genesis with content": (
        lambda u: replace(u, finalized_header=replace(CHAIN.header(0), execution=CHAIN.execution(3))),
        UnexpectedFinality,
    ),
    "other next committee": (lambda u: replace(u, next_sync_committee=CHAIN.committee(7)), WrongNextCommitteeBranch),
    "next committee of another size": (
        lambda u: replace(u, next_sync_committee=replace(u.next_sync_committee, pubkeys=u.next_sync_committee.pubkeys[:8])),
        WrongCommitteeSize,
    ),
    "committee branch altered": (
        lambda u: replace(u, next_sync_committee_branch=other_branch(u.next_sync_committee_branch)),
        WrongNextCommitteeBranch,
    ),
    "committee branch left out": (_no_committee, UnexpectedCommittee),
    "branches swapped": (
        lambda u: replace(u, finality_branch=u.next_sync_committee_branch, next_sync_committee_branch=u.finality_branch),
        WrongFinalityBranch,
    ),
    "state root altered": (lambda u: CHAIN.resigned(_header(u, state_root=bytes(32))), WrongFinalityBranch),
    "proposer altered": (lambda u: _header(u, proposer_index=5), InvalidSignature),
    "parent altered": (lambda u: _header(u, parent_root=bytes(32)), InvalidSignature),
    "signature of another header": (
        lambda u: replace(u, sync_aggregate=CHAIN.sign(CHAIN.header(START).beacon, u.signature_slot)),
        InvalidSignature,
    ),
    "signature is no point": (
        lambda u: replace(u, sync_aggregate=replace(u.sync_aggregate, sync_committee_signature=b"\xff" * 96)),
        InvalidSignature,
    ),
    "signature of nobody": (
        lambda u: replace(u, sync_aggregate=replace(u.sync_aggregate, sync_committee_signature=b"\xc0" + bytes(95))),
        InvalidSignature,
    ),
    "signed by another committee": (
        lambda u: replace(u, sync_aggregate=SyntheticChain(seed="forged").sign(u.attested_header.beacon, u.signature_slot)),
        InvalidSignature,
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_an_altered_update_is_refused_by_name(name: str) -> None:
    alter, refusal = REFUSALS[name]
    store, update = store_at(), CHAIN.update(ATTESTED)
    validate_light_client_update(store, update, NOW, NETWORK, BLS)
    with pytest.raises(refusal):
        process(store, alter(update))


def test_the_signature_is_bound_to_the_fork_of_the_slot_before() -> None:
    fork = NETWORK.forks[-1]
    boundary = ATTESTED // 8 + 1
    later = Network(
        **{
            name: getattr(NETWORK, name)
            for name in ("name", "chain_id", "preset", "genesis_time", "genesis_validators_root", "seconds_per_slot")
        },
        forks=(*NETWORK.forks[:-1], replace(fork, epoch=boundary)),
    )
    chain = SyntheticChain(later)
    first = boundary * 8
    bootstrap = chain.bootstrap(START)
    store = initialize_light_client_store(later, hash_tree_root(bootstrap.header.beacon), bootstrap)
    update = chain.update(first - 1, signature_slot=first)
    assert process_light_client_update(store, update, NOW, later, BLS).optimistic_header == update.attested_header
    with pytest.raises(InvalidSignature) as refusal:
        process_light_client_update(store, CHAIN.update(first - 1, signature_slot=first), NOW, later, BLS)
    assert refusal.value.fork_version == NETWORK.forks[-2].version


def test_old_news_is_refused_as_such() -> None:
    with pytest.raises(IrrelevantUpdate):
        process(synced(), CHAIN.update(START + 10))


def test_two_next_committees_cannot_both_be_right() -> None:
    store = replace(synced(), next_sync_committee=CHAIN.committee(9))
    with pytest.raises(InconsistentNextCommittee):
        process(store, CHAIN.update(ATTESTED + 8))


def test_an_unknown_committee_cannot_sign() -> None:
    with pytest.raises(SkippedPeriod):
        process(store_at(), CHAIN.update(3 * PERIOD + 20))


@pytest.mark.parametrize("bad", [b"\xc0" + bytes(47), bytes.fromhex("8123456789abcdef" + "0123456789abcdef" * 5), bytes(48)])
def test_a_committee_with_infinity_or_a_key_outside_the_subgroup_is_refused(bad: bytes) -> None:
    store = store_at()
    committee = replace(store.current_sync_committee, pubkeys=(*store.current_sync_committee.pubkeys[:-1], bad))
    with pytest.raises(InvalidCommitteeKey) as refusal:
        process(replace(store, current_sync_committee=committee), CHAIN.update(ATTESTED))
    assert refusal.value.index == 31


def test_a_refusal_leaves_no_trace_and_validation_changes_nothing() -> None:
    store = store_at()
    before = repr(store)
    validate_light_client_update(store, CHAIN.update(ATTESTED), NOW, NETWORK, BLS)
    with pytest.raises(InvalidSignature):
        process(store, _header(CHAIN.update(ATTESTED), proposer_index=6))
    assert repr(store) == before


# What is accepted


def test_an_update_brings_finality_and_the_next_committee() -> None:
    store = synced()
    assert store.finalized_header == CHAIN.header(CHAIN.finalized_slot(ATTESTED))
    assert store.optimistic_header == CHAIN.header(ATTESTED)
    assert store.next_sync_committee == CHAIN.committee(3)
    assert store.best_valid_update is None


def test_committees_rotate_over_periods() -> None:
    store = synced()
    for period in range(3, 7):
        store = process(store, CHAIN.update(period * PERIOD + 40))
        assert store.current_sync_committee == CHAIN.committee(period)
        assert store.next_sync_committee == CHAIN.committee(period + 1)


@pytest.mark.parametrize(("participants", "finalizes"), [(1, False), (16, False), (21, False), (22, True), (32, True)])
def test_two_thirds_finalize_and_fewer_do_not(participants: int, finalizes: bool) -> None:
    store = process(store_at(), CHAIN.update(ATTESTED, participants=participants))
    assert (store.finalized_header.beacon.slot > START) == finalizes
    assert store.optimistic_header.beacon.slot == ATTESTED
    assert (store.best_valid_update is None) == finalizes
    assert store.current_max_active_participants == participants


def test_an_optimistic_head_needs_more_than_half_of_the_best_participation() -> None:
    store = synced()
    weak = process_light_client_optimistic_update(store, CHAIN.optimistic_update(ATTESTED + 1, participants=16), NOW, NETWORK, BLS)
    assert weak.optimistic_header == store.optimistic_header
    strong = process_light_client_optimistic_update(store, CHAIN.optimistic_update(ATTESTED + 1, participants=17), NOW, NETWORK, BLS)
    assert strong.optimistic_header == CHAIN.header(ATTESTED + 1)


def test_a_finality_update_rotates_and_leaves_the_next_committee_open() -> None:
    store = process_light_client_finality_update(synced(), CHAIN.finality_update(3 * PERIOD + 20), NOW, NETWORK, BLS)
    assert store.current_sync_committee == CHAIN.committee(3)
    assert store.next_sync_committee is None
    assert process(store, CHAIN.update(3 * PERIOD + 20)).next_sync_committee == CHAIN.committee(4)


def test_a_forced_update_waits_for_the_timeout() -> None:
    store = process(synced(), replace_finality(CHAIN.update(ATTESTED + 8)))
    assert store.best_valid_update is not None
    finalized = store.finalized_header.beacon.slot
    assert process_light_client_store_force_update(store, finalized + PERIOD, NETWORK) == store
    forced = process_light_client_store_force_update(store, finalized + PERIOD + 1, NETWORK)
    assert forced.finalized_header == CHAIN.header(ATTESTED + 8)
    assert forced.best_valid_update is None


def replace_finality(update: U) -> U:
    empty = update.finalized_header.ssz_type().default()
    return replace(update, finalized_header=empty, finality_branch=zero(update.finality_branch))


def test_a_period_cannot_be_left_before_its_next_committee_is_known() -> None:
    with pytest.raises(PeriodNotFinalized):
        apply_light_client_update(store_at(), CHAIN.update(3 * PERIOD + 40), NETWORK)


def test_more_signers_make_a_better_update() -> None:
    full, most, few = (CHAIN.update(ATTESTED, participants=count) for count in (32, 30, 12))
    assert is_better_update(NETWORK, full, most)
    assert is_better_update(NETWORK, most, few)
    assert not is_better_update(NETWORK, few, few)


def test_signature_shape_is_checked_before_the_pairing() -> None:
    committee = BLS.committee(CHAIN.committee(2))
    aggregate: SyncAggregate = CHAIN.update(ATTESTED).sync_aggregate
    assert not committee.verify(b"", bytes(32), aggregate.sync_committee_signature)
    assert not committee.verify(bytes(4), bytes(32), aggregate.sync_committee_signature)
