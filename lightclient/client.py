"""The light client as a running thing: bootstraps from a checkpoint, catches up by periods, follows events, persists, and tells others.

Every decision about what to believe is made in `lightclient.spec`; this module only fetches, hands over and remembers. One task runs it
(`run`), and everything else may be called from that task's event loop at any time. Invariants: the store only ever becomes what `process_*`
returned; a refused message changes nothing but scores and counts; time comes from the injected clock alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from lightclient.bls.backend import BlsBackend
from lightclient.errors import (
    CheckpointTooOld,
    ClockBehind,
    DamagedStoreFile,
    EnvironmentalError,
    ForeignStoreFile,
    IrrelevantUpdate,
    NoSourceAnswers,
    NotStarted,
    PeerError,
    SourceLacksData,
    TraceBroken,
)
from lightclient.heads import Head, Heads, Status
from lightclient.network import Network
from lightclient.persistence import StoreFile
from lightclient.pool import SourcePool
from lightclient.settings import LightClientSettings
from lightclient.snapshot import Snapshot, decode_snapshot, encode_snapshot
from lightclient.sources import BeaconSource, LightClientEvent
from lightclient.spec import (
    from_finality_update,
    from_optimistic_update,
    get_safety_threshold,
    initialize_light_client_store,
    process_light_client_store_force_update,
    process_light_client_update,
)
from lightclient.trace import Trace, record
from lightclient.types import ExecutionPayloadHeader, LightClientFinalityUpdate, LightClientUpdate

OnCondition = Callable[[str, str | None, str], None]
"""`on_condition(name, severity or None when it is over, text)`: called once when an outage begins and once when it ends."""


class LightClient:
    """Follows one network from one checkpoint through any number of untrusted sources."""

    def __init__(
        self,
        network: Network,
        checkpoint: bytes,
        sources: Sequence[BeaconSource],
        *,
        bls: BlsBackend,
        time: Callable[[], float],
        on_condition: OnCondition,
        settings: LightClientSettings | None = None,
        file: StoreFile | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Remembers; nothing is fetched before `run`. `checkpoint` is a block root that the user trusts; `time` is Unix seconds."""
        self.network = network
        self._checkpoint = checkpoint
        self._pool = SourcePool(sources)
        self._bls = bls
        self._time = time
        self._sleep = sleep
        self._settings = settings or LightClientSettings()
        self._file = file
        self._report = _OnceEach(on_condition)
        self._memory: Snapshot | None = None
        self._changed = asyncio.Event()
        self._persisted_at = float("-inf")
        self._dirty = False

    # What others may ask, at any time

    def head(self) -> Heads:
        """Returns both heads as of now.

        Raises:
            NotStarted: no bootstrap has verified yet.
        """
        memory = self._known()
        now = self._time()
        size = self.network.preset.sync_committee_size
        finalized, optimistic = memory.store.finalized_header, memory.store.optimistic_header
        return Heads(
            finalized=Head(finalized, memory.finalized_participants, size, now - self.network.time_at_slot(finalized.beacon.slot)),
            optimistic=Head(optimistic, memory.optimistic_participants, size, now - self.network.time_at_slot(optimistic.beacon.slot)),
        )

    def status(self) -> Status:
        """Returns everything a person may want to know."""
        memory = self._memory
        return Status(
            network=self.network.name,
            checkpoint=self._checkpoint,
            heads=None if memory is None else self.head(),
            period=0 if memory is None else self.network.period_at_slot(memory.store.finalized_header.beacon.slot),
            next_committee_known=memory is not None and memory.store.next_sync_committee is not None,
            safety_threshold=0 if memory is None else get_safety_threshold(memory.store),
            sources=self._pool.scores,
            refusals=dict(self._pool.refusals),
            forced=memory is not None and memory.forced,
        )

    def trace(self) -> Trace:
        """Returns the evidence that proves the finalized head from the checkpoint to anyone.

        Raises:
            NotStarted: no bootstrap has verified yet.
            TraceBroken: an update was forced, so that no finality proves what is believed.
        """
        memory = self._known()
        if memory.forced:
            raise TraceBroken
        return memory.trace

    async def wait_finalized(self, block_number: int) -> ExecutionPayloadHeader:
        """Returns the execution header of the finalized head as soon as that is at or past the block number.

        May be cancelled at any time; waits for ever where the network does not finalize.
        """
        while True:
            changed = self._changed
            execution = None if self._memory is None else self._memory.store.finalized_header.execution
            if execution is not None and execution.block_number >= block_number:
                return execution
            await changed.wait()

    # Running

    async def run(self) -> None:
        """Follows the network until cancelled; outages are reported and waited out.

        Raises:
            OursError: the checkpoint is too old, or the store file is of another network; no retry will help.
        """
        try:
            await self._start()
            while True:
                try:
                    self.check_clock()
                    await self.catch_up()
                    await self.poll()
                    await self._listen()
                except EnvironmentalError as error:
                    name = "lightclient.clock" if isinstance(error, ClockBehind) else "lightclient.unreachable"
                    self._report(name, "error", str(error))
                    await self._sleep(self._settings.retry_seconds)
                self._check_age()
        finally:
            self._persist(at_once=True)

    async def _start(self) -> None:
        if self._restore():
            return
        while True:
            try:
                await self._pool.ask("give the bootstrap", self._bootstrap)
            except NoSourceAnswers as error:
                self._report("lightclient.unreachable", "error", str(error))
                await self._sleep(self._settings.retry_seconds)
            else:
                self._report("lightclient.unreachable", None, "bootstrapped")
                return

    async def catch_up(self) -> None:
        """Applies one update per missed period, until the current committee and, where the chain has finalized it, the next are known."""
        while True:
            store = self._known().store
            period = self.network.period_at_slot(store.finalized_header.beacon.slot)
            current = self.network.period_at_slot(self.current_slot())
            if store.next_sync_committee is not None and period >= current:
                return
            start = period if store.next_sync_committee is None else period + 1

            async def attempt(source: BeaconSource, start: int = start, count: int = current - start + 1) -> bool:
                try:
                    updates = await source.updates(start, count)
                except SourceLacksData:
                    if count > 1:
                        raise
                    return False  # the current period has no update before its first finality
                moved = False
                for update in updates:
                    moved |= self._process(update)
                    await asyncio.sleep(0)  # a year of periods is seconds of arithmetic: let others run in between
                return moved

            if not await self._pool.ask("give updates", attempt):
                return

    async def poll(self) -> None:
        """Asks once for the latest finality and optimistic update."""

        async def finality(source: BeaconSource) -> None:
            with suppress(SourceLacksData):  # a young chain has none
                self._take(await source.finality_update())

        async def optimistic(source: BeaconSource) -> None:
            self._take(await source.optimistic_update())

        for task, attempt in (("give a finality update", finality), ("give an optimistic update", optimistic)):
            await self._pool.ask(task, attempt)
        self._report("lightclient.unreachable", None, "sources answer again")
        self._force()
        self._persist(at_once=False)
        self._check_age()

    async def _listen(self) -> None:
        """Takes events from the best source until it is time to poll again: the stream ended, fell silent, or brought a new period."""
        source = self._pool.best()
        period = self.network.period_at_slot(self._known().store.finalized_header.beacon.slot)
        events = aiter(source.events())
        try:
            while True:
                async with asyncio.timeout(2 * self._settings.poll_seconds):
                    event = await anext(events)
                self._take_event(source, event)
                store = self._known().store
                if self.network.period_at_slot(store.finalized_header.beacon.slot) != period or store.next_sync_committee is None:
                    await self._sleep(self._settings.poll_seconds)
                    return
        except TimeoutError:
            return
        except (EnvironmentalError, StopAsyncIteration):
            # A server without events is not a bad server: polling serves as well.
            await self._sleep(self._settings.poll_seconds)
        except PeerError as error:
            self._pool.note(source, error)
        finally:
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()

    # Taking messages

    def current_slot(self) -> int:
        """Returns the slot by the injected clock."""
        return self.network.slot_at_time(self._time())

    def check_clock(self) -> None:
        """Raises ClockBehind where the clock shows a slot before one that is known to have begun."""
        memory = self._known()
        known = max(memory.store.optimistic_header.beacon.slot, memory.seen_slot)
        current = self.current_slot()
        if current < known:
            raise ClockBehind(current, known)
        self._report("lightclient.clock", None, "the clock agrees again")
        self._memory = replace(memory, seen_slot=current)

    def _take_event(self, source: BeaconSource, event: LightClientEvent) -> None:
        try:
            self._take(event)
        except PeerError as error:
            self._pool.note(source, error)
        self._persist(at_once=False)
        self._check_age()

    def _take(self, message: LightClientEvent) -> None:
        if isinstance(message, LightClientFinalityUpdate):
            update = from_finality_update(message, self.network)
        else:
            update = from_optimistic_update(message, self.network)
        self._process(update)

    def _process(self, update: LightClientUpdate) -> bool:
        """Validates and applies; returns whether committees or the finalized header changed. What is merely old news is not refused."""
        memory = self._known()
        before = memory.store
        try:
            after = process_light_client_update(before, update, self.current_slot(), self.network, self._bls)
        except IrrelevantUpdate:
            return False
        participants = update.sync_aggregate.participants
        finalized_moved = after.finalized_header != before.finalized_header
        committees_moved = (after.current_sync_committee, after.next_sync_committee) != (
            before.current_sync_committee,
            before.next_sync_committee,
        )
        self._memory = replace(
            memory,
            store=after,
            trace=record(memory.trace, before, after, update),
            finalized_participants=participants if finalized_moved else memory.finalized_participants,
            optimistic_participants=participants if after.optimistic_header != before.optimistic_header else memory.optimistic_participants,
        )
        self._dirty = self._dirty or after != before
        if finalized_moved or committees_moved:
            self._announce()
        if committees_moved:
            self._persist(at_once=True)
        return finalized_moved or committees_moved

    async def _bootstrap(self, source: BeaconSource) -> None:
        bootstrap = await source.bootstrap(self._checkpoint)
        store = initialize_light_client_store(self.network, self._checkpoint, bootstrap)
        self._refuse_old(store.finalized_header.beacon.slot)
        self._memory = Snapshot(
            genesis_validators_root=self.network.genesis_validators_root,
            checkpoint=self._checkpoint,
            store=store,
            trace=Trace(bootstrap),
            finalized_participants=0,
            optimistic_participants=0,
            seen_slot=0,
            forced=False,
        )
        self._dirty = True
        self._announce()

    def _force(self) -> None:
        memory = self._known()
        if not self._settings.allow_forced_updates:
            return
        after = process_light_client_store_force_update(memory.store, self.current_slot(), self.network)
        if after != memory.store:
            self._memory = replace(memory, store=after, forced=True)
            self._report("lightclient.forced", "warning", "a header was taken as finalized that the network did not finalize")
            self._announce()

    # Remembering

    def _restore(self) -> bool:
        """Loads the store file, if there is one; returns whether it serves."""
        if self._file is None:
            return False
        try:
            loaded = self._file.load(lambda payload: decode_snapshot(payload, self.network))
        except DamagedStoreFile as error:
            self._report("lightclient.store_file", "warning", f"{error}; starting anew from the checkpoint")
            return False
        if loaded is None:
            return False
        snapshot, damage = loaded
        if damage is not None:
            self._report("lightclient.store_file", "warning", f"{damage}; the last good copy is used")
        if snapshot.genesis_validators_root != self.network.genesis_validators_root:
            raise ForeignStoreFile(str(self._file.path), "it is of another network")
        if self._checkpoint not in (b"", snapshot.checkpoint):
            raise ForeignStoreFile(str(self._file.path), "it began with another checkpoint")
        self._refuse_old(snapshot.store.finalized_header.beacon.slot)
        self._checkpoint = snapshot.checkpoint
        self._memory = snapshot
        self._announce()
        return True

    def _persist(self, *, at_once: bool) -> None:
        if self._file is None or self._memory is None or not self._dirty:
            return
        now = self._time()
        if not at_once and 0 <= now - self._persisted_at < self._settings.persist_interval_seconds:
            return
        try:
            self._file.save(encode_snapshot(self._memory, self.network))
        except OSError as error:
            self._report("lightclient.disk", "warning", f"the store file cannot be written: {error}; following goes on from memory")
            return
        self._report("lightclient.disk", None, "the store file is written again")
        self._report("lightclient.store_file", None, "the store file is whole again")
        self._persisted_at, self._dirty = now, False

    def _refuse_old(self, slot: int) -> None:
        age = int(self._time() - self.network.time_at_slot(slot))
        if age > self._settings.max_checkpoint_age_seconds:
            raise CheckpointTooOld(age, self._settings.max_checkpoint_age_seconds)

    def _check_age(self) -> None:
        if self._memory is None:
            return
        slots = self.current_slot() - self._memory.store.optimistic_header.beacon.slot
        if slots > self._settings.stale_slots:
            self._report("lightclient.stale", "warning", f"the newest verified header is {slots} slots old")
        else:
            self._report("lightclient.stale", None, "the head is fresh again")

    def _announce(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _known(self) -> Snapshot:
        if self._memory is None:
            raise NotStarted
        return self._memory


class _OnceEach:
    """Passes on the beginning and the end of each condition, and no repeats."""

    def __init__(self, on_condition: OnCondition) -> None:
        self._on_condition = on_condition
        self._active: set[str] = set()

    def __call__(self, name: str, severity: str | None, text: str) -> None:
        if (severity is None) == (name not in self._active):
            return
        self._active ^= {name}
        self._on_condition(name, severity, text)
