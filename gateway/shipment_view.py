"""Everything that the store knows about one shipment, gathered for a command's table and for scripts."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from edge_agents.conditions.agent import Conditions
from edge_agents.conditions.judge import Coverage
from gateway.errors import UnknownSubjectError
from gateway.pipeline import trips
from gateway.store import attachments, attestations, bundles, coverages, custody, findings, shipments, steps
from gateway.store.records import (
    Attachment,
    Bundle,
    Shipment,
    Step,
    StoredAttestation,
    StoredCoverage,
    StoredFinding,
    StoredStep,
)
from oracle.custody import Handover


@dataclass(frozen=True, slots=True)
class Beside:
    """What another policy than the shipment's own says, because somebody awaits a verdict by it."""

    finding: StoredFinding
    """What was concluded."""
    statement: bytes | None
    """Uid of what was stated, None before it is signed."""
    bundle: str | None
    """Where its bundle is."""


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """One shipment with what belongs to it."""

    shipment: Shipment
    """Where it is."""
    devices: tuple[Attachment, ...]
    """What travels or travelled with it."""
    coverage: tuple[Coverage, ...]
    """Where each thing that its policy looks at was measured; empty where its policy is gone."""
    elsewhere: tuple[StoredCoverage, ...]
    """What other gateways cover."""
    custody: tuple[Handover, ...]
    """Its handovers, oldest first."""
    steps: tuple[StoredStep, ...]
    """What happened to it."""
    findings: tuple[StoredFinding, ...]
    """What was concluded, each correction after what it corrects."""
    attestations: tuple[StoredAttestation, ...]
    """What was stated, in the same order."""
    progress: Step
    """How far its proof has come."""
    bundle: Bundle | None
    """Its file."""
    beside: tuple[Beside, ...]
    """What other policies say."""


def view(connection: sqlite3.Connection, subject: str, agents: Callable[[str], Conditions | None], now_ms: int) -> ShipmentView:
    """Returns what is known of a shipment; raises UnknownSubjectError."""
    shipment = shipments.get(connection, subject)
    if shipment is None:
        raise UnknownSubjectError(subject, tuple(s.subject for s in shipments.select_all(connection, limit=5)))
    agent = agents(shipment.product)
    coverage: tuple[Coverage, ...] = ()
    if agent is not None:
        end_ms = max(shipment.opened_ms, now_ms) if shipment.closed_ms is None else shipment.closed_ms
        trip, _ = trips.travelled(connection, trips.circumstances(connection, shipment, (), end_ms), agent.units)
        coverage = tuple(agent.coverage(trip))
    return ShipmentView(
        shipment=shipment,
        devices=tuple(attachments.select(connection, subject)),
        coverage=coverage,
        elsewhere=tuple(coverages.select(connection, subject)),
        custody=tuple(custody.select(connection, subject)),
        steps=tuple(steps.select(connection, subject)),
        findings=tuple(findings.select_subject(connection, subject)),
        attestations=tuple(attestations.select_subject(connection, subject)),
        progress=shipments.progress(connection, subject),
        bundle=bundles.get(connection, subject),
        beside=tuple(_beside(connection, found) for found in findings.select_subject(connection, subject, beside=True)),
    )


def _beside(connection: sqlite3.Connection, found: StoredFinding) -> Beside:
    stated = attestations.get_finding(connection, found.id)
    if stated is None:
        return Beside(found, None, None)
    uid = stated.attestation.uid
    return Beside(found, uid, bundles.path_beside(connection, uid))
