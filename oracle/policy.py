"""What a shipment's policy allows, read from the agent's manifest. Pure.

A second, smaller reader of the same TOML than the agent's own: the verifier judges nothing, it only looks whether a verdict of "conforms"
stands against the readings beside it (`policy_readings`, `policy_route`). So values are taken as stated, without their uncertainty: an
agent that finds a trip conforming has found every value inside by at least the uncertainty, hence inside without it as well.
"""

from collections import Counter
from functools import lru_cache
from math import inf, isfinite, isnan
from typing import Literal

import msgspec

from oracle.manifest import load

MOST_KELVIN = 100_000
"""Largest activation energy over the gas constant that an agent takes."""

MOST_LIMITS = 8
"""Bands and peaks of one quantity; all readings are gone through once for each."""


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


@lru_cache(maxsize=16)
def read_policy(manifest: str) -> Policy | None:
    """Returns the policy in a manifest, or None where it states none that this reader understands."""
    try:
        return msgspec.convert(load(manifest), _Manifest).policy
    except msgspec.ValidationError:
        return None
