"""The stage that writes one file per judged lot: its verdict, with the attestations about the items of its sample."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.pipeline.lot_statements import sampled
from gateway.pipeline.proof import BundleRefusedError, BundleWriter, Prover
from gateway.pipeline.stage import Stage, keep
from gateway.store import attestations, batches, bundles, findings, lots, manifests, publications
from gateway.store.records import StoredAttestation
from gateway.store.store import Store
from oracle.batch import Batch
from oracle.bundle import InspectedItem, LotSample
from oracle.bundle_build import build_bundle
from oracle.errors import MalformedDocumentError
from oracle.gs1 import Key
from oracle.lot_event import LotEvent
from oracle.publication import State
from oracle.schemas import LotVerdictStatement


@dataclass(frozen=True, slots=True)
class ReadyLot:
    """What a lot's bundle is made of."""

    subject: str
    """The lot."""
    stored: StoredAttestation
    """The statement about it."""
    gateway: bytes
    """Address that anchored the batch that holds it."""
    index: int
    """Index of that batch."""
    batch: Batch
    """That batch."""
    items: tuple[InspectedItem, ...]
    """The attestations about the items of its sample, in order of their names."""
    event: dict[str, Any] | None
    """The EPCIS event whose hash salts the statement; None where an earlier release wrote one that has other spellings."""
    manifest: str
    """Text of the manifest under which it was judged."""


class WriteLotBundles(Stage):
    """Writes the bundle of each lot once the anchor of its verdict is final, the first opened first."""

    name = "lot_bundle"

    def __init__(self, store: Store, prover: Prover, directory: Path, now_ms: Callable[[], int]) -> None:
        """Writes into `directory`, which is made if it is missing."""
        self._store = store
        self._prover = prover
        self._writer = BundleWriter(prover, directory, now_ms)
        self._refused: set[str] = set()

    async def step(self) -> bool:
        """Writes at most one bundle; returns whether another may be ready."""
        ready = await asyncio.to_thread(self._next)
        proof = None if ready is None else await self._prover.prove(ready.gateway, ready.index, ready.stored.attestation)
        if ready is None or proof is None:
            return False
        built = build_bundle(
            network=self._prover.network,
            subject=Key.from_path(ready.subject),
            content=LotSample(ready.items, ready.event),
            manifest=ready.manifest,
            attestation=ready.stored.attestation,
            batch=ready.batch,
            anchor=proof.anchor,
            light_client=proof.trace,
        )
        try:
            written = await asyncio.to_thread(self._writer.write, ready.subject, proof.within(built), proof.checkpoint)
        except BundleRefusedError:
            self._refused.add(ready.subject)  # it is told once; the others are not held up
            raise

        # True now: a whole, verified file lies in its place. A restart before the next line writes it again, over itself.
        def record(connection: sqlite3.Connection) -> None:
            bundles.insert(connection, written)
            lots.mark_bundled(connection, ready.subject)

        await keep(self._store, record)
        return True

    def _next(self) -> ReadyLot | None:
        with self._store.read() as connection:
            for lot in lots.select_unbundled(connection):
                if lot.subject in self._refused:
                    continue
                for stored in attestations.select_subject(connection, lot.subject):
                    if stored.attestation.schema == LotVerdictStatement.UID and _is_final(connection, stored):
                        return self._ready(connection, lot.subject, stored)
        return None

    def _ready(self, connection: sqlite3.Connection, subject: str, stored: StoredAttestation) -> ReadyLot:
        assert stored.gateway is not None
        assert stored.batch_index is not None
        lot, finding = lots.get(connection, subject), findings.get(connection, stored.finding)
        assert lot is not None
        assert finding is not None, "an attestation refers to its finding"
        items = []
        for one in sampled(connection, lot)[: finding.finding.readings]:
            attested = attestations.get_finding(connection, one.id)
            assert attested is not None, "a lot is stated once every item of its sample is"
            items.append(InspectedItem(one.finding.item, attested.attestation))
        manifest = manifests.get(connection, finding.finding.agent_hash)
        assert manifest is not None, "a lot's manifest is kept with its finding"
        return ReadyLot(
            subject=subject,
            stored=stored,
            gateway=stored.gateway,
            index=stored.batch_index,
            batch=batches.load(connection, stored.gateway, stored.batch_index),
            items=tuple(sorted(items, key=lambda one: one.item)),
            event=_event(stored),
            manifest=manifest,
        )


def _event(stored: StoredAttestation) -> dict[str, Any] | None:
    document: dict[str, Any] = json.loads(stored.event)
    try:
        LotEvent.from_json(document)
    except MalformedDocumentError:
        return None
    return document


def _is_final(connection: sqlite3.Connection, stored: StoredAttestation) -> bool:
    if stored.gateway is None or stored.batch_index is None:
        return False
    publication = publications.get(connection, stored.gateway, stored.batch_index)
    return publication is not None and publication.state is State.FINAL
