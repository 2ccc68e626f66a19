"""What a product tolerates on its way, as data. Pure.

Policies stand in the manifests of condition agents, so that the agent's hash on chain names the limits that were applied. Every limit is
compared with a measurement and its uncertainty: see `stretches` for the rule.
"""

from math import cos, radians, sin
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Minutes = Annotated[float, Meta(ge=0, le=1_000_000)]
Number = Annotated[float, Meta(ge=-1e12, le=1e12)]
NotNegative = Annotated[float, Meta(ge=0, le=1e12)]
Celsius = Annotated[float, Meta(ge=-273.15, le=200)]
Quantity = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
Unit = Annotated[str, Meta(max_length=16)]
Gap = Annotated[float, Meta(gt=0, le=10_080)]
Position = tuple[Annotated[float, Meta(ge=-90, le=90)], Annotated[float, Meta(ge=-180, le=180)]]

_SPREAD = 0.7073
"""Cosine of the angle that 5,000 km span: a polygon within it lies on one half of the Earth."""

LATITUDE, LONGITUDE = "latitude", "longitude"
"""The quantities of a position, in the SenML units `lat` and `lon`; a fix is one reading of each with the same device time."""
POSITION_UNITS = {LATITUDE: "lat", LONGITUDE: "lon"}
"""Their units (RFC 8428 section 12.1)."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A closed table of a policy."""


class Watched(_Part, frozen=True, kw_only=True):
    """A quantity that the policy looks at."""

    quantity: Quantity
    """What is measured: `temperature`, `humidity`, `illuminance`, `door`, `tilt`, `shock`."""
    unit: Unit
    """SenML unit in which its readings come; a reading in another unit is not used, and counted."""
    longest_gap_minutes: Gap = 30.0
    """A longer stretch without a reading is never bridged, and leaves the verdict open; a device without events still speaks this often."""
    assumed_uncertainty: NotNegative = 0.0
    """Expanded uncertainty (k = 2) of a sensor without a valid certificate, in `unit`."""
    required: bool = True
    """Whether the whole trip must be covered; otherwise the limit counts only where the quantity was measured."""


class Band(Watched, frozen=True, kw_only=True):
    """The closed interval a quantity stays in; several bands of one quantity are all applied."""

    low: Number | None = None
    """Lowest allowed value; none is open below."""
    high: Number | None = None
    """Highest allowed value; none is open above."""
    between: Literal["line", "step"] = "line"
    """Between two readings: `line` for what changes steadily, `step` for states such as a door, which hold until the next reading."""
    allowed_minutes_above: Minutes = 0.0
    """Cumulative time above `high` that is still tolerated."""
    allowed_minutes_below: Minutes = 0.0
    """Cumulative time below `low` that is still tolerated."""
    longest_minutes_above: Minutes | None = None
    """Longest single excursion above `high` that is still tolerated; none leaves it to the cumulative limit."""
    longest_minutes_below: Minutes | None = None
    """Longest single excursion below `low` that is still tolerated."""

    def __post_init__(self) -> None:
        """Refuses a band that bounds nothing or is empty; msgspec turns this into a validation error with the key's path."""
        if self.low is None and self.high is None:
            raise ValueError(f"a band of {self.quantity} needs low or high")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low {self.low} must be less than high {self.high}")


class Peaks(Watched, frozen=True, kw_only=True):
    """Single values that must not be exceeded, such as the acceleration of a shock: each reading is one event."""

    high: Number
    """Highest value that is no event."""
    allowed: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """How many events are tolerated."""


class Kinetic(_Part, frozen=True, kw_only=True):
    """A limit on the mean kinetic temperature."""

    quantity: Quantity = "temperature"
    """Which temperature; it also needs a band, which gives its gap and its assumed uncertainty."""
    limit: Celsius
    """Highest tolerated mean kinetic temperature."""
    activation_kelvin: Annotated[float, Meta(gt=0, le=100_000)] = 10_000.0
    """Activation energy over the gas constant; 83.144 kJ/mol by convention, USP <1079.2>."""


class Fence(_Part, frozen=True, kw_only=True):
    """An area on the ground: a circle, or the polygon between corners."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    """As a person calls it."""
    kind: Literal["inside", "outside"]
    """Whether the goods stay within it or keep out of it."""
    center: Position | None = None
    """A circle's middle: latitude and longitude, degrees (WGS 84)."""
    radius_km: Annotated[float, Meta(gt=0, le=20_000)] | None = None
    """A circle's radius, kilometres."""
    corners: Annotated[tuple[Position, ...], Meta(min_length=3, max_length=100)] = ()
    """A polygon's corners in either direction, joined by great circles, the last with the first."""

    def __post_init__(self) -> None:
        """Refuses what is neither a circle nor a polygon, and a polygon of which nobody could say which side is within."""
        if (self.center is not None, self.radius_km is not None, bool(self.corners)) not in ((True, True, False), (False, False, True)):
            raise ValueError("a fence is a center with a radius_km, or three corners or more")
        if any(_cosine(self.corners[0], corner) < _SPREAD for corner in self.corners):
            raise ValueError("a fence's corners lie within 5,000 km of the first one; use several fences")


class Route(_Part, frozen=True, kw_only=True):
    """Where the goods may be."""

    corridor: Annotated[tuple[Position, ...], Meta(max_length=1000)] = ()
    """Waypoints joined by great circles; empty for no corridor."""
    within_km: Annotated[float, Meta(gt=0, le=20_000)] = 25.0
    """How far off that line is still on the route."""
    fences: Annotated[tuple[Fence, ...], Meta(max_length=100)] = ()
    """Areas to stay in or to keep out of."""
    allowed_minutes_off: Minutes = 0.0
    """Cumulative time off the route, or on the wrong side of a fence, that is still tolerated."""
    longest_gap_minutes: Gap = 120.0
    """A longer stretch without a fix is never bridged, and leaves the verdict open."""
    assumed_uncertainty_m: NotNegative = 50.0
    """Expanded uncertainty of a receiver without a certificate, metres."""
    required: bool = True
    """Whether the whole trip must be covered by fixes."""

    def __post_init__(self) -> None:
        """Refuses a route that bounds nothing."""
        if len(self.corridor) == 1:
            raise ValueError("a corridor has at least two waypoints; use a fence for one place")
        if not self.corridor and not self.fences:
            raise ValueError("a route needs a corridor or a fence")


class Policy(_Part, frozen=True, kw_only=True):
    """A product's limits over one trip."""

    title: Annotated[str, Meta(min_length=1, max_length=80)]
    """As a person calls it."""
    calibration: Literal["required", "noted"] = "noted"
    """`required`: a sensor without valid certificate proves nothing, and leaves the verdict open. `noted`: the finding says so."""
    clock_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 900.0
    """By how much a device's clock may seem to be off before the verdict is left open."""
    fewest_readings: Annotated[int, Meta(ge=2, le=1_000_000)] = 12
    """Fewer than these of a required quantity conclude nothing."""
    deadline_hours: Annotated[float, Meta(gt=0, le=100_000)] | None = None
    """Longest trip, where the shipment names no deadline of its own."""
    bands: Annotated[tuple[Band, ...], Meta(max_length=64)] = ()
    """Where quantities stay."""
    peaks: Annotated[tuple[Peaks, ...], Meta(max_length=16)] = ()
    """What must not happen more often than so many times."""
    kinetic: Kinetic | None = None
    """A limit on the mean kinetic temperature."""
    route: Route | None = None
    """Where the goods may be."""

    def __post_init__(self) -> None:
        """Refuses a policy without limits, and two units for one quantity."""
        if not (self.bands or self.peaks or self.route):
            raise ValueError("a policy needs a band, a peak or a route")
        for part in self.watched:
            if self.units[part.quantity] != part.unit:
                raise ValueError(f"{part.quantity} has two units, {self.units[part.quantity]!r} and {part.unit!r}")
        if self.kinetic is not None and self.kinetic.quantity not in {band.quantity for band in self.bands}:
            raise ValueError(f"the kinetic limit needs a band of {self.kinetic.quantity}")

    @property
    def watched(self) -> tuple[Watched, ...]:
        """Returns the bands, then the peaks."""
        return (*self.bands, *self.peaks)

    @property
    def units(self) -> dict[str, str]:
        """Returns the unit of every quantity that the policy looks at; its keys are those quantities."""
        units = dict(POSITION_UNITS) if self.route is not None else {}
        return units | {part.quantity: part.unit for part in reversed(self.watched)}


def _cosine(one: Position, two: Position) -> float:
    """Returns the cosine of the angle between two places at the Earth's centre."""
    north, other = radians(one[0]), radians(two[0])
    return sin(north) * sin(other) + cos(north) * cos(other) * cos(radians(two[1] - one[1]))
