"""What is drawn: points in time, the stretches between gaps, the stretches outside the band. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Band:
    """The closed interval in which a quantity should stay."""

    low: float
    """Lowest allowed value."""
    high: float
    """Highest allowed value."""


@dataclass(frozen=True, slots=True)
class Point:
    """The readings of one moment, or of one bucket of time."""

    time_ms: int
    """Device time."""
    low: float
    """The lowest of them."""
    high: float
    """The highest of them."""


@dataclass(frozen=True, slots=True)
class Series:
    """One quantity of one device over a span of time."""

    key: str
    """Names the chart within its page: letters, digits, hyphens."""
    title: str
    """What a person who cannot see it is told it shows."""
    unit: str
    """As printed."""
    from_ms: int
    """Left end of the chart."""
    to_ms: int
    """Right end of the chart."""
    points: tuple[Point, ...]
    """Ascending in time."""
    gap_ms: int
    """A longer stretch without a point is not drawn through."""
    band: Band | None = None
    """Where the values should stay."""


def runs(series: Series) -> list[tuple[Point, ...]]:
    """Returns the points in stretches without a gap."""
    found: list[list[Point]] = []
    for point in series.points:
        if not found or point.time_ms - found[-1][-1].time_ms > series.gap_ms:
            found.append([])
        found[-1].append(point)
    return [tuple(run) for run in found]


def gaps(series: Series) -> list[tuple[int, int]]:
    """Returns the stretches without a reading as (from_ms, to_ms): between the runs, nothing is drawn or assumed."""
    found = runs(series)
    return [(before[-1].time_ms, after[0].time_ms) for before, after in pairwise(found)]


def outside(series: Series) -> list[tuple[int, int]]:
    """Returns the stretches outside the band as (from_ms, to_ms), each up to the next point inside it or to the gap."""
    band = series.band
    if band is None:
        return []
    found: list[tuple[int, int]] = []
    for run in runs(series):
        began: int | None = None
        for point in run:
            breach = point.low < band.low or point.high > band.high
            if breach and began is None:
                began = point.time_ms
            elif not breach and began is not None:
                found.append((began, point.time_ms))
                began = None
        if began is not None:
            found.append((began, run[-1].time_ms))
    return found


def worst(series: Series) -> tuple[Point, float] | None:
    """Returns the point farthest outside the band with its value there, or None if all are inside."""
    if series.band is None:
        return None
    found: tuple[Point, float] | None = None
    farthest = 0.0
    for point in series.points:
        for value, beyond in ((point.high, point.high - series.band.high), (point.low, series.band.low - point.low)):
            if beyond > farthest:
                found, farthest = (point, value), beyond
    return found


def thinned(points: Sequence[Point], most: int) -> Iterator[Point]:
    """Yields at most `most` of the points, evenly."""
    step = max(1, -(-len(points) // most))
    return iter(points[::step])


def usual_gap_ms(points: Sequence[Point]) -> int:
    """Returns what counts as a gap where nobody said: four times the usual distance, at least a minute."""
    distances = sorted(after.time_ms - before.time_ms for before, after in pairwise(points))
    return max(60_000, 4 * distances[len(distances) // 2]) if distances else 60_000
