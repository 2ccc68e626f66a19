"""What a Finding says, in the words of the oracle's schemas. Pure: the one place that knows both rooms."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from drivers.reading import Reading
from edge_agents.conditions.trip import usable
from edge_agents.finding import Finding
from oracle.attestation import Message
from oracle.epcis.event import MEASUREMENTS, ShipmentEvent, summarize
from oracle.gs1 import RESOLVER, Key
from oracle.leaves import reading_leaf
from oracle.merkle import StandardMerkleTree
from oracle.schemas import MILLION, REVOCABLE, LotStatement, ShipmentStatement, subject_id


def digital_link(subject: str) -> str:
    """Returns the canonical Digital Link of a subject, which is kept as the link's path."""
    return RESOLVER + subject


def provable(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """Returns the readings that a shipment's tree holds: finite numbers not called bad by their device (true is 1), in order of time."""
    numbers = (replace(r, value=float(r.value)) for r in readings if usable(r) and not isinstance(r.value, str | bytes))
    return tuple(sorted(numbers, key=lambda r: (r.time_ms, -1 if r.sequence is None else r.sequence, r.evidence)))


def readings_tree(readings: Iterable[Reading]) -> StandardMerkleTree:
    """Returns the tree over the leaves of provable readings.

    Raises:
        EmptyTreeError: there are none.
    """
    return StandardMerkleTree.of(
        [
            reading_leaf(device=r.device, quantity=r.quantity, value=r.value, time_ms=r.time_ms, sequence=r.sequence, evidence=r.evidence)
            for r in readings
        ]
    )


def shipment_statement(finding: Finding, readings: tuple[Reading, ...], event_hash: bytes) -> ShipmentStatement:
    """Returns what the gateway states about a shipment; the readings are those that the finding was drawn from."""
    return ShipmentStatement(
        shipment=subject_id(digital_link(finding.subject)),
        event_hash=event_hash,
        readings_root=readings_tree(readings).root,
        readings=len(readings),
        from_ms=readings[0].time_ms,
        to_ms=readings[-1].time_ms,
        verdict=int(finding.verdict),
        agent=finding.agent_hash,
    )


def shipment_event(
    finding: Finding, readings: tuple[Reading, ...], read_point: str, custody: bytes = b"", deadline_ms: int | None = None
) -> dict[str, Any]:
    """Returns the EPCIS event that records the trip; the readings are those that the finding was drawn from.

    `custody` is the hash of the newest handover, `deadline_ms` when the trip had to end. Quantities for which the standard has
    no measurement type are proven and not summarized.
    """
    series: dict[str, list[float]] = defaultdict(list)
    for reading in readings:
        series[reading.quantity].append(float(reading.value))
    return ShipmentEvent(
        subject=Key.from_path(finding.subject),
        from_ms=readings[0].time_ms,
        to_ms=readings[-1].time_ms,
        verdict=int(finding.verdict),
        read_point=read_point,
        summaries=tuple(summarize(quantity, series[quantity]) for quantity in MEASUREMENTS if quantity in series),
        custody=custody,
        deadline_ms=deadline_ms,
    ).to_json()


def lot_statement(finding: Finding) -> LotStatement:
    """Returns what the gateway states about one inspected item; the defect's number is its place in the agent's vocabulary."""
    labels = [name for name, _ in finding.measures]
    return LotStatement(
        lot=subject_id(digital_link(finding.subject)),
        item=subject_id(finding.item),
        image_hash=finding.evidence,
        defect=labels.index(finding.label),
        confidence_ppm=round(finding.confidence * MILLION),
        time_ms=finding.from_ms,
        agent=finding.agent_hash,
    )


def message(statement: ShipmentStatement | LotStatement, finding: Finding, created_ms: int, corrects: bytes = bytes(32)) -> Message:
    """Returns what is to be signed; `corrects` is the uid of the statement that this one supersedes.

    A function of the finding alone: a restart between signing and recording signs the same digest again, not a second statement. The salt
    therefore is no random number but a hash of everything the finding is, which keeps equal statements about different items distinct.
    """
    named = f"{finding.agent}\n{finding.subject}\n{finding.item}\n{finding.device}\n{created_ms}\n".encode()
    return Message(
        schema=type(statement).UID,
        recipient=bytes(20),
        time=created_ms // 1000,
        expiration_time=0,
        revocable=REVOCABLE,
        ref_uid=corrects,
        data=statement.encode(),
        salt=hashlib.sha256(named + finding.agent_hash + finding.evidence).digest(),
    )
