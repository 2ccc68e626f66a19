"""Time outside a band, with the band's crossings interpolated between samples. Pure.

Between two neighbouring samples the quantity is taken to move in a straight line, so a crossing lies where the line meets the limit,
and splitting a step at a point of its line changes nothing. A step longer than `longest_gap_ms` is not interpolated and counts for
nothing: what was not measured is neither held against the shipment nor for it. A value on the limit is inside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge_agents.window import Sample

MINUTE_MS = 60_000.0
"""Milliseconds in a minute."""


@dataclass(frozen=True, slots=True)
class Excursions:
    """How long samples were outside one limit."""

    minutes: float
    """Cumulative."""
    longest_minutes: float
    """The longest single excursion."""


def above(samples: Sequence[Sample], limit: float, longest_gap_ms: float) -> Excursions:
    """Returns how long the samples' line was above `limit`."""
    return _excursions([(s.time_ms, s.value - limit) for s in samples], longest_gap_ms)


def below(samples: Sequence[Sample], limit: float, longest_gap_ms: float) -> Excursions:
    """Returns how long the samples' line was below `limit`."""
    return _excursions([(s.time_ms, limit - s.value) for s in samples], longest_gap_ms)


def _excursions(excess: Sequence[tuple[int, float]], longest_gap_ms: float) -> Excursions:
    """Returns cumulative and longest time during which the excess is positive."""
    total = longest = run = 0.0
    end = float("-inf")
    for begin, finish in _positive(excess, longest_gap_ms):
        length = finish - begin
        # One excursion goes on where a stretch begins at the instant at which the one before ended: touching the limit ends nothing.
        run = run + length if begin == end else length
        end = finish
        total += length
        longest = max(longest, run)
    return Excursions(total / MINUTE_MS, longest / MINUTE_MS)


def _positive(excess: Sequence[tuple[int, float]], longest_gap_ms: float) -> Iterator[tuple[float, float]]:
    """Yields, step by step, the stretch of time during which the line of excess is positive."""
    for (t0, e0), (t1, e1) in pairwise(excess):
        if t1 - t0 > longest_gap_ms or (e0 <= 0 and e1 <= 0):
            continue
        crossing = t0 + (t1 - t0) * (e0 / (e0 - e1)) if (e0 > 0) != (e1 > 0) else 0.0
        yield (float(t0) if e0 > 0 else crossing), (float(t1) if e1 > 0 else crossing)
