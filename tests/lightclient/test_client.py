"""The client against sources that implement the real interface and lie, stall, send garbage, or are gone for a while."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.client import LightClient
from lightclient.errors import (
    CheckpointDisagreement,
    CheckpointTooOld,
    ClockBehind,
    ForeignStoreFile,
    NoCheckpoint,
    NotStarted,
    TraceBroken,
)
from lightclient.persistence import StoreFile
from lightclient.settings import LightClientSettings
from lightclient.ssz import hash_tree_root
from lightclient.trace import verify_trace
from tests.lightclient.fakes import Clock, FakeSource
from tests.lightclient.synthetic import SyntheticChain

CHAIN = SyntheticChain()
NETWORK = CHAIN.network
CHECKPOINT = hash_tree_root(CHAIN.header(136).beacon)
BLS = PyblstBackend()


class World:
    """A client with its surroundings."""

    def __init__(
        self,
        *behaviours: str,
        slot: int = 185,
        path: Path | None = None,
        checkpoint: bytes = CHECKPOINT,
        monotonic: Any = None,
        choose: Any = None,
        **settings: Any,
    ) -> None:
        self.clock = Clock(NETWORK.time_at_slot(slot) + 1.0)
        self.sources = [FakeSource(CHAIN, self.clock, f"source-{index}", misbehave=how) for index, how in enumerate(behaviours or ("",))]
        self.conditions: list[tuple[str, str | None]] = []
        self.client = LightClient(
            NETWORK,
            checkpoint,
            self.sources,
            bls=BLS,
            time=self.clock.time,
            on_condition=lambda name, severity, _text: self.conditions.append((name, severity)),
            settings=LightClientSettings(**settings),
            file=None if path is None else StoreFile(path),
            monotonic=self.clock.time if monotonic is None else monotonic,
            choose=choose,
            sleep=self.clock.sleep,
        )

    async def start(self) -> None:
        await self.client.start()
        await self.client.catch_up()
        await self.client.poll()


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


def test_it_bootstraps_catches_up_and_shows_both_heads_with_participation_and_age() -> None:
    async def story() -> None:
        world = World(slot=6 * 64 + 30)
        with pytest.raises(NotStarted):
            world.client.head()
        await world.start()
        heads = world.client.head()
        assert heads.optimistic.slot == 6 * 64 + 29
        assert heads.finalized.slot == CHAIN.finalized_slot(6 * 64 + 29)
        assert (heads.finalized.participants, heads.optimistic.participants, heads.finalized.committee_size) == (32, 32, 32)
        assert heads.optimistic.age_seconds == 13.0
        status = world.client.status()
        assert (status.period, status.next_committee_known, status.refusals, status.forced) == (6, True, {}, False)
        assert heads.finalized.execution is not None

    run(story())


def test_its_trace_proves_the_head_to_someone_who_only_trusts_the_checkpoint() -> None:
    async def story() -> None:
        world = World(slot=185)
        await world.start()
        for slot in range(186, 5 * 64, 9):
            world.clock.now = float(NETWORK.time_at_slot(slot))
            await world.client.poll()
            await world.client.catch_up()
            trace = world.client.trace()
            proven = verify_trace(trace, CHECKPOINT, NETWORK, current_slot=slot, bls=BLS)
            assert proven.finalized_header == world.client.head().finalized.header
            assert len(trace.updates) <= 4

    run(story())


@pytest.mark.parametrize(
    ("how", "refusals"),
    [
        ("lie", {"WrongCommitteeBranch", "WrongNextCommitteeBranch", "WrongFinalityBranch", "InvalidSignature"}),
        ("garbage", {"MalformedMessage"}),
        ("down", set()),
        ("stall", set()),
    ],
)
def test_a_bad_source_is_passed_over_and_remembered(how: str, refusals: set[str]) -> None:
    async def story() -> None:
        world = World(how, "", slot=4 * 64 + 30)
        await world.start()
        assert world.client.head().optimistic.slot == 4 * 64 + 29
        status = world.client.status()
        assert set(status.refusals) <= refusals
        assert bool(status.refusals) == bool(refusals)
        bad, good = status.sources
        assert good.accepted > 0
        if refusals:
            assert bad.quality < 0.6
        else:
            assert bad.availability < 0.8
            assert bad.quality == 1.0
        world.sources[0].calls.clear()
        await world.client.poll()
        assert not world.sources[0].calls  # the honest source is asked first now

    run(story())


@pytest.mark.parametrize("how", ["lie", "garbage"])
def test_alone_with_a_liar_it_refuses_by_name_and_believes_nothing(how: str) -> None:
    async def story() -> None:
        world = World(how)
        starting = asyncio.create_task(world.client.start())
        for _ in range(20):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        (score,) = world.client.status().sources
        assert (score.accepted, score.refused > 1) == (0, True)
        assert world.conditions == [("lightclient.unreachable", "error")]
        with pytest.raises(NotStarted):
            world.client.head()

    run(story())


def test_an_outage_is_reported_once_when_it_begins_and_once_when_it_ends() -> None:
    async def story() -> None:
        world = World()
        await world.start()
        source = world.sources[0]
        source.misbehave = "down"
        task = asyncio.create_task(world.client.run())
        for _ in range(200):
            await asyncio.sleep(0)
        source.misbehave = "no-events"
        for _ in range(200):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert world.conditions.count(("lightclient.unreachable", "error")) == 1
        assert world.conditions.count(("lightclient.unreachable", None)) == 1

    run(story())


def test_a_head_that_grows_old_is_reported() -> None:
    async def story() -> None:
        world = World(stale_slots=16)
        await world.start()
        world.clock.now += 30 * 12
        world.client._check_age()
        world.client._check_age()
        await world.client.poll()
        assert world.conditions == [("lightclient.stale", "warning"), ("lightclient.stale", None)]

    run(story())


def test_events_move_the_heads() -> None:
    async def story() -> None:
        world = World()
        await world.start()
        source = world.sources[0]
        source.pending = [CHAIN.optimistic_update(slot) for slot in (190, 191)] + [CHAIN.finality_update(191)]
        world.clock.now = float(NETWORK.time_at_slot(193))
        await world.client.listen()
        assert world.client.head().optimistic.slot == 191
        assert world.client.head().finalized.slot == CHAIN.finalized_slot(191)

    run(story())


def test_a_lying_event_is_refused_and_its_source_no_longer_listened_to() -> None:
    async def story() -> None:
        world = World("", "")
        await world.start()
        liar, honest = world.sources
        liar.pending = [SyntheticChain(NETWORK, "forged").optimistic_update(190), CHAIN.optimistic_update(191)]
        honest.pending = [CHAIN.optimistic_update(191)]
        world.clock.now = float(NETWORK.time_at_slot(193))
        await world.client.listen()
        assert world.client.status().refusals == {"InvalidSignature": 1}
        assert world.client.head().optimistic.slot < 191
        await world.client.listen()
        assert world.client.head().optimistic.slot == 191
        assert (len(liar.pending), len(honest.pending)) == (1, 0)

    run(story())


def test_alone_with_a_liar_of_events_health_says_so() -> None:
    async def story() -> None:
        world = World()
        await world.start()
        forged = SyntheticChain(NETWORK, "forged")
        world.sources[0].misbehave = "lie"
        world.sources[0].pending = [forged.optimistic_update(slot) for slot in range(190, 200)]
        task = asyncio.create_task(world.client.run())
        for _ in range(200):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ("lightclient.unreachable", "error") in world.conditions

    run(story())


def test_a_silent_stream_is_left() -> None:
    async def story() -> None:
        world = World("silent", poll_seconds=0.001)
        await world.start()
        await world.client.listen()
        assert world.sources[0].calls[-1] == "events"

    run(story())


def test_waiting_for_a_block_ends_when_it_is_final_and_can_be_cancelled() -> None:
    async def story() -> None:
        world = World()
        waiting = asyncio.create_task(world.client.wait_finalized(200))
        await world.start()
        await asyncio.sleep(0)
        assert not waiting.done()
        world.clock.now = float(NETWORK.time_at_slot(230))
        await world.client.catch_up()
        await world.client.poll()
        execution = await waiting
        assert execution.block_number >= 200
        endless = asyncio.create_task(world.client.wait_finalized(10**9))
        await asyncio.sleep(0)
        endless.cancel()
        with pytest.raises(asyncio.CancelledError):
            await endless

    run(story())


def test_a_restart_is_at_its_last_head_without_any_source(tmp_path: Path) -> None:
    async def story() -> None:
        first = World(path=tmp_path / "store")
        await first.start()
        first.client._persist(at_once=True)
        second = World("down", path=tmp_path / "store", checkpoint=b"")
        await second.client.start()
        assert second.client.head() == first.client.head()
        assert second.client.trace() == first.client.trace()
        assert not second.sources[0].calls

    run(story())


def test_a_damaged_store_file_is_reported_and_the_checkpoint_serves_again(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "store"
        path.write_bytes(b"not a store file")
        world = World(path=path)
        await world.start()
        assert world.client.head().finalized.slot > 136
        world.client._persist(at_once=True)
        assert world.conditions == [("lightclient.store_file", "warning"), ("lightclient.store_file", None)]

    run(story())


def test_a_store_file_of_another_checkpoint_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        first = World(path=tmp_path / "store")
        await first.start()
        first.client._persist(at_once=True)
        with pytest.raises(ForeignStoreFile):
            await World(path=tmp_path / "store", checkpoint=b"\1" * 32).client.start()

    run(story())


def test_writes_are_coalesced_and_a_full_disk_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        world = World(path=tmp_path / "store", persist_interval_seconds=600)
        await world.start()
        keeper = world.client._keeper
        assert keeper is not None
        file = keeper.file
        written = file.bytes_written
        world.clock.now = float(NETWORK.time_at_slot(188))
        await world.client.poll()
        assert file.bytes_written == written

        def full(payload: bytes) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(file, "save", full)
        monkeypatch.setattr(keeper.heads, "save", full)
        world.client._persist(at_once=True)
        world.client._persist(at_once=True)
        monkeypatch.undo()
        world.client._persist(at_once=True)
        assert world.conditions == [("lightclient.disk", "warning"), ("lightclient.disk", None)]

    run(story())


def test_a_checkpoint_past_the_weak_subjectivity_limit_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        world = World(slot=136 + 3600 // 12 + 2, max_checkpoint_age_seconds=3600)
        with pytest.raises(CheckpointTooOld):
            await world.client.start()
        fresh = World(path=tmp_path / "store")
        await fresh.start()
        fresh.client._persist(at_once=True)
        late = World(path=tmp_path / "store", slot=136 + 20 * 86400 // 12)
        with pytest.raises(CheckpointTooOld) as refusal:
            await late.client.start()
        assert refusal.value.limit_seconds == 14 * 86400

    run(story())


def test_without_checkpoint_and_store_file_there_is_nothing_to_begin_with(tmp_path: Path) -> None:
    with pytest.raises(NoCheckpoint):
        run(World(path=tmp_path / "store", checkpoint=b"").client.run())


def test_a_clock_that_jumps_back_is_refused() -> None:
    async def story() -> None:
        world = World()
        await world.start()
        world.client._check_clock()
        world.clock.now -= 24
        with pytest.raises(ClockBehind):
            world.client._check_clock()

    run(story())


@pytest.mark.parametrize("allowed", [False, True])
def test_forced_updates_need_the_policy_and_break_the_trace(allowed: bool) -> None:
    async def story() -> None:
        world = World(allow_forced_updates=allowed)
        await world.start()
        before = world.client.head().finalized.slot
        world.clock.now = float(NETWORK.time_at_slot(188))
        world.client._take(CHAIN.update(186, participants=20))
        world.clock.now = float(NETWORK.time_at_slot(before + 66))
        world.client._force()
        assert (world.client.head().finalized.slot > before) == allowed
        assert world.client.status().forced == allowed
        if allowed:
            with pytest.raises(TraceBroken):
                world.client.trace()

    run(story())


def test_a_source_that_lies_in_the_middle_of_a_range_is_replaced_where_it_stopped() -> None:
    async def story() -> None:
        world = World("", "", slot=6 * 64 + 30)
        first = world.sources[0]
        honest = first.updates

        async def spoiled(start_period: int, count: int) -> Any:
            updates = await honest(start_period, count)
            return (*updates[:1], replace(updates[1], next_sync_committee=CHAIN.committee(50)), *updates[2:]) if count > 2 else updates

        first.updates = spoiled  # type: ignore[method-assign]
        await world.client.start()
        await world.client.catch_up()
        await world.client.catch_up()
        assert world.client.status().period == 6
        assert [score.refused for score in world.client.status().sources] == [1, 0]

    run(story())


def test_a_young_period_without_an_update_is_no_outage() -> None:
    async def story() -> None:
        world = World()
        await world.start()
        world.clock.now = float(NETWORK.time_at_slot(3 * 64 + 20))
        world.sources[0].misbehave = "no-updates"
        await world.client.poll()
        await world.client.catch_up()
        assert world.client.status().next_committee_known is False
        assert world.conditions == []

    run(story())


def test_a_checkpoint_is_chosen_when_there_is_none_and_asked_for_again_until_providers_agree() -> None:
    async def story() -> None:
        answers: list[bytes | Exception] = [CheckpointDisagreement(2, ("a: x", "b: y")), CHECKPOINT]

        async def choose() -> bytes:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        world = World(checkpoint=b"", choose=choose)
        await world.start()
        assert world.client.status().checkpoint == CHECKPOINT
        assert world.conditions == [("lightclient.unreachable", "error"), ("lightclient.unreachable", None)]

        async def nothing() -> bytes:
            return b""

        with pytest.raises(NoCheckpoint):
            await World(checkpoint=b"", choose=nothing).client.start()

    run(story())
