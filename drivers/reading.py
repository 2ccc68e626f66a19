"""The Reading: one value of one quantity, as a device stated it.

Pure: no clock, no socket. Everything downstream (store, agents, Merkle leaves) is built from this record alone.
"""

from dataclasses import dataclass
from enum import StrEnum


class Quality(StrEnum):
    """How far a reading's value and time may be trusted."""

    GOOD = "good"
    """The device stated value and time itself."""
    UNCERTAIN = "uncertain"
    """Value stands, but time or order was filled in by the gateway; such a reading cannot be told from its repeat."""
    BAD = "bad"
    """The device itself said that the value is not to be used."""


Value = float | bool | str | bytes
"""Numbers are floats (SenML knows one numeric kind); bytes are opaque, such as an inspection frame."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one quantity, with unit, device time, sequence and quality."""

    device: str
    """Id of the device that stated the value."""
    quantity: str
    """What was measured: `temperature`, `humidity`, `frame`."""
    value: Value
    """The value, in `unit`."""
    unit: str
    """SenML unit (RFC 8428 section 12.1), or the empty string."""
    time_ms: int
    """Device time, milliseconds since the Unix epoch."""
    sequence: int | None
    """The device's own counter, if it has one; with `device` it names the delivery that carried the reading."""
    quality: Quality
    """How far value and time may be trusted."""
    evidence: bytes
    """sha256 of the payload as received, 32 bytes."""
