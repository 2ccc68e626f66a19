"""The stage that lays attestations under one root and stages its anchor."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from gateway.pipeline.stage import Stage, keep
from gateway.store import attestations, batches, publications
from gateway.store.records import StoredAttestation
from gateway.store.store import Store
from oracle.batch import Batch, BatchLeaf
from oracle.fees import GWEI
from oracle.publication import Publication, stage


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How many statements share an anchor, and how long they wait for each other."""

    count: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    """A batch is made as soon as so many attestations wait. At 1,000 an anchor costs about 55 gas per statement."""
    seconds: Annotated[float, Meta(ge=0)] = 600.0
    """A batch is made once attestations have waited this long for company."""
    cheap_gwei: Annotated[float, Meta(ge=0)] = 0.0
    """While the newest block's base fee is above this, a batch that is due waits and grows; 0 takes any price."""
    patience_seconds: Annotated[float, Meta(ge=0)] = 21_600.0
    """No attestation waits longer than this for a cheaper hour."""
    most: Annotated[int, Meta(ge=1, le=100_000)] = 10_000
    """Most attestations under one root when they had to wait for a cheaper hour; all are proven by 14 hashes then."""


@dataclass(frozen=True, slots=True)
class Anchorage:
    """Where this gateway anchors."""

    chain_id: int
    """EIP-155 chain id."""
    contract: bytes
    """Address of the AnchorRegistry, 20 bytes, or of EAS where batches are stamped."""
    gateway: bytes
    """Address of the gateway's key, 20 bytes."""
    stage: Callable[..., Publication] = stage
    """Makes the record of a batch's publication: `oracle.publication.stage` for an anchor, `oracle.calls.stage_stamp` for a stamp."""


class MakeBatch(Stage):
    """Makes a batch when enough attestations wait, or one has waited long enough."""

    name = "batch"

    def __init__(
        self,
        store: Store,
        anchorage: Anchorage,
        settings: BatchSettings,
        *,
        now_ms: Callable[[], int],
        monotonic: Callable[[], float],
        base_fee_wei: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Stages batches for one place; waiting is measured by `monotonic`, and begins anew with a restart.

        `base_fee_wei` says what gas costs now; where it does not know, nothing waits for the price.
        """
        self._store = store
        self._anchorage = anchorage
        self._settings = settings
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._base_fee_wei = base_fee_wei
        self._since: float | None = None
        self._dear = False

    async def step(self) -> bool:
        """Makes at most one batch; returns whether another may be due."""
        waiting = self._waiting(self._settings.count)
        if not waiting:
            self._since, self._dear = None, False
            return False
        self._since = self._monotonic() if self._since is None else self._since
        waited = self._monotonic() - self._since
        full = len(waiting) >= self._settings.count
        if not full and waited < self._settings.seconds:
            return False
        if self._is_dear() and waited < self._settings.patience_seconds:
            self._dear = True
            return False
        if self._dear:
            waiting = self._waiting(max(self._settings.most, self._settings.count))
        leaves = [BatchLeaf(s.attestation.uid, s.attestation.attester, s.attestation.digest) for s in waiting]

        def record(connection: sqlite3.Connection) -> None:
            place, now_ms = self._anchorage, self._now_ms()
            batch = Batch.build(batches.next_index(connection, place.gateway), leaves)
            batches.insert(connection, place.gateway, batch, created_ms=now_ms)
            publication = place.stage(
                place.chain_id, place.contract, place.gateway, index=batch.index, root=batch.root, count=batch.count, now_ms=now_ms
            )
            staged = publications.swap(connection, None, publication)
            assert staged, "batches and publications have the same indices, because they are only ever written together here"

        await keep(self._store, record)
        self._since, self._dear = None, False
        # True now: the leaves, the root and the STAGED publication stand in one commit. Nothing was sent.
        return full

    def _waiting(self, limit: int) -> list[StoredAttestation]:
        with self._store.read() as connection:
            return list(attestations.select_unbatched(connection, limit=limit))

    def _is_dear(self) -> bool:
        price = self._base_fee_wei()
        return bool(self._settings.cheap_gwei) and price is not None and price > self._settings.cheap_gwei * GWEI
