"""Altered recordings are refused, each by the name that `docs/refusals.md` gives; and what real signatures can and cannot do."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import pytest

from lightclient import errors
from lightclient.errors import InvalidSignature, PeerError, PeriodNotFinalized, SkippedPeriod, TooFewParticipants
from lightclient.forks import MAINNET_PRESET, ForkName
from lightclient.network import ForkSchedule, Network
from lightclient.spec import (
    LightClientStore,
    apply_light_client_update,
    from_finality_update,
    initialize_light_client_store,
    process_light_client_update,
)
from lightclient.ssz import hash_tree_root
from tests.lightclient.mutations import BLS, LATER, Mutant, corpus, recordings
from tests.lightclient.synthetic import SyntheticChain, network
from tests.vectors import ROOT

MESSAGES, SAMPLE = 9, 5
"""One message in so many is altered by default, and one of its mutants in so many is run."""
TABLE = dict(re.findall(r"^\| ([^|]+) \| (`[^|]+`) \|$", (ROOT / "docs" / "refusals.md").read_text(), re.MULTILINE))
SIZE = MAINNET_PRESET.slots_per_period
START = 2 * SIZE + 32
CHAIN = SyntheticChain(network(MAINNET_PRESET), first_slot=2 * SIZE)


def refusals(mutants: Iterable[Mutant]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for mutant in mutants:
        try:
            mutant.run()
        except PeerError as error:
            reason = type(error).__name__
        else:
            reason = "accepted"
        assert f"`{reason}`" in TABLE.get(mutant.row, ""), f"{mutant.row} ({mutant.name}): {reason}"
        found[mutant.row].add(reason)
    return found


def test_a_sample_of_the_altered_recordings_is_refused_as_the_table_says() -> None:
    found = refusals(mutant for index, mutant in enumerate(corpus(MESSAGES)) if index % SAMPLE == 0)
    assert len(found) > 40


@pytest.mark.slow
@pytest.mark.arithmetic
def test_every_altered_recording_is_refused_and_every_name_of_the_table_occurs() -> None:
    found = refusals(corpus())
    assert {row: set(re.findall(r"`(\w+)`", names)) for row, names in TABLE.items()} == dict(found)


def test_the_page_names_every_refusal_of_the_protocol_and_none_that_is_not() -> None:
    page = (ROOT / "docs" / "refusals.md").read_text()
    ours = {name for name, kind in vars(errors.update).items() if isinstance(kind, type) and kind.__module__ == errors.update.__name__}
    named = set(re.findall(r"`([A-Z]\w+)`", page))
    assert ours <= named
    assert all(hasattr(errors, name) for name in named)


def test_another_signature_slot_of_the_same_period_moves_the_store_the_same_way() -> None:
    _, steps = recordings()
    step = steps[0]
    moved = step.feed(replace(step.message, signature_slot=step.message.signature_slot + 1))
    assert replace(moved, best_valid_update=None) == replace(step.feed(step.message), best_valid_update=None)


# Real signatures


def trusted(chain: SyntheticChain = CHAIN, slot: int = START) -> LightClientStore:
    bootstrap = chain.bootstrap(slot)
    return initialize_light_client_store(chain.network, hash_tree_root(bootstrap.header.beacon), bootstrap)


@pytest.mark.parametrize(("participants", "finalizes"), [(1, False), (341, False), (342, True), (512, True)])
def test_two_thirds_finalize_and_one_less_does_not(participants: int, finalizes: bool) -> None:
    store = process_light_client_update(trusted(), CHAIN.update(START + 468, participants=participants), LATER, CHAIN.network, BLS)
    assert (store.finalized_header.beacon.slot > START) == finalizes
    assert (store.next_sync_committee is not None) == finalizes
    assert store.optimistic_header.beacon.slot == START + 468


def test_nobody_signing_and_one_less_than_claimed_are_refused() -> None:
    update = CHAIN.update(START + 468, participants=341)
    nobody = replace(update, sync_aggregate=replace(update.sync_aggregate, sync_committee_bits=bytes(64)))
    with pytest.raises(TooFewParticipants):
        process_light_client_update(trusted(), nobody, LATER, CHAIN.network, BLS)
    claimed = replace(update, sync_aggregate=replace(update.sync_aggregate, sync_committee_bits=((1 << 342) - 1).to_bytes(64, "little")))
    with pytest.raises(InvalidSignature):
        process_light_client_update(trusted(), claimed, LATER, CHAIN.network, BLS)


def _forking(epoch: int) -> Network:
    base = network()
    forks = tuple(replace(entry, epoch=epoch) if entry.fork == ForkName.FULU else entry for entry in base.forks)
    return replace(base, forks=forks)


def test_the_first_slot_of_a_fork_is_signed_under_the_version_of_the_slot_before() -> None:
    fork_slot = 2 * 64 + 48
    chain = SyntheticChain(_forking(fork_slot // 8), first_slot=2 * 64)
    store = trusted(chain, 2 * 64 + 8)
    update = chain.update(fork_slot - 1, signature_slot=fork_slot)
    assert process_light_client_update(store, update, LATER, chain.network, BLS) != store
    early = _with_version_one_slot_early(chain, fork_slot)
    forged = replace(update, sync_aggregate=early.sign(update.attested_header.beacon, fork_slot))
    with pytest.raises(InvalidSignature) as refusal:
        process_light_client_update(store, forged, LATER, chain.network, BLS)
    assert refusal.value.fork_version == chain.network.fork_at_slot(fork_slot - 1).to_bytes(1, "big") + b"\0\0\x09"


def _with_version_one_slot_early(chain: SyntheticChain, fork_slot: int) -> SyntheticChain:
    version = chain.network.fork_at_epoch(fork_slot // 8).version
    forks = tuple(ForkSchedule(entry.fork, version, entry.epoch) for entry in chain.network.forks)
    return SyntheticChain(replace(chain.network, forks=forks), first_slot=chain.first_slot)


def test_a_period_too_far_and_a_period_not_finalized_are_refused() -> None:
    chain = SyntheticChain()
    store = trusted(chain, 136)
    with pytest.raises(SkippedPeriod):
        process_light_client_update(store, chain.update(5 * 64), LATER, chain.network, BLS)
    with pytest.raises(PeriodNotFinalized):
        apply_light_client_update(store, from_finality_update(chain.finality_update(3 * 64 + 40), chain.network), chain.network)
