"""Periods whose best update finalizes nothing in them, as mainnet's 1601: crossed in pairs, or not at all."""

import asyncio
from dataclasses import replace

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.errors import InvalidSignature, SkippedPeriod, UnconfirmedCommittee
from lightclient.spec import (
    LightClientStore,
    from_finality_update,
    initialize_light_client_store,
    process_light_client_update_pair,
    process_or_bridge,
)
from lightclient.trace import verify_trace
from lightclient.types import LightClientUpdate
from tests.lightclient.fakes import FakeSource
from tests.lightclient.synthetic import SyntheticChain
from tests.lightclient.test_client import CHAIN, CHECKPOINT, NETWORK, World

BLS = PyblstBackend()
PERIOD = NETWORK.preset.slots_per_period
NOW = 20 * PERIOD


def early(period: int, chain: SyntheticChain = CHAIN, **options: int) -> LightClientUpdate:
    """Returns an update of the period whose finalized header lies in the period before."""
    update = chain.update(period * PERIOD + 10, **options)
    assert NETWORK.period_at_slot(update.finalized_header.beacon.slot) == period - 1
    return update


def late(period: int, chain: SyntheticChain = CHAIN) -> LightClientUpdate:
    return chain.update(period * PERIOD + 60)


def followed(*updates: LightClientUpdate) -> LightClientStore:
    store, pending = initialize_light_client_store(NETWORK, CHECKPOINT, CHAIN.bootstrap(136)), None
    for update in updates:
        store, pending, _ = process_or_bridge(store, pending, update, NOW, NETWORK, BLS)
    return store


def test_an_unfinalized_period_is_crossed_with_the_update_that_follows() -> None:
    with pytest.raises(SkippedPeriod):
        followed(late(2), late(4))
    store = followed(late(2), early(3), late(4))
    assert NETWORK.period_at_slot(store.finalized_header.beacon.slot) == 4
    assert (store.current_sync_committee, store.next_sync_committee) == (CHAIN.committee(4), CHAIN.committee(5))


def test_several_in_a_row_are_crossed_one_by_one() -> None:
    store = followed(late(2), early(3), early(4), early(5), late(6))
    assert store.finalized_header == CHAIN.header(CHAIN.finalized_slot(6 * PERIOD + 60))


def test_a_rotation_by_finality_alone_goes_on_in_the_same_way() -> None:
    alone = from_finality_update(CHAIN.finality_update(3 * PERIOD + 40), NETWORK)
    before = followed(late(2), alone)
    assert (NETWORK.period_at_slot(before.finalized_header.beacon.slot), before.next_sync_committee) == (3, None)
    store = followed(late(2), alone, early(3), late(4))
    assert store.current_sync_committee == CHAIN.committee(4)


def test_one_half_alone_changes_no_committee() -> None:
    before, after = followed(late(2)), followed(late(2), early(3))
    assert (after.current_sync_committee, after.next_sync_committee) == (before.current_sync_committee, before.next_sync_committee)


def test_what_does_not_confirm_is_refused_by_name() -> None:
    store, waiting, following = followed(late(2)), early(3), late(4)
    other = SyntheticChain(NETWORK, "other")
    with pytest.raises(InvalidSignature):
        process_light_client_update_pair(store, waiting, late(4, other), NOW, NETWORK, BLS)
    with pytest.raises(InvalidSignature):
        process_light_client_update_pair(store, early(3, other), following, NOW, NETWORK, BLS)
    with pytest.raises(UnconfirmedCommittee):  # two thirds must name the committee
        process_light_client_update_pair(store, early(3, participants=21), following, NOW, NETWORK, BLS)
    with pytest.raises(UnconfirmedCommittee):  # two thirds must confirm it
        process_light_client_update_pair(store, waiting, CHAIN.update(4 * PERIOD + 60, participants=21), NOW, NETWORK, BLS)
    with pytest.raises(UnconfirmedCommittee):  # what it finalizes must be later than what named it
        process_light_client_update_pair(store, CHAIN.update(4 * PERIOD - 2), early(4), NOW, NETWORK, BLS)
    with pytest.raises(SkippedPeriod):
        process_or_bridge(store, waiting, late(5), NOW, NETWORK, BLS)


class _Mainnet1601(FakeSource):
    async def updates(self, start_period: int, count: int) -> tuple[LightClientUpdate, ...]:
        found = await super().updates(start_period, count)
        odd = (3, 4, 6)
        return tuple(early(start_period + place) if start_period + place in odd else update for place, update in enumerate(found))


def test_a_client_that_was_away_for_years_of_such_periods_arrives_and_can_prove_it() -> None:
    async def story() -> None:
        world = World(slot=8 * PERIOD + 30)
        source = _Mainnet1601(CHAIN, world.clock)
        world.client._pool._sources = (source,)
        await world.start()
        assert (world.client.status().period, world.client.status().refusals) == (8, {})
        trace = world.client.trace()
        proven = verify_trace(trace, CHECKPOINT, NETWORK, current_slot=8 * PERIOD + 30, bls=BLS)
        assert proven.finalized_header == world.client.head().finalized.header
        cut = replace(trace, updates=tuple(each for each in trace.updates if each != early(3)))
        with pytest.raises(SkippedPeriod):
            verify_trace(cut, CHECKPOINT, NETWORK, current_slot=NOW, bls=BLS)

    asyncio.run(story())
