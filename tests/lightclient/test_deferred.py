"""Catching up on stated aggregates first, with every key checked before anything is written, served or called final."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from lightclient.bls.arkworks_backend import ArkworksBackend
from lightclient.bls.deferred import DeferredBackend, deferral
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.client import LightClient
from lightclient.errors import InvalidCommitteeKey, NoSourceAnswers
from lightclient.forks import DOMAIN_SYNC_COMMITTEE
from lightclient.network import compute_domain, compute_signing_root
from lightclient.persistence import StoreFile
from lightclient.settings import LightClientSettings
from lightclient.ssz import hash_tree_root
from lightclient.types import SyncCommittee
from tests.lightclient.fakes import Clock, FakeSource
from tests.lightclient.synthetic import FALSE_KEY, SyntheticChain

CHAIN = SyntheticChain()
COMMITTEE = CHAIN.committee(3)


def signed(participants: int) -> tuple[bytes, bytes, bytes]:
    """Returns bits, message and signature by members of the committee of period 3."""
    update = CHAIN.update(200, participants=participants)
    domain = compute_domain(DOMAIN_SYNC_COMMITTEE, CHAIN.network.forks[-1].version, CHAIN.network.genesis_validators_root)
    aggregate = update.sync_aggregate
    message = compute_signing_root(hash_tree_root(update.attested_header.beacon), domain)
    return aggregate.sync_committee_bits, message, aggregate.sync_committee_signature


@pytest.mark.parametrize(("participants", "owed"), [(32, 1), (28, 1), (27, 0), (1, 0)])
def test_few_absentees_are_answered_at_once_and_owed(participants: int, owed: int) -> None:
    backend = DeferredBackend(PyblstBackend())
    bits, message, signature = signed(participants)
    assert backend.committee(COMMITTEE).verify(bits, message, signature)
    assert backend.owed == owed
    assert not backend.committee(COMMITTEE).verify(bits, bytes(32), signature)
    assert not backend.committee(COMMITTEE).verify(bits[1:], message, signature)
    assert backend.check(5) == 0
    assert backend.committee(COMMITTEE).verify(bits, message, signature)
    assert backend.owed == 0


def test_a_stated_aggregate_that_is_another_is_found_out() -> None:
    backend = DeferredBackend(PyblstBackend())
    bits, message, signature = signed(32)
    swapped = SyncCommittee((COMMITTEE.pubkeys[1], *COMMITTEE.pubkeys[1:]), COMMITTEE.aggregate_pubkey)
    assert backend.committee(swapped).verify(bits, message, signature)  # provisional: this is what is owed
    with pytest.raises(InvalidCommitteeKey):
        backend.check(1)
    backend.forget()
    assert backend.owed == 0
    assert not backend.committee(swapped).verify(bits, message, signature)  # from now on every key is checked at once
    with pytest.raises(InvalidCommitteeKey):
        DeferredBackend(PyblstBackend()).committee(SyncCommittee(COMMITTEE.pubkeys, b"\xc0" + bytes(47)))


def test_only_the_backend_that_can_defer_does() -> None:
    assert deferral(ArkworksBackend(), defer=True) is None
    assert deferral(PyblstBackend(), defer=False) is None
    assert deferral(PyblstBackend(), defer=True) is not None


class Deferring:
    """A client that defers, away for four periods."""

    def __init__(self, path: Path, chain: SyntheticChain) -> None:
        network = chain.network
        self.clock = Clock(network.time_at_slot(6 * 64 + 30) + 1.0)
        self.file = StoreFile(path)
        self.client = LightClient(
            network,
            hash_tree_root(chain.header(136).beacon),
            [FakeSource(chain, self.clock)],
            bls=PyblstBackend(),
            time=self.clock.time,
            monotonic=self.clock.time,
            on_condition=lambda *_: None,
            settings=LightClientSettings(defer_key_checks=True),
            file=self.file,
            sleep=self.clock.sleep,
        )


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


def test_a_client_arrives_owing_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        world = Deferring(tmp_path / "store", CHAIN)
        await world.client.start()
        await world.client.catch_up()
        await world.client.poll()
        assert (world.client.status().period, world.client.status().unchecked_committees) == (6, 0)
        assert world.file.bytes_written > 0

    run(story())


def test_a_false_aggregate_gives_up_what_rested_on_it_and_nothing_was_written(tmp_path: Path) -> None:
    async def story() -> None:
        world = Deferring(tmp_path / "store", SyntheticChain(seed=FALSE_KEY))
        await world.client.start()
        before = world.client._state.known()
        with pytest.raises(NoSourceAnswers, match="stated as the aggregate"):
            await world.client.catch_up()
        assert world.client._state.known().store == before.store
        world.client._persist(at_once=True)
        reloaded = Deferring(tmp_path / "store", SyntheticChain(seed=FALSE_KEY))
        await reloaded.client.start()
        assert reloaded.client._state.known().store == before.store
        with pytest.raises(NoSourceAnswers, match="InvalidSignature"):  # asked again, the source is found out and scored
            await world.client.catch_up()
        assert world.client.status().sources[0].refused == 1

    run(story())
