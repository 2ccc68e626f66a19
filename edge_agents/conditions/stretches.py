"""Time outside a limit, as stretches: arrays of (begin, end) in milliseconds, sorted and without overlap. Pure.

Between two neighbouring samples a quantity is taken to move in a straight line, so a crossing lies where the line meets the limit, and
splitting a step at a point of its line changes nothing; a state such as a door holds until the next sample instead. A step longer than the
allowed gap counts for nothing: what was not measured is neither held against the shipment nor for it. A value on the limit is inside.

A limit is compared with a measurement and its expanded uncertainty U (ISO 14253-1, JCGM 106): beyond the limit by more than U is
*certainly* outside, within U of the limit on either side is *possibly* outside, and only what is inside by U or more is inside for sure.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Stretches = NDArray[np.float64]
"""Shape (n, 2)."""
NONE: Stretches = np.empty((0, 2))
"""No time at all."""
MINUTE_MS = 60_000.0
"""Milliseconds in a minute."""


def positive(times: Stretches, excess: Stretches, gap_ms: float, *, hold: bool = False) -> Stretches:
    """Returns when the line through (times, excess) is above zero; with `hold` each value stands until the next one."""
    if len(times) < 2:
        return NONE
    t0, t1, e0, e1 = times[:-1], times[1:], excess[:-1], excess[1:]
    steps = (t1 - t0 <= gap_ms) & (t1 > t0)
    if hold:
        keep = steps & (e0 > 0)
        return union([np.column_stack((t0[keep], t1[keep]))])
    keep = steps & ((e0 > 0) | (e1 > 0))
    t0, t1, e0, e1 = t0[keep], t1[keep], e0[keep], e1[keep]
    crosses = (e0 > 0) != (e1 > 0)
    crossing = t0 + (t1 - t0) * np.divide(e0, e0 - e1, out=np.zeros_like(e0), where=crosses)
    return union([np.column_stack((np.where(e0 > 0, t0, crossing), np.where(e1 > 0, t1, crossing)))])


def covered(times: Stretches, gap_ms: float) -> Stretches:
    """Returns when a series speaks: its steps that are no longer than the gap, and each sample by itself."""
    if not len(times):
        return NONE
    steps = times[1:] - times[:-1] <= gap_ms
    return union([np.column_stack((times, times)), np.column_stack((times[:-1][steps], times[1:][steps]))])


def union(parts: Iterable[Stretches]) -> Stretches:
    """Returns the time that lies in any of the parts; stretches that touch become one."""
    joined = np.concatenate([NONE, *parts])
    joined = joined[joined[:, 1] >= joined[:, 0]]
    if len(joined) < 2:
        return joined
    joined = joined[np.lexsort((joined[:, 1], joined[:, 0]))]
    reach = np.maximum.accumulate(joined[:, 1])
    begins = np.concatenate(([True], joined[1:, 0] > reach[:-1]))
    ends = np.concatenate((begins[1:], [True]))
    return np.column_stack((joined[begins, 0], reach[ends]))


def clipped(stretches: Stretches, begin: float, end: float) -> Stretches:
    """Returns the part between two instants."""
    inside = np.clip(stretches, begin, end) if end >= begin else NONE
    kept: Stretches = inside[inside[:, 1] > inside[:, 0]]
    return kept


def holes(stretches: Stretches, begin: float, end: float, longest: float) -> Stretches:
    """Returns the time between `begin` and `end` that no stretch covers, in pieces longer than `longest`."""
    if end <= begin:
        return NONE
    kept = np.clip(stretches[(stretches[:, 1] >= begin) & (stretches[:, 0] <= end)], begin, end)
    edges = np.column_stack((np.concatenate(([begin], kept[:, 1])), np.concatenate((kept[:, 0], [end]))))
    found: Stretches = edges[edges[:, 1] - edges[:, 0] > longest]
    return found


def total(stretches: Stretches) -> float:
    """Returns how long they are together, in minutes."""
    return float((stretches[:, 1] - stretches[:, 0]).sum()) / MINUTE_MS


def longest(stretches: Stretches) -> float:
    """Returns how long the longest is, in minutes."""
    return float((stretches[:, 1] - stretches[:, 0]).max(initial=0.0)) / MINUTE_MS


@dataclass(frozen=True, slots=True)
class Outside:
    """Time outside one limit, as far as the sensors can tell; each holds the one before it."""

    certain: Stretches
    """Outside by more than the uncertainty, and certainly during the trip."""
    measured: Stretches
    """Outside by the values as they were stated: the best estimate."""
    possible: Stretches
    """Not inside by the uncertainty."""


def joined(parts: Iterable[Outside]) -> Outside:
    """Returns the time outside any of several limits, or by any of several devices."""
    every = list(parts)
    return Outside(union(p.certain for p in every), union(p.measured for p in every), union(p.possible for p in every))


def exceeded(outside: Outside, allowed_minutes: float, longest_minutes: float | None) -> bool:
    """Returns whether a limit on time is certainly exceeded."""
    return _beyond(outside.certain, allowed_minutes, longest_minutes)


def doubtful(outside: Outside, allowed_minutes: float, longest_minutes: float | None) -> bool:
    """Returns whether a limit on time may be exceeded."""
    return _beyond(outside.possible, allowed_minutes, longest_minutes)


def _beyond(stretches: Stretches, allowed_minutes: float, longest_minutes: float | None) -> bool:
    return total(stretches) > allowed_minutes or (longest_minutes is not None and longest(stretches) > longest_minutes)
