"""A source over the synthetic chain that can be told to misbehave, and what else a client under test needs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

from lightclient.errors import MalformedMessage, SourceLacksData, SourceUnreachable
from lightclient.sources import LightClientEvent
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate
from tests.lightclient.synthetic import SyntheticChain


@dataclass
class Clock:
    """Unix time that tests move; sleeping moves it too."""

    now: float

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@dataclass
class FakeSource:
    """Answers for the slot before the clock's, as an honest server would, unless `misbehave` says otherwise."""

    chain: SyntheticChain
    clock: Clock
    name: str = "fake"
    misbehave: str = ""
    """`down`, `stall`, `garbage`, `lie`, `no-events`, `no-updates`."""
    calls: list[str] = field(default_factory=list)
    pending: list[LightClientEvent] = field(default_factory=list)
    on_event: Callable[[], None] | None = None

    @property
    def slot(self) -> int:
        return self.chain.network.slot_at_time(self.clock.now) - 1

    async def bootstrap(self, block_root: bytes) -> LightClientBootstrap:
        await self._called("bootstrap")
        bootstrap = self.chain.bootstrap(136)
        return replace(bootstrap, current_sync_committee=self.chain.committee(9)) if self.misbehave == "lie" else bootstrap

    async def updates(self, start_period: int, count: int) -> tuple[LightClientUpdate, ...]:
        await self._called(f"updates {start_period} {count}")
        slots = self.chain.network.preset.slots_per_period
        found = []
        for period in range(start_period, start_period + count):
            attested = min(period * slots + slots - 2, self.slot)
            if self.misbehave == "no-updates" or self.chain.finalized_slot(attested) < period * slots:
                break
            found.append(self._lie(self.chain.update(attested)))
        if not found:
            raise SourceLacksData(self.name, "updates", 500)
        return tuple(found)

    async def finality_update(self) -> LightClientFinalityUpdate:
        await self._called("finality_update")
        update = self.chain.finality_update(self.slot)
        return replace(update, finalized_header=self.chain.header(self.slot - 30)) if self.misbehave == "lie" else update

    async def optimistic_update(self) -> LightClientOptimisticUpdate:
        await self._called("optimistic_update")
        update = self.chain.optimistic_update(self.slot)
        forged = replace(update.sync_aggregate, sync_committee_signature=bytes(96))
        return replace(update, sync_aggregate=forged) if self.misbehave == "lie" else update

    async def events(self) -> AsyncIterator[LightClientEvent]:
        await self._called("events")
        if self.misbehave == "no-events":
            raise SourceLacksData(self.name, "events", 404)
        while self.pending:
            if self.on_event is not None:
                self.on_event()
            yield self.pending.pop(0)
        if self.misbehave == "silent":
            await asyncio.Event().wait()

    def _lie(self, update: LightClientUpdate) -> LightClientUpdate:
        return replace(update, next_sync_committee=self.chain.committee(77)) if self.misbehave == "lie" else update

    async def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.misbehave == "down":
            raise SourceUnreachable(self.name, "connection refused")
        if self.misbehave == "garbage":
            raise MalformedMessage("data", "not an object")
        if self.misbehave == "stall":
            raise SourceUnreachable(self.name, "no whole answer within 60 s")
        await asyncio.sleep(0)
