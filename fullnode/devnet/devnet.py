"""The devnet composed: execution chain, beacon chain, their two servers and the ticking of slots, in one event loop.

Its blocks are real enough for a light client and a wallet; its consensus is one process that agrees with itself. `docs/devnet.md` says what
that leaves out. Invariant: blocks are made in the event loop's thread only, so that no lock is needed anywhere below.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from fullnode.devnet import beacon
from fullnode.devnet.consensus.block import Block
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.misbehave import Misbehaviour
from fullnode.devnet.execution.accounts import DevAccount
from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.execution.genesis import make_genesis
from fullnode.devnet.rpc.misbehave import RpcMisbehaviour
from fullnode.devnet.rpc.server import create_app as create_rpc_app
from fullnode.devnet.serving import serve
from fullnode.devnet.settings import DevnetSettings
from lightclient.network import Network


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from."""

    now_s: Callable[[], float]
    """Unix seconds."""
    sleep: Callable[[float], Awaitable[None]]
    """Waits so many seconds."""


SYSTEM_CLOCK: Final = Clock(time.time, asyncio.sleep)
"""The computer's own."""


class Devnet:
    """A chain that lives as long as the `async with` block around it; one task enters and leaves.

    If making a block fails, which is a defect of ours, the block around it is cancelled and the failure raised there.
    """

    def __init__(self, settings: DevnetSettings | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        self.settings = settings or DevnetSettings()
        self.clock = clock
        genesis_time = self.settings.genesis_time or int(clock.now_s())
        self.execution = ExecutionChain(make_genesis(self.settings.execution, timestamp=genesis_time), self.settings.execution)
        self.misbehave = Misbehaviour()
        self.rpc_misbehave = RpcMisbehaviour()
        self.consensus = BeaconChain(
            self.settings.consensus,
            self.execution,
            genesis_time=genesis_time,
            chain_id=self.settings.execution.chain_id,
            genesis_execution=self.execution.head.block,
            misbehaviour=self.misbehave,
        )
        self.rpc_url = ""
        self.beacon_url = ""
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Starts both servers and, if so set, the ticking of slots; `rpc_url` and `beacon_url` are known afterwards."""
        async with AsyncExitStack() as stack:
            beacon_app = beacon.create_app(self.consensus, self.settings.beacon, now_s=self.now_s, sleep=self.clock.sleep)
            rpc_server = create_rpc_app(self.execution, self.settings.rpc, self.rpc_misbehave)
            self.beacon_url = await stack.enter_async_context(serve(beacon_app, self.settings.beacon_port))
            # Open event streams end before their server is asked to stop, or it would wait for them.
            stack.callback(beacon_app.state.events.close)
            self.rpc_url = await stack.enter_async_context(serve(rpc_server, self.settings.rpc_port))
            if self.settings.ticking:
                group = await stack.enter_async_context(asyncio.TaskGroup())
                stack.callback(group.create_task(self._tick(), name="devnet slots").cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool | None:
        """Stops the slots, then the servers."""
        return await self._stack.__aexit__(kind, error, trace)

    @property
    def network(self) -> Network:
        """The chain as a light client knows it."""
        return self.consensus.network

    @property
    def accounts(self) -> tuple[DevAccount, ...]:
        """Funded accounts; their keys are public knowledge."""
        return self.execution.accounts

    def now_s(self) -> float:
        """Returns the chain's time, Unix seconds: the clock's, or the head's where blocks were made ahead of it by hand."""
        return max(self.clock.now_s(), self.network.time_at_slot(self.consensus.head.slot))

    def checkpoint(self) -> bytes:
        """Returns the root of the finalized beacon block, from which a light client may start; genesis until there is another."""
        return self.consensus.finalized.root

    def advance_to(self, slot: int, *, every: int = 1) -> Block:
        """Returns the head after blocks at every `every`-th slot up to and including `slot`, whatever the clock says.

        A client that checks slots against a clock refuses blocks of the future: give it `now_s`.
        """
        for due in range(slot - (slot - self.consensus.head.slot - 1) // every * every, slot + 1, every):
            self.consensus.produce(due)
        return self.consensus.head

    async def _tick(self) -> None:
        network = self.network
        while True:
            now = self.clock.now_s()
            await self.clock.sleep(max(network.time_at_slot(network.slot_at_time(now) + 1) - now, 0))
            slot = network.slot_at_time(self.clock.now_s())
            # A slot that the process slept through is missed, as it is on a real chain.
            if slot > self.consensus.head.slot and not self.misbehave.stall:
                self.consensus.produce(slot)
