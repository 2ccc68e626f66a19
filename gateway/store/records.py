"""What the tables hold besides the other rooms' own records. Pure values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from drivers.reading import Reading
from edge_agents.finding import Finding
from gateway.life import Life
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
    """One trip."""

    subject: str
    """GS1 Digital Link path, `00/<SSCC>`."""
    device: str
    """The device that was first attached; `attachments` tells of all."""
    product: str
    """Name of the product, which has a band in the configuration."""
    opened_ms: int
    """Device time of its beginning."""
    closed_ms: int | None = None
    """Device time of its end; None while open."""
    state: ShipmentState = ShipmentState.OPEN
    """How far this gateway's measuring has come."""
    life: Life = Life.COMMISSIONED
    """Where the goods are in their life."""
    revision: int = 0
    """Grows with every change of `life`; what compare-and-swap compares."""
    edition: int = 0
    """How often it was corrected; the finding that counts has the same."""
    deadline_ms: int | None = None
    """When the trip has to end; None leaves it to the product's policy."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A device that travels with a shipment for some time."""

    subject: str
    """GS1 Digital Link path of the shipment."""
    device: str
    """Its id."""
    from_ms: int
    """When it was attached, gateway time."""
    to_ms: int | None
    """When it was detached; None while it travels."""


@dataclass(frozen=True, slots=True)
class StoredStep:
    """Something that happened to a shipment."""

    subject: str
    """GS1 Digital Link path of the shipment."""
    number: int
    """0, 1, 2 ... within the shipment."""
    step: str
    """One word: an event of `gateway.life`, or what happened to a device."""
    at_ms: int
    """When it happened."""
    recorded_ms: int
    """Gateway time."""
    detail: str
    """One sentence."""
    event: dict[str, Any]
    """Its EPCIS event."""


@dataclass(frozen=True, slots=True)
class StoredCoverage:
    """A part of a trip about which another gateway has attested."""

    subject: str
    """GS1 Digital Link path of the shipment."""
    uid: bytes
    """uid of the attestation, 32 bytes."""
    attester: bytes
    """Who signed it, 20 bytes."""
    from_ms: int
    """Its first reading."""
    to_ms: int
    """Its last reading."""
    verdict: int
    """What it concludes."""
    document: str
    """The attestation as eas-sdk writes it."""
    recorded_ms: int
    """Gateway time."""


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
    edition: int = 0
    """0, or the number of the correction after which it was drawn."""
    beside: bool = False
    """Whether it was drawn beside the shipment's own policy, by one that somebody awaits a verdict by."""


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
