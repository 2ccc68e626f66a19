"""The light client as a running thing: bootstraps from a checkpoint, catches up by periods, follows events, persists, and tells others.

Every decision about what to believe is made in `lightclient.spec` and kept in `lightclient.state`; this module only fetches, hands over
and writes down. One task runs it (`run`); everything else may be called from that task's event loop at any time. Invariant: a refused
message changes nothing but scores and counts.
"""

import asyncio
import time as time_module
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from lightclient.bls.backend import BlsBackend
from lightclient.bls.deferred import deferral
from lightclient.brake import Brake
from lightclient.client_view import ClientView
from lightclient.conditions import OnceEach, OnCondition
from lightclient.errors import (
    ClockBehind,
    ClockJumped,
    EnvironmentalError,
    Frozen,
    InvalidCommitteeKey,
    NoCheckpoint,
    NoSourceAnswers,
    PeerError,
    SourceLacksData,
)
from lightclient.evidence import EvidenceFolder
from lightclient.fork_watch import ForkWatch
from lightclient.keeper import StoreKeeper
from lightclient.network import Network
from lightclient.persistence import StoreFile
from lightclient.pool import SourcePool
from lightclient.settings import LightClientSettings
from lightclient.snapshot import Snapshot
from lightclient.sources import BeaconSource, LightClientEvent
from lightclient.state import Change, ClientState
from lightclient.types import LightClientUpdate


class LightClient(ClientView):
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
        evidence: EvidenceFolder | None = None,
        choose: Callable[[], Awaitable[bytes]] | None = None,
        monotonic: Callable[[], float] = time_module.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Remembers; nothing is fetched before `run`. `checkpoint` is a block root that the user trusts; `time` is Unix seconds.

        Where no root is given, `choose` is asked for one once there is no store file to resume from.
        Evidence of conflicts lies beside the store file unless a folder is given; without either it is only reported.
        """
        self._settings = settings or LightClientSettings()
        self._choose = choose
        report = OnceEach(on_condition)
        if evidence is None and file is not None:
            evidence = EvidenceFolder(file.path.with_name(file.path.name + ".evidence"), network)
        keys = deferral(bls, defer=self._settings.defer_key_checks)
        state = ClientState(network, checkpoint, self._settings, keys or bls, time, monotonic)
        super().__init__(network, state, SourcePool(sources), Brake(evidence, report), keys)
        self._sleep = sleep
        self._report = report
        self._keeper = None if file is None else StoreKeeper(file, network, report, time, self._settings.persist_interval_seconds)
        self._watch = ForkWatch(network, report, time)
        self._announced_at = self._checked_at = float("-inf")
        self._monotonic = monotonic

    # Running

    async def run(self) -> None:
        """Follows the network until cancelled; outages are reported and waited out.

        Raises:
            OursError: the checkpoint is too old, or the store file is of another network; no retry will help.
        """
        try:
            await self.start()
            while True:
                try:
                    await self._round()
                except EnvironmentalError as error:
                    name = "lightclient.clock" if isinstance(error, ClockBehind | ClockJumped) else "lightclient.unreachable"
                    self._report(name, "error", str(error))
                    await self._sleep(self._settings.retry_seconds)
                except Frozen:
                    await self._sleep(self._settings.retry_seconds)
                self._check_age()
        finally:
            self.write_down()

    def write_down(self) -> None:
        """Writes the memory to the store file now, as at the end of `run`; nothing where there is no file or nothing changed."""
        self._persist(at_once=True, last=True)

    async def _round(self) -> None:
        """One turn: catches up, asks for the latest, compares the sources, and listens until it is time for the next."""
        self._brake.check()
        jumped = self._check_clock()
        await self.catch_up()
        await self.poll()
        if jumped is not None and not self._state.confirm_clock():
            raise jumped
        await self.cross_check()
        await self.ask_for_announcements()
        await self.listen()

    async def start(self) -> None:
        """Resumes from the store file, or waits until some source gives the checkpoint's bootstrap.

        Raises:
            OursError: as `run`.
        """
        snapshot = None if self._keeper is None else self._keeper.load(self._state.checkpoint)
        if snapshot is not None:
            self._state.resume(snapshot)
            self._note(Change(finalized=True))
            return
        if not self._state.checkpoint:
            await self._choose_checkpoint()

        async def attempt(source: BeaconSource) -> None:
            self._state.begin(await source.bootstrap(self._state.checkpoint))

        while True:
            try:
                await self._pool.ask("give the bootstrap", attempt)
            except NoSourceAnswers as error:
                self._report("lightclient.unreachable", "error", str(error))
                await self._sleep(self._settings.retry_seconds)
            else:
                self._report("lightclient.unreachable", None, "bootstrapped")
                self._note(Change(anything=True, finalized=True))
                return

    async def _choose_checkpoint(self) -> None:
        """Asks where trust should begin until there is an answer; providers that do not agree are asked again."""
        while self._choose is not None and not self._state.checkpoint:
            try:
                self._state.checkpoint = await self._choose()
            except EnvironmentalError as error:
                self._report("lightclient.unreachable", "error", str(error))
                await self._sleep(self._settings.retry_seconds)
            else:
                break
        if not self._state.checkpoint:
            raise NoCheckpoint

    async def catch_up(self) -> None:
        """Applies one update per missed period, until the current committee and, where the chain has finalized it, the next are known."""
        before = self._state.known()
        while self._missing() is not None:
            if not await self._pool.ask("give updates", self._updates):
                break
        await self._check_keys(before)

    async def poll(self) -> None:
        """Asks once for the latest finality and optimistic update."""

        async def finality(source: BeaconSource) -> None:
            with suppress(SourceLacksData):  # a young chain has none
                self._take(await source.finality_update())

        async def optimistic(source: BeaconSource) -> None:
            self._take(await source.optimistic_update())

        await self._pool.ask("give a finality update", finality)
        await self._pool.ask("give an optimistic update", optimistic)
        self._report("lightclient.unreachable", None, "sources answer again")
        self._state.confirm_clock()
        self._force()
        self._persist(at_once=False)
        self._check_age()

    async def cross_check(self) -> None:
        """Asks every source for its finality update, so that two that tell different stories are noticed; failures only cost score."""
        now = self._monotonic()
        if now - self._checked_at < self._settings.cross_check_seconds:
            return
        self._checked_at = now
        for source in self._pool.others():
            try:
                self._take(await source.finality_update())
            except (PeerError, EnvironmentalError) as error:
                self._pool.note(source, error)
            else:
                self._pool.credit(source)

    async def ask_for_announcements(self) -> None:
        """Asks the sources that can tell which forks they expect, and warns of those that this software does not know."""
        now = self._monotonic()
        if now - self._announced_at < self._settings.announcement_seconds:
            return
        self._announced_at = now
        await self._watch.ask(self._pool.sources)

    async def listen(self) -> None:
        """Takes events from the best source until it is time to poll again: the stream ended, fell silent, or brought a new period."""
        source, period = self._pool.best(), self._state.period()
        events = aiter(source.events())
        try:
            until = self._monotonic() + self._settings.cross_check_seconds
            while self._listening(period, until):
                async with asyncio.timeout(2 * self._settings.poll_seconds):
                    event = await anext(events)
                self._take_event(event)
            await self._sleep(self._settings.poll_seconds)
        except TimeoutError:
            return
        except (EnvironmentalError, StopAsyncIteration):
            # A server without events is not a bad server: polling serves as well.
            await self._sleep(self._settings.poll_seconds)
        except PeerError as error:
            # Whoever lies once is not listened to further: what others say is asked now, and health says if they say no better.
            self._pool.note(source, error)
            await self._sleep(self._settings.retry_seconds)
        finally:
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()

    def _listening(self, period: int, until: float) -> bool:
        known = self._state.period() == period and self._state.known().store.next_sync_committee is not None
        return known and self._monotonic() < until

    # Fetching and taking

    async def _check_keys(self, before: Snapshot) -> None:
        """Checks the keys of committees that were relied upon; where one is none, gives up all that was concluded from it."""
        while self._keys is not None and self._keys.owed:
            try:
                self._keys.check(1)
            except InvalidCommitteeKey as error:
                self._keys.forget()
                self._state.restore(before)
                raise NoSourceAnswers("give committees with valid keys", (str(error),)) from error
            await asyncio.sleep(0)

    def _missing(self) -> tuple[int, int] | None:
        """Returns the first period whose update is wanted and how many, or None."""
        period, current = self._state.period(), self.network.period_at_slot(self._state.current_slot())
        known = self._state.known().store.next_sync_committee is not None
        return None if known and period >= current else (period + known, current - period - known + 1)

    async def _updates(self, source: BeaconSource) -> bool:
        """Fetches and takes what is missing now; returns whether that led anywhere. Asked anew, it goes on where it was refused."""
        wanted = self._missing()
        if wanted is None:
            return False
        start, count = wanted
        try:
            updates = await source.updates(start, count)
        except SourceLacksData:
            if count > 1:
                raise
            return False  # the current period has no update before its first finality
        moved = False
        for update in updates:
            change = self._take(update)
            moved = moved or change.finalized or change.committees
            await asyncio.sleep(0)  # a year of periods is seconds of arithmetic: let others run in between
        return moved

    def _take(self, message: LightClientUpdate | LightClientEvent) -> Change:
        self._brake.check()
        change = self._state.take(message)
        if change.conflict is not None:
            self._brake.pull(change.conflict)
        self._note(change)
        return change

    def _take_event(self, event: LightClientEvent) -> None:
        try:
            self._take(event)
        finally:
            self._persist(at_once=False)
            self._check_age()

    def _force(self) -> None:
        if self._state.force():
            self._report("lightclient.forced", "warning", "a header was taken as finalized that the network did not finalize")
            self._note(Change(anything=True, finalized=True))

    def _note(self, change: Change) -> None:
        if self._keeper is not None and change.anything:
            self._keeper.dirty = True
        if change.finalized or change.committees:
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()
        if change.committees:
            self._persist(at_once=True)

    # Remembering and reporting

    def _persist(self, *, at_once: bool, last: bool = False) -> None:
        owed = 0 if self._keys is None else self._keys.owed
        if self._keeper is not None and self._state.memory is not None and not owed:
            self._keeper.save(self._state.memory, at_once=at_once, last=last)

    def _check_clock(self) -> ClockJumped | None:
        """Returns how the clock jumped, if it did: only headers as new as it says can make good for that, so they are asked for first."""
        try:
            self._state.check_clock()
        except ClockJumped as jumped:
            return jumped
        self._report("lightclient.clock", None, "the clock agrees again")
        return None

    def _check_age(self) -> None:
        slots = self._state.slots_behind()
        if slots > self._settings.stale_slots:
            self._report("lightclient.stale", "warning", f"the newest verified header is {slots} slots old")
        else:
            self._report("lightclient.stale", None, "the head is fresh again")
