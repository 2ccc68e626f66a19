"""What a shipment's policy allows, read from the agent's manifest, and how long readings were beyond it. Pure.

A second, smaller reader of the same TOML than the agent's own: the verifier judges nothing, it only looks whether a verdict of "conforms"
stands against the readings beside it. So values are taken as stated, without their uncertainty: an agent that finds a trip conforming has
found every value inside by at least the uncertainty, hence inside without it as well.

Between two readings of one device a quantity moves in a straight line, or with `step` stays what it was until the next; a longer stretch
than the policy's gap counts for nothing. A value on the limit is inside. A file does not say when a device was attached: an agent calls no
trip conforming that would be outside, or too warm in the mean, on a straight line from one attachment to the next. Where a line crosses a
limit, up to a millisecond is given away, so that rounding never finds more than the agent did.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor, inf, isfinite, isnan
from typing import Literal

import msgspec

from oracle.bundle import ReadingRow
from oracle.manifest import load
from oracle.policy_kinetic import mean_kinetic_temperature

MINUTE_MS = 60_000
"""Milliseconds in a minute."""
MOST_KELVIN = 100_000
"""Largest activation energy over the gas constant that an agent takes."""

MOST_LIMITS = 8
"""Bands and peaks of one quantity; all readings are gone through once for each."""

Stretch = tuple[int, int]
"""Beginning and end, milliseconds."""
Line = Sequence[tuple[int, float]]
"""Times and values of one device, in order."""


class Band(msgspec.Struct, frozen=True):
    """Where one quantity stays; what else the manifest says of it is the agent's affair."""

    quantity: str
    """What is measured."""
    unit: str = ""
    """SenML unit of the limits, for a page that shows them."""
    low: float = -inf
    """Lowest allowed value."""
    high: float = inf
    """Highest allowed value."""
    between: str = "line"
    """`line` or `step`."""
    allowed_minutes_above: float = 0.0
    """Cumulative time above that is tolerated."""
    allowed_minutes_below: float = 0.0
    """Cumulative time below that is tolerated."""
    longest_minutes_above: float | None = None
    """Longest time above at once that is tolerated; None leaves it to the cumulative limit."""
    longest_minutes_below: float | None = None
    """Longest time below at once that is tolerated."""
    longest_gap_minutes: float = 30.0
    """A longer stretch without a reading is not bridged."""
    required: bool = True
    """Whether the whole trip must be covered."""

    def __post_init__(self) -> None:
        """Refuses what is no limit; the reader then takes the manifest for one without."""
        times = (
            self.allowed_minutes_above,
            self.allowed_minutes_below,
            self.longest_minutes_above or 0.0,
            self.longest_minutes_below or 0.0,
        )
        if isnan(self.low) or isnan(self.high) or not all(map(isfinite, times)) or not self.longest_gap_minutes > 0:
            raise ValueError(f"a limit of {self.quantity} is no number")


class Peaks(msgspec.Struct, frozen=True):
    """Values that may not be exceeded more often than so many times."""

    quantity: str
    """What is measured."""
    high: float
    """Highest value that is no event."""
    allowed: float = 0
    """How many events are tolerated."""
    longest_gap_minutes: float = 30.0
    """A longer stretch without a reading is a gap."""
    required: bool = True
    """Whether the whole trip must be covered."""

    def __post_init__(self) -> None:
        """Refuses what is no limit; the reader then takes the manifest for one without."""
        if not isfinite(self.high) or not isfinite(self.allowed) or not self.longest_gap_minutes > 0:
            raise ValueError(f"a limit of {self.quantity} is no number")


class Kinetic(msgspec.Struct, frozen=True):
    """A limit on the mean kinetic temperature."""

    limit: float
    """Highest tolerated one."""
    quantity: str = "temperature"
    """Which temperature; it has a band, whose gap counts here too."""
    activation_kelvin: float = 10_000.0
    """Activation energy over the gas constant."""

    def __post_init__(self) -> None:
        """Refuses what is no limit; the reader then takes the manifest for one without."""
        if not isfinite(self.limit) or not 1 <= self.activation_kelvin <= MOST_KELVIN:
            raise ValueError(f"a limit of {self.quantity} is no number")


Position = tuple[float, float]
"""Latitude and longitude, degrees."""


class Fence(msgspec.Struct, frozen=True):
    """An area on the ground: a circle, or the polygon between corners."""

    kind: Literal["inside", "outside"]
    """Whether the goods stay within it or keep out of it."""
    center: Position | None = None
    """A circle's middle."""
    radius_km: float | None = None
    """A circle's radius, kilometres."""
    corners: tuple[Position, ...] = ()
    """A polygon's corners, joined by great circles, the last with the first."""

    def __post_init__(self) -> None:
        """Refuses what is no area; the reader then takes the manifest for one without limits."""
        stated = (self.center is not None, self.radius_km is not None, bool(self.corners))
        if stated not in ((True, True, False), (False, False, True)) or len(self.corners) in (1, 2):
            raise ValueError("a fence is a circle or a polygon")


class Route(msgspec.Struct, frozen=True):
    """Where the goods may be."""

    corridor: tuple[Position, ...] = ()
    """Waypoints joined by great circles."""
    within_km: float = 25.0
    """How far off that line is still on the route."""
    fences: tuple[Fence, ...] = ()
    """Areas to stay in or to keep out of."""
    allowed_minutes_off: float = 0.0
    """Cumulative time off the route that is tolerated."""
    longest_gap_minutes: float = 120.0
    """A longer stretch without a fix is not bridged."""
    required: bool = True
    """Whether the whole trip must be covered by fixes."""

    def __post_init__(self) -> None:
        """Refuses what is no route; the reader then takes the manifest for one without limits."""
        areas = [place for fence in self.fences for place in (*fence.corners, *([] if fence.center is None else [fence.center]))]
        places = [number for place in (*self.corridor, *areas) for number in place]
        numbers = [*places, *(fence.radius_km or 0.0 for fence in self.fences), self.within_km, self.allowed_minutes_off]
        if not all(map(isfinite, numbers)) or not self.longest_gap_minutes > 0 or not (self.corridor or self.fences):
            raise ValueError("a route bounds nothing, or is no number")


class Policy(msgspec.Struct, frozen=True):
    """The limits that need nothing but readings."""

    bands: tuple[Band, ...] = ()
    """Where quantities stay."""
    peaks: tuple[Peaks, ...] = ()
    """What must not be exceeded."""
    fewest_readings: float = 12
    """Fewer than these of a required quantity conclude nothing."""
    kinetic: Kinetic | None = None
    """A limit on the mean kinetic temperature."""
    route: Route | None = None
    """Where the goods may be."""
    deadline_hours: float | None = None
    """Longest trip, where the shipment has no deadline of its own."""

    def __post_init__(self) -> None:
        """Refuses a number of readings that is none, a mean of what is not measured, and limits without end."""
        if max(Counter(one.quantity for one in self.watched).values(), default=0) > MOST_LIMITS:
            raise ValueError(f"a quantity has more than {MOST_LIMITS} limits")
        if not isfinite(self.fewest_readings) or not isfinite(self.deadline_hours or 0):
            raise ValueError("fewest_readings or deadline_hours is no number")
        if self.kinetic is not None and self.kinetic.quantity not in {band.quantity for band in self.bands}:
            raise ValueError(f"the kinetic limit needs a band of {self.kinetic.quantity}")

    @property
    def watched(self) -> list[Band | Peaks]:
        """Returns all limits of single quantities."""
        return [*self.bands, *self.peaks]

    @property
    def required(self) -> list[tuple[str, float]]:
        """Returns the quantities that must be measured throughout, each once with each longest gap, in minutes."""
        return list(dict.fromkeys((one.quantity, one.longest_gap_minutes) for one in self.watched if one.required))


class _Manifest(msgspec.Struct, frozen=True):
    policy: Policy


class Excursion(msgspec.Struct, frozen=True):
    """How far readings went beyond one limit."""

    limit: str
    """The limit in words."""
    found: float
    """Minutes beyond it, or events."""
    allowed: float
    """How many are tolerated."""
    unit: str = "min"
    """Of the last two."""

    def __str__(self) -> str:
        return f"{self.found:.4g} {self.unit} {self.limit}, {self.allowed:.4g} allowed"


@lru_cache(maxsize=16)
def read_policy(manifest: str) -> Policy | None:
    """Returns the policy in a manifest, or None where it states none that this reader understands."""
    try:
        return msgspec.convert(load(manifest), _Manifest).policy
    except msgspec.ValidationError:
        return None


def excursions(policy: Policy, rows: Sequence[ReadingRow]) -> list[Excursion]:
    """Returns how far the rows, in order of time, went beyond each limit of the policy."""
    found = []
    for band in policy.bands:
        lines = lines_of(band.quantity, rows)
        for side, limit, sign, allowed, longest in (
            ("above", band.high, 1.0, band.allowed_minutes_above, band.longest_minutes_above),
            ("below", band.low, -1.0, band.allowed_minutes_below, band.longest_minutes_below),
        ):
            if abs(limit) == inf:
                continue
            spans = [end - begin for begin, end in union(stretch for line in lines for stretch in beyond(line, limit, sign, band))]
            found.append(Excursion(f"{side} {limit:.6g} ({band.quantity})", sum(spans) / MINUTE_MS, allowed))
            if longest is not None:
                found.append(Excursion(f"at once {side} {limit:.6g} ({band.quantity})", max(spans, default=0) / MINUTE_MS, longest))
    for peaks in policy.peaks:
        # One shock is felt by every device on the pallet: the one that felt most counts.
        events = max((sum(value > peaks.high for _, value in line) for line in lines_of(peaks.quantity, rows)), default=0)
        found.append(Excursion(f"above {peaks.high:.6g} ({peaks.quantity})", events, peaks.allowed, "events"))
    return found


def heat(policy: Policy, rows: Sequence[ReadingRow]) -> list[Excursion]:
    """Returns the mean kinetic temperature of the warmest device, where the policy limits it; a sample of the rows has no mean."""
    limit = policy.kinetic
    if limit is None:
        return []
    gap_ms = next(band for band in policy.bands if band.quantity == limit.quantity).longest_gap_minutes * MINUTE_MS
    means = [mean_kinetic_temperature(line, limit.activation_kelvin, gap_ms) for line in lines_of(limit.quantity, rows)]
    known = [mean for mean in means if mean is not None]
    return [Excursion(f"mean kinetic ({limit.quantity})", max(known), limit.limit, "Cel")] if known else []


def gaps(policy: Policy, rows: Sequence[ReadingRow], from_ms: int, to_ms: int) -> list[str]:
    """Returns a line for each stretch between two instants without a required quantity that is longer than the policy allows."""
    found = []
    for quantity, minutes in policy.required:
        found += holes(quantity, minutes, lines_of(quantity, rows), from_ms, to_ms)
    return found


def holes(quantity: str, minutes: float, lines: Sequence[Line], from_ms: int, to_ms: int) -> list[str]:
    """Returns a line for each stretch between two instants, longer than so many minutes, in which no device measured a quantity."""
    longest = minutes * MINUTE_MS
    steps = [(t0, t1) for line in lines for (t0, _), (t1, _) in pairwise(line) if t1 - t0 <= longest]
    instants = [(at, at) for line in lines for at, _ in line]
    stretches = union([(from_ms, from_ms), *steps, *instants, (to_ms, to_ms)])
    lengths = (begin - end for (_, end), (begin, _) in pairwise(stretches))
    return [f"{length / MINUTE_MS:.0f} minutes without {quantity}, {minutes:.0f} allowed" for length in lengths if length > longest]


def scarce(policy: Policy, rows: Sequence[ReadingRow]) -> list[str]:
    """Returns a line for each required quantity of which there are fewer readings than the policy concludes from."""
    quantities = dict.fromkeys(quantity for quantity, _ in policy.required)
    counts = {quantity: sum(map(len, lines_of(quantity, rows))) for quantity in quantities}
    fewest = policy.fewest_readings
    return [f"{count} readings of {quantity}, {fewest:.0f} needed" for quantity, count in counts.items() if count < fewest]


def lines_of(quantity: str, rows: Iterable[ReadingRow]) -> list[list[tuple[int, float]]]:
    """Returns what each device stated of one quantity: times and values, in order, each once however often it was delivered."""
    lines: dict[str, set[tuple[int, float]]] = {}
    for row in rows:
        if row.quantity == quantity:
            lines.setdefault(row.device, set()).add((row.time_ms, row.value))
    return [sorted(line) for line in lines.values()]


def beyond(line: Line, limit: float, sign: float, band: Band) -> Iterator[Stretch]:
    """Yields, step by step, when a line is beyond a limit."""
    for (t0, v0), (t1, v1) in pairwise(line):
        e0, e1 = sign * (v0 - limit), sign * (v1 - limit)
        if not 0 < t1 - t0 <= band.longest_gap_minutes * MINUTE_MS or (e0 <= 0 and (e1 <= 0 or band.between == "step")):
            continue
        begin, end = t0, t1
        if band.between != "step" and (e0 <= 0 or e1 <= 0):
            crossing = (t1 - t0) * e0 / (e0 - e1)
            begin, end = (t0, t0 + ceil(crossing) - 1) if e0 > 0 else (t0 + floor(crossing) + 1, t1)
        if begin < end:
            yield begin, end


def union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Returns the time that lies in any of them, sorted and without overlap."""
    joined: list[Stretch] = []
    for begin, end in sorted(stretches):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined
