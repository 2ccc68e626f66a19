"""New heads for subscribers: each verified header once, in order, as soon as the light client has it; after a reorganization a branch.

One task looks at the light client's head while anybody listens. Subscribers that do not keep up are dropped, not waited for.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from lightclient.errors import LightClientError
from lightclient.execution.header import ExecutionHeader
from lightclient.rpc.cache import Recent
from lightclient.rpc.chain import VerifiedChain

LOOK_SECONDS = 0.5
"""Pause between two looks at the light client's head."""

CAUGHT_UP_BLOCKS = 64
"""Most headers that are told at once; after a longer pause the oldest are left out, as they are for one who subscribes late."""

Tell = Callable[[ExecutionHeader], None]
"""Takes one new head; must not block."""


class NewHeads:
    """Tells subscribers of new heads."""

    def __init__(self, chain: VerifiedChain, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._chain = chain
        self._sleep = sleep
        self._listeners: dict[object, Tell] = {}
        self._told: Recent[bytes, bool] = Recent(4 * CAUGHT_UP_BLOCKS)
        self._task: asyncio.Task[None] | None = None

    def listen(self, key: object, tell: Tell) -> None:
        """Tells of every head from now on, under a key by which to stop."""
        if not self._listeners:
            self._told = Recent(4 * CAUGHT_UP_BLOCKS)
            self._task = asyncio.create_task(self._run(), name="new heads")
        self._listeners[key] = tell

    def stop(self, key: object) -> bool:
        """Stops telling; returns whether the key was known."""
        known = self._listeners.pop(key, None) is not None
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None
        return known

    async def look(self) -> None:
        """Tells of what is new since the last look; the first look only remembers where the chain is."""
        newest = self._chain.newest()
        if newest is None or self._told.get(newest[0]):
            return
        first = len(self._told) == 0
        header = await self._chain.head()
        fresh: list[ExecutionHeader] = []
        while self._told.get(header.block_hash) is None and len(fresh) < (1 if first else CAUGHT_UP_BLOCKS):
            fresh.append(header)
            if header.number == 0:
                break
            header = await self._chain.headers.by_hash(header.parent_hash)
        for header in reversed(fresh):
            self._told.put(header.block_hash, True)
            if not first:
                for tell in tuple(self._listeners.values()):
                    tell(header)

    async def _run(self) -> None:
        while True:
            with suppress(LightClientError):  # no head, or nobody shows it: the next look may find it, and the pool keeps score
                await self.look()
            await self._sleep(LOOK_SECONDS)
