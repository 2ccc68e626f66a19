"""The Finding: what an agent concluded from readings. Pure."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Verdict(IntEnum):
    """The conclusion in one byte, as the shipment schema carries it on chain."""

    CONFORMS = 0
    """Everything stayed within what the product allows."""
    BREACH = 1
    """The product's limits were exceeded."""
    INSUFFICIENT = 2
    """There are too few readings, or too long a gap, to conclude either."""


class SubjectKind(StrEnum):
    """What a finding speaks about."""

    SHIPMENT = "shipment"
    LOT = "lot"


@dataclass(frozen=True, slots=True)
class Finding:
    """One conclusion about one subject, recomputable from the readings it names."""

    agent: str
    """Name in the agent's manifest."""
    agent_hash: bytes
    """sha256 of the manifest as it stands on disk, 32 bytes; the manifest names the model's hash."""
    kind: SubjectKind
    """Whether the subject is a shipment or a lot."""
    subject: str
    """The subject's GS1 key as Digital Link path, such as `00/106141412345678908` (shipment) or `01/09506000134352/10/L42` (lot)."""
    item: str
    """Within a lot: the inspected item's name, else the empty string."""
    device: str
    """The device whose readings were used."""
    verdict: Verdict
    """The conclusion."""
    label: str
    """The verdict in the agent's own vocabulary: `conforms`, `excursion`, `scratch`."""
    confidence: float
    """Between 0 and 1; 1 for a rule."""
    from_ms: int
    """Device time of the first reading used."""
    to_ms: int
    """Device time of the last reading used."""
    readings: int
    """How many readings were used."""
    measures: tuple[tuple[str, float], ...]
    """What the agent measured, by name in a fixed order: `excursion_minutes`, `mean_kinetic_temperature`, `maximum`."""
    evidence: bytes
    """sha256 over the evidence hashes of the readings used, in order; for a single frame the frame's own sha256."""
