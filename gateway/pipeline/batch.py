"""The stage that lays attestations under one root and stages its anchor."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from gateway.pipeline.stage import Stage, keep
from gateway.store import attestations, batches, publications
from gateway.store.store import Store
from oracle.batch import Batch, BatchLeaf
from oracle.publication import stage


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How many statements share an anchor, and how long they wait for each other."""

    count: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    """A batch is made as soon as so many attestations wait. At 1,000 an anchor costs about 55 gas per statement."""
    seconds: Annotated[float, Meta(ge=0)] = 600.0
    """A batch is made once attestations have waited this long for company."""


@dataclass(frozen=True, slots=True)
class Anchorage:
    """Where this gateway anchors."""

    chain_id: int
    """EIP-155 chain id."""
    registry: bytes
    """Address of the AnchorRegistry, 20 bytes."""
    gateway: bytes
    """Address of the gateway's key, 20 bytes."""


class MakeBatch(Stage):
    """Makes a batch when enough attestations wait, or one has waited long enough."""

    name = "batch"

    def __init__(
        self, store: Store, anchorage: Anchorage, settings: BatchSettings, *, now_ms: Callable[[], int], monotonic: Callable[[], float]
    ) -> None:
        """Stages anchors for one registry; waiting is measured by `monotonic`, and begins anew with a restart."""
        self._store = store
        self._anchorage = anchorage
        self._settings = settings
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._since: float | None = None

    async def step(self) -> bool:
        """Makes at most one batch; returns whether another may be due."""
        with self._store.read() as connection:
            waiting = attestations.select_unbatched(connection, limit=self._settings.count)
        if not waiting:
            self._since = None
            return False
        self._since = self._monotonic() if self._since is None else self._since
        full = len(waiting) >= self._settings.count
        if not full and self._monotonic() - self._since < self._settings.seconds:
            return False
        leaves = [BatchLeaf(s.attestation.uid, s.attestation.attester, s.attestation.digest) for s in waiting]

        def record(connection: sqlite3.Connection) -> None:
            place, now_ms = self._anchorage, self._now_ms()
            batch = Batch.build(batches.next_index(connection, place.gateway), leaves)
            batches.insert(connection, place.gateway, batch, created_ms=now_ms)
            publication = stage(
                place.chain_id, place.registry, place.gateway, index=batch.index, root=batch.root, count=batch.count, now_ms=now_ms
            )
            staged = publications.swap(connection, None, publication)
            assert staged, "batches and publications have the same indices, because they are only ever written together here"

        await keep(self._store, record)
        self._since = None
        # True now: the leaves, the root and the STAGED publication stand in one commit. Nothing was sent.
        return full
