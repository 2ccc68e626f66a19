"""The readings of a shipment: of every attached device while it was attached, of every quantity that the product's policy looks at."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from drivers.reading import Quality, Reading
from edge_agents.conditions import judge
from edge_agents.conditions.policy import Policy
from edge_agents.conditions.trip import Attachment, Certificate, Circumstances, Elsewhere, Trip, trip, usable
from edge_agents.manifest import parse
from gateway.errors import GatewayError
from gateway.pipeline.statements import provable
from gateway.store import attachments, coverages, custody, judgements, manifests, readings, shipments
from gateway.store.records import Shipment, StoredFinding, StoredReading
from oracle.hexes import to_hex


class FindingUnprovableError(GatewayError):
    """The readings in the store are not those that a finding was drawn from, so nothing can be stated about it."""

    def __init__(self, stored: StoredFinding) -> None:
        """Holds the finding's number."""
        self.finding = stored.id
        super().__init__(f"the readings behind finding {stored.id} about {stored.finding.subject} are not all in the store any more")


def circumstances(connection: sqlite3.Connection, shipment: Shipment, certificates: Sequence[Certificate], end_ms: int) -> Circumstances:
    """Returns what a verdict on a shipment rests on now besides its readings; `end_ms` is the trip's end, or how far it has come."""
    travelled = tuple(
        Attachment(one.device, max(one.from_ms, shipment.opened_ms), end_ms if one.to_ms is None else min(one.to_ms, end_ms))
        for one in attachments.select(connection, shipment.subject)
        if one.from_ms <= end_ms and (one.to_ms is None or one.to_ms >= shipment.opened_ms)
    )
    chain = custody.select(connection, shipment.subject)
    devices = {one.device for one in travelled}
    return Circumstances(
        start_ms=shipment.opened_ms,
        end_ms=end_ms,
        deadline_ms=shipment.deadline_ms,
        attachments=travelled,
        certificates=tuple(c for c in certificates if c.device in devices),
        elsewhere=tuple(Elsewhere(c.from_ms, c.to_ms, to_hex(c.uid)) for c in coverages.select(connection, shipment.subject)),
        custody=to_hex(chain[-1].hash) if chain else "",
    )


def heard(connection: sqlite3.Connection, known: Circumstances, units: dict[str, str], *, last: int | None = None) -> list[StoredReading]:
    """Returns the provable readings of a trip, in order of time; with `last`, those up to that number."""
    found: dict[int, StoredReading] = {}
    for one in known.attachments:
        for quantity, unit in units.items():
            for stored in readings.select_window(connection, one.device, quantity, from_ms=one.from_ms, to_ms=one.to_ms):
                if stored.reading.unit == unit and usable(stored.reading) and (last is None or stored.id <= last):
                    found[stored.id] = stored
    return sorted(found.values(), key=lambda s: (s.reading.time_ms, s.id))


def travelled(connection: sqlite3.Connection, known: Circumstances, units: dict[str, str]) -> tuple[Trip, list[StoredReading]]:
    """Returns the trip as it can be judged now, its devices' clocks compared with the gateway's, and the readings it was made of."""
    stored = heard(connection, known, units)
    known = msgspec.structs.replace(known, clocks=_clocks(connection, known, units))
    return trip((s.reading for s in stored), known, units), stored


def used(connection: sqlite3.Connection, stored: StoredFinding) -> tuple[Reading, ...]:
    """Returns exactly the readings that a finding was drawn from, as the tree under its statement holds them.

    Raises:
        FindingUnprovableError: some are gone, or were altered.
    """
    known = judgements.get(connection, stored.id)
    if known is None:
        return _legacy(connection, stored)
    policy = _policy(connection, stored)
    found = [s.reading for s in heard(connection, known, policy.units, last=stored.last_reading)]
    if trip(found, known, policy.units).evidence != stored.finding.evidence:
        raise FindingUnprovableError(stored)
    return provable(found)


def deadline_ms(connection: sqlite3.Connection, stored: StoredFinding) -> int | None:
    """Returns when the trip of a finding had to end, or None where nothing said so.

    Raises:
        FindingUnprovableError: the policy is gone.
    """
    known = judgements.get(connection, stored.id)
    return None if known is None else judge.deadline_ms(known, _policy(connection, stored))


def _policy(connection: sqlite3.Connection, stored: StoredFinding) -> Policy:
    """Returns the policy under which a finding was drawn."""
    text = manifests.get(connection, stored.finding.agent_hash)
    policy = None if text is None else parse(text.encode(), Path("manifests")).policy
    if policy is None:
        raise FindingUnprovableError(stored)
    return policy


def _clocks(connection: sqlite3.Connection, known: Circumstances, units: dict[str, str]) -> tuple[tuple[str, int], ...]:
    """Returns by how much each device's clock may be off: what its fastest message since it was attached says, also one after the trip."""
    least: dict[str, int] = {}
    for one in known.attachments:
        delays = (readings.least_delay(connection, one.device, quantity, from_ms=one.from_ms) for quantity in units)
        found = [delay for delay in delays if delay is not None]
        if found:
            least[one.device] = min(*found, least.get(one.device, found[0]))
    return tuple(sorted((device, abs(delay)) for device, delay in least.items()))


def _legacy(connection: sqlite3.Connection, stored: StoredFinding) -> tuple[Reading, ...]:
    """Returns the readings of a finding that an earlier release drew from one device's temperatures."""
    shipment = shipments.get(connection, stored.finding.subject)
    if shipment is None:
        raise FindingUnprovableError(stored)
    end_ms = shipment.opened_ms if shipment.closed_ms is None else shipment.closed_ms
    window = readings.select_window(connection, shipment.device, "temperature", from_ms=shipment.opened_ms, to_ms=end_ms)
    found = [
        s.reading
        for s in window
        if isinstance(s.reading.value, float)
        and s.reading.quality is not Quality.BAD
        and (stored.last_reading is None or s.id <= stored.last_reading)
    ]
    if not found:
        raise FindingUnprovableError(stored)
    return provable(found)
