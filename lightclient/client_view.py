"""What others may ask of a light client, at any time and without changing it: heads, status, evidence, and what to serve.

The one thing here that acts is an operator's word after a conflict. Nothing is fetched; `client` does that.
"""

import asyncio

from lightclient.bls.deferred import DeferredBackend
from lightclient.brake import Brake
from lightclient.heads import Heads, Status
from lightclient.network import Network
from lightclient.pool import SourcePool
from lightclient.serving.shelf import Shelf
from lightclient.sources import BeaconSource
from lightclient.spec import get_safety_threshold
from lightclient.state import ClientState
from lightclient.trace import Trace
from lightclient.types import ExecutionPayloadHeader


class ClientView:
    """The questions that a running client answers."""

    def __init__(
        self, network: Network, state: ClientState, pool: SourcePool[BeaconSource], brake: Brake, keys: DeferredBackend | None
    ) -> None:
        self.network = network
        """The chain that is followed."""
        self._state = state
        self._pool = pool
        self._brake = brake
        self._keys = keys
        self._changed = asyncio.Event()

    def head(self) -> Heads:
        """Returns both heads as of now.

        Raises:
            NotStarted: no bootstrap has verified yet.
        """
        return self._state.heads()

    def status(self) -> Status:
        """Returns everything a person may want to know."""
        memory = self._state.memory
        return Status(
            network=self.network.name,
            checkpoint=self._state.checkpoint,
            heads=None if memory is None else self.head(),
            period=0 if memory is None else self._state.period(),
            next_committee_known=memory is not None and memory.store.next_sync_committee is not None,
            safety_threshold=0 if memory is None else get_safety_threshold(memory.store),
            sources=self._pool.scores,
            refusals=dict(self._pool.refusals),
            forced=memory is not None and memory.forced,
            frozen=self._brake.reason(),
            unchecked_committees=0 if self._keys is None else self._keys.owed,
            clock_vouched=self._state.clock.vouched,
            trusted_slot=0 if memory is None else memory.trace.bootstrap.header.beacon.slot,
            trust_age_seconds=0.0 if memory is None else self._state.trust_age(),
            max_trust_age_seconds=self._state.max_trust_age(),
        )

    def unfreeze(self, note: str) -> bool:
        """Goes on after a conflict, because an operator says so and why; returns whether it was frozen."""
        return self._brake.release(note)

    def trace(self) -> Trace:
        """Returns the evidence that proves the finalized head from the checkpoint to anyone.

        Raises:
            NotStarted: no bootstrap has verified yet.
            TraceBroken: an update was forced, so that no finality proves what is believed.
        """
        return self._state.trace()

    def shelf(self) -> Shelf:
        """Returns what others may be served of what this client verified; empty while it is frozen, provisional, or was forced."""

        def trace() -> Trace | None:
            memory = self._state.memory
            owed = self._keys is not None and self._keys.owed
            return None if memory is None or memory.forced or owed or self._brake.reason() is not None else memory.trace

        return Shelf(self.network, trace, lambda: self._state.latest)

    async def wait_finalized(self, block_number: int) -> ExecutionPayloadHeader:
        """Returns the execution header of the finalized head as soon as that is at or past the block number.

        May be cancelled at any time; waits for ever where the network does not finalize.
        """
        while True:
            changed, memory = self._changed, self._state.memory
            execution = None if memory is None else memory.store.finalized_header.execution
            if execution is not None and execution.block_number >= block_number:
                return execution
            await changed.wait()
