"""The Window: one device's readings of one quantity over a whole trip, in order. Pure.

Invariants of a Window:
- samples are sorted by time; an exact repeat (same time, same value) appears once;
- two different values at one instant both stay: extremes see both, and as the step between them has no width it weighs nothing;
- only finite numbers of readings whose quality is not `bad` become samples; what was left out is counted, never silently dropped;
- it does not depend on the order in which readings were given.

It deliberately fills no gaps. What a gap means is the agent's business; `Window.longest_gap_ms` says how long it was, counting the
time between the trip's start and the first sample and between the last sample and the trip's end.
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from drivers.reading import Quality, Reading
from edge_agents.errors import MixedReadings


@dataclass(frozen=True, slots=True)
class Sample:
    """One number at one instant, and the payload it came from."""

    time_ms: int
    """Device time, milliseconds since the Unix epoch."""
    value: float
    """Finite, in the window's unit."""
    evidence: bytes
    """sha256 of the payload as received, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Window:
    """The samples of one device and quantity between two instants."""

    device: str
    """Id of the device."""
    quantity: str
    """What was measured."""
    start_ms: int
    """When the trip began; the first sample's time if the caller named none."""
    end_ms: int
    """When the trip ended; the last sample's time if the caller named none."""
    samples: tuple[Sample, ...]
    """In order of time; may be empty."""
    left_out: int
    """How many readings within the trip were bad, not finite, or exact repeats."""

    @property
    def longest_gap_ms(self) -> int:
        """Returns the longest stretch of the trip without a sample, edges included; the whole trip if there is none."""
        times = [self.start_ms, *(s.time_ms for s in self.samples), self.end_ms]
        return max(b - a for a, b in pairwise(times))

    @property
    def evidence(self) -> bytes:
        """Returns sha256 over the evidence hashes of the samples, in order: 32 bytes that bind a finding to its readings."""
        return hashlib.sha256(b"".join(s.evidence for s in self.samples)).digest()


def window(readings: Iterable[Reading], *, device: str, quantity: str, start_ms: int | None = None, end_ms: int | None = None) -> Window:
    """Returns the window of `device`'s `quantity` from `start_ms` to `end_ms`, both inclusive.

    Readings outside these bounds are ignored; without bounds the window spans its samples.

    Raises:
        MixedReadings: a reading is of another device or quantity, or its value is text, bytes or a truth value.
    """
    seen: dict[tuple[int, float], tuple[int, bytes]] = {}
    given = 0
    for reading in readings:
        value = _number(reading, device, quantity)
        if (start_ms is not None and reading.time_ms < start_ms) or (end_ms is not None and reading.time_ms > end_ms):
            continue
        given += 1
        if reading.quality is Quality.BAD or not math.isfinite(value):
            continue
        key = (reading.time_ms, value)
        stated = (-1 if reading.sequence is None else reading.sequence, reading.evidence)
        # Of exact repeats the lowest sequence stands, so that the result does not depend on arrival order.
        seen[key] = min(seen.get(key, stated), stated)
    ordered = sorted((time, sequence, value, evidence) for (time, value), (sequence, evidence) in seen.items())
    samples = tuple(Sample(time, value, evidence) for time, _, value, evidence in ordered)
    first = samples[0].time_ms if samples else 0
    last = samples[-1].time_ms if samples else first
    return Window(
        device=device,
        quantity=quantity,
        start_ms=first if start_ms is None else start_ms,
        end_ms=last if end_ms is None else end_ms,
        samples=samples,
        left_out=given - len(samples),
    )


def _number(reading: Reading, device: str, quantity: str) -> float:
    """Returns the reading's value as float."""
    if reading.device != device or reading.quantity != quantity:
        raise MixedReadings(f"{reading.device} {reading.quantity}", f"{device} {quantity}")
    if isinstance(reading.value, bool) or not isinstance(reading.value, int | float):
        raise MixedReadings(
            f"{reading.device} {reading.quantity} of type {type(reading.value).__name__}", f"numbers of {device} {quantity}"
        )
    return float(reading.value)
