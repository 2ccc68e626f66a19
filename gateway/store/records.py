"""What the tables hold besides the other rooms' own records. Pure values."""

from dataclasses import dataclass
from enum import StrEnum

from drivers.reading import Reading
from edge_agents.finding import Finding
from oracle.attestation import Attestation


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was heard, or was named in the configuration."""

    id: str
    """Its id, as in its readings."""
    driver: str
    """The driver that first heard it."""
    first_seen_ms: int
    """Gateway time."""
    profile: str = ""
    """Name of its profile, if it has one."""


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading with its number."""

    id: int
    """Grows with arrival; never given twice."""
    reading: Reading
    """As the device stated it."""
    received_ms: int
    """Gateway time."""


@dataclass(frozen=True, slots=True)
class StoredReject:
    """A payload that did not become readings."""

    id: int
    """Grows with arrival."""
    driver: str
    """Name of the driver."""
    source: str
    """Topic, path or register block."""
    reason: str
    """The word it is counted under."""
    detail: str
    """One sentence."""
    received_ms: int
    """Gateway time."""
    payload_bytes: int
    """Full length as received."""
    sha256: bytes
    """Of the full payload."""
    payload: bytes
    """Its beginning, as much as the settings keep."""


class ShipmentState(StrEnum):
    """How far a trip has come; how far its proof has come is `shipments.progress`."""

    OPEN = "open"
    """Under way."""
    CLOSED = "closed"
    """Arrived; readings are complete."""
    BUNDLED = "bundled"
    """Its bundle is written; its readings may be pruned by age."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """One trip of one device."""

    subject: str
    """GS1 Digital Link path, `00/<SSCC>`."""
    device: str
    """The device that travels with it."""
    product: str
    """Name of the product, which has a band in the configuration."""
    opened_ms: int
    """Device time of its beginning."""
    closed_ms: int | None = None
    """Device time of its end; None while open."""
    state: ShipmentState = ShipmentState.OPEN
    """How far the trip has come."""


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding with its number and the range of readings it used."""

    id: int
    """Grows with time."""
    finding: Finding
    """As the agent stated it."""
    first_reading: int | None
    """readings.id of the first reading used."""
    last_reading: int | None
    """readings.id of the last reading used; others between may belong to other devices."""
    created_ms: int
    """Gateway time."""


@dataclass(frozen=True, slots=True)
class StoredAttestation:
    """An attestation with what it speaks about and where it went."""

    id: int
    """Grows with time."""
    attestation: Attestation
    """As signed."""
    subject: str
    """GS1 Digital Link path of the subject."""
    finding: int
    """findings.id of the finding it states."""
    event: bytes
    """The EPCIS event as JSON; empty for a lot."""
    created_ms: int
    """Gateway time."""
    gateway: bytes | None
    """The gateway whose batch holds it; None until it is batched."""
    batch_index: int | None
    """That batch's index."""
    position: int | None
    """Its place among that batch's leaves."""


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch without its leaves."""

    id: int
    """Grows with time."""
    gateway: bytes
    """Address that anchors it, 20 bytes."""
    batch_index: int
    """Its number among this gateway's batches."""
    root: bytes
    """Its Merkle root, 32 bytes."""
    count: int
    """How many attestations it holds."""
    created_ms: int
    """Gateway time."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle file that was written."""

    subject: str
    """What it proves."""
    path: str
    """Where it is."""
    sha256: bytes
    """Of the file, 32 bytes."""
    created_ms: int
    """Gateway time."""


class Step(StrEnum):
    """How far the proof of a subject has come."""

    RECORDED = "recorded"
    """Readings or a finding are stored."""
    SIGNED = "signed"
    """An attestation is stored."""
    ANCHORED = "anchored"
    """Its batch is included in a block."""
    FINAL = "final"
    """Our light client proved the anchor in a finalized block."""
