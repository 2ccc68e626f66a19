"""The stage that writes one file per shipment and policy, and believes it only after verifying it as a stranger would."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from edge_agents.agent import ShipmentAgent
from edge_agents.conditions.agent import Conditions
from edge_agents.manifest import parse
from gateway.pipeline import trips
from gateway.pipeline.proof import BundleWriter, Prover
from gateway.pipeline.stage import Stage, keep
from gateway.store import attestations, batches, bundles, co_attestations, custody, evidence, findings, manifests, publications, shipments
from gateway.store.errors import EnvironmentFaultError
from gateway.store.records import Shipment, ShipmentState, StoredAttestation
from gateway.store.store import Store
from oracle.attestation import Attestation
from oracle.batch import Batch
from oracle.bundle import Corrections, Journey
from oracle.bundle_build import build_bundle, journey
from oracle.bundle_schema import MAX_CORRECTIONS
from oracle.bundle_settings import BundleSettings
from oracle.epcis.event import ShipmentEvent
from oracle.errors import SurroundingsError
from oracle.gs1 import Key
from oracle.publication import State
from oracle.schemas import ShipmentStatement

NAMED = 8
"""Digits of a policy's hash in the name of a file that is not the shipment's own policy's."""


@dataclass(frozen=True, slots=True)
class BundleFiles:
    """Where bundles are written."""

    directory: Annotated[str, Meta(min_length=1)] = "bundles"
    """Folder, below the data directory."""
    content: BundleSettings = field(default_factory=BundleSettings)
    """How many readings a bundle holds."""


@dataclass(frozen=True, slots=True)
class Final:
    """A shipment whose anchor is final and whose bundle is not written."""

    shipment: Shipment
    """The trip."""
    stored: StoredAttestation
    """The statement about it."""
    gateway: bytes
    """Address that anchored the statement's batch."""
    index: int
    """Index of that batch."""
    beside: bool = False
    """Whether another policy than the shipment's own made the statement."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What such a shipment's bundle is made of."""

    shipment: Shipment
    """The trip."""
    stored: StoredAttestation
    """The statement about it."""
    content: Journey
    """Its readings and its event."""
    manifest: str
    """Text of the agent's manifest."""
    batch: Batch
    """The batch that holds the statement."""
    corrections: Corrections
    """What the statement corrects."""


class WriteBundles(Stage):
    """Writes the bundle of each shipment once its anchor is final, and one for each policy that stated something beside its own."""

    name = "bundle"

    def __init__(
        self,
        store: Store,
        prover: Prover,
        agents: Callable[[str], ShipmentAgent],
        files: BundleFiles,
        directory: Path,
        now_ms: Callable[[], int],
        devices: Mapping[str, bytes] | None = None,
    ) -> None:
        """Writes into `directory`, which is made if it is missing; `devices` are the COSE_Keys of those that sign."""
        self._store = store
        self._prover = prover
        self._agents = agents
        self._settings = files.content
        self._devices = devices or {}
        self._writer = BundleWriter(prover, directory, now_ms)

    async def step(self) -> bool:
        """Writes at most one bundle; returns whether another may be ready."""
        refused: dict[bytes, Exception] = {}
        while (final := await asyncio.to_thread(self._next, refused)) is not None:
            try:
                if await self._bundle(final):
                    return True
                break  # no finalized head yet, for none of them
            except (SurroundingsError, EnvironmentFaultError, OSError, sqlite3.Error):
                raise  # the others would fare no better
            except Exception as error:  # one shipment's trouble must not hold up the others
                refused[final.stored.attestation.uid] = error
        if refused:
            raise next(iter(refused.values()))
        return False

    async def _bundle(self, final: Final) -> bool:
        proof = await self._prover.prove(final.gateway, final.index, final.stored.attestation)
        if proof is None:
            return False
        ready = await asyncio.to_thread(self._ready, final)
        built = build_bundle(
            network=self._prover.network,
            subject=Key.from_path(ready.shipment.subject),
            content=ready.content,
            manifest=ready.manifest,
            attestation=ready.stored.attestation,
            batch=ready.batch,
            anchor=proof.anchor,
            light_client=proof.trace,
        )
        whole = replace(proof.within(built), corrections=ready.corrections)
        statement = ready.stored.attestation
        policy = ShipmentStatement.decode(statement.data).agent.hex()[:NAMED] if final.beside else ""
        written = await asyncio.to_thread(self._writer.write, ready.shipment.subject, whole, proof.checkpoint, policy)
        # True now: a whole, verified file lies in its place. A restart before the next line writes it again, over itself.

        def record(connection: sqlite3.Connection) -> None:
            if final.beside:
                bundles.insert_beside(connection, statement.uid, written)
                return
            bundles.insert(connection, written)
            co_attestations.mark_waiting(connection, ready.shipment.subject)
            shipments.mark_bundled(connection, ready.shipment.subject)

        await keep(self._store, record)
        return True

    def _next(self, refused: Container[bytes]) -> Final | None:
        with self._store.read() as connection:
            return _next_own(connection, refused) or _next_beside(connection, refused)

    def _ready(self, final: Final) -> Ready:
        shipment, stored = final.shipment, final.stored
        agent = self._agents(shipment.product)
        with self._store.read() as connection:
            finding = findings.get(connection, stored.finding)
            assert finding is not None, "an attestation refers to its finding"
            used = trips.used(connection, finding)
            batch = batches.load(connection, final.gateway, final.index)
            # The one under which the finding was drawn: an upgrade may have brought another meanwhile.
            manifest = manifests.get(connection, finding.finding.agent_hash) or agent.manifest.text
            chain = custody.select(connection, shipment.subject)
            payloads = evidence.get(connection, (one.evidence for one in used if one.device in self._devices))
            earlier = tuple(_corrected(connection, stored.attestation))
        if final.beside:
            agent = Conditions(parse(manifest.encode(), Path(f"{finding.finding.agent}.toml")))
        bands = agent.bands() if isinstance(agent, Conditions) else {}
        event = json.loads(stored.event)
        named = ShipmentEvent.from_json(event).custody
        # Goods may have changed hands since the verdict: the event names the handover that was the newest then.
        told = next((place for place, one in enumerate(chain, 1) if one.hash == named), 0)
        return Ready(
            shipment=shipment,
            stored=stored,
            content=journey(used, event, self._settings, bands, custody=chain[:told], evidence=payloads, devices=self._devices),
            manifest=manifest,
            batch=batch,
            corrections=Corrections(earlier=earlier),
        )


def _next_own(connection: sqlite3.Connection, refused: Container[bytes]) -> Final | None:
    for shipment in shipments.select_state(connection, ShipmentState.CLOSED):
        for stored in attestations.select_edition(connection, shipment.subject, shipment.edition):
            if stored.gateway is None or stored.batch_index is None or stored.attestation.uid in refused:
                continue
            publication = publications.get(connection, stored.gateway, stored.batch_index)
            if publication is not None and publication.state is State.FINAL:
                return Final(shipment, stored, stored.gateway, stored.batch_index)
    return None


def _next_beside(connection: sqlite3.Connection, refused: Container[bytes]) -> Final | None:
    for subject, uid in bundles.select_beside_due(connection):
        trip, said = shipments.get(connection, subject), attestations.get(connection, uid)
        if uid not in refused and trip is not None and said is not None and said.gateway is not None and said.batch_index is not None:
            return Final(trip, said, said.gateway, said.batch_index, beside=True)
    return None


def _corrected(connection: sqlite3.Connection, newest: Attestation) -> Iterator[Attestation]:
    """Yields what an attestation corrects, newest first, as far as the store has it and a bundle may hold it."""
    for _ in range(MAX_CORRECTIONS):
        older = attestations.get(connection, newest.ref_uid)
        if older is None:
            return
        yield (newest := older.attestation)
