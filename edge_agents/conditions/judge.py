"""From a trip and a policy to one word, with every measure it rests on. Pure.

The order of the questions:
1. what is certainly broken is a BREACH even where readings are missing, for more readings could only add to it;
2. too few readings, or a gap in what must be covered, leave the verdict open;
3. a mean kinetic temperature certainly beyond its limit is a BREACH;
4. a sensor without certificate where the policy demands one, a clock that cannot be relied on, and a value that its uncertainty may have
   put on the wrong side of a limit leave the verdict open: inside the guard band is *uncertain*, never conform;
5. else the trip CONFORMS.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge_agents.conditions import route
from edge_agents.conditions.kinetic import mean_kinetic_temperature
from edge_agents.conditions.policy import LATITUDE, LONGITUDE, Band, Kinetic, Peaks, Policy, Route
from edge_agents.conditions.stretches import (
    MINUTE_MS,
    NONE,
    Outside,
    Stretches,
    clipped,
    covered,
    doubtful,
    exceeded,
    holes,
    joined,
    longest,
    positive,
    total,
    union,
)
from edge_agents.conditions.trip import Circumstances, Floats, Series, Trip
from edge_agents.finding import Verdict

HOUR_MS = 3_600_000
METRES = 1000.0
"""In a kilometre."""

LABELS = {
    "conforms": Verdict.CONFORMS,
    "excursion": Verdict.BREACH,
    "peaks": Verdict.BREACH,
    "off-route": Verdict.BREACH,
    "late": Verdict.BREACH,
    "kinetic-heat": Verdict.BREACH,
    "too-few-readings": Verdict.INSUFFICIENT,
    "gap": Verdict.INSUFFICIENT,
    "uncalibrated": Verdict.INSUFFICIENT,
    "clock": Verdict.INSUFFICIENT,
    "uncertain": Verdict.INSUFFICIENT,
}
"""The agent's vocabulary, and what each word means on chain."""
LASTING = ("excursion", "off-route")
"""The breaches that `outside_seconds` measures; each other one is a breach however short."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far one thing that a policy looks at was measured."""

    quantity: str
    """What: a band's quantity, or `position`."""
    required: bool
    """Whether the whole trip must be covered."""
    samples: int
    """How many values there are."""
    gaps: Stretches
    """Where it was not measured, in milliseconds since the trip's start."""
    uncalibrated_gaps: Stretches
    """Where no sensor that the policy accepts measured it; the same as `gaps` where certificates are only noted."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One limit on time, as the trip kept it."""

    label: str
    """What it is called when it is broken."""
    side: str
    """`above`, `below` or `off`."""
    outside: Outside
    """When it was not kept."""
    allowed_minutes: float
    """What is tolerated altogether."""
    longest_minutes: float | None
    """What is tolerated at a time."""

    @property
    def broken(self) -> bool:
        """Returns whether it is certainly broken."""
        return exceeded(self.outside, self.allowed_minutes, self.longest_minutes)

    @property
    def open(self) -> bool:
        """Returns whether it may be broken."""
        return doubtful(self.outside, self.allowed_minutes, self.longest_minutes)


@dataclass(frozen=True, slots=True)
class Counted:
    """One limit on single values."""

    quantity: str
    """What was measured."""
    certain: int
    """Values beyond it for sure."""
    measured: int
    """Values beyond it as stated."""
    possible: int
    """Values that may be beyond it."""
    allowed: int
    """What is tolerated."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a trip comes to."""

    label: str
    """A key of LABELS."""
    measures: tuple[tuple[str, float], ...]
    """What was measured, by name in a fixed order."""


def judge(trip: Trip, policy: Policy) -> Judgement:
    """Returns the word for a trip and what it rests on; the order of the questions is the module's first paragraph."""
    tested = [one for band in policy.bands for one in _band(trip, band, policy)]
    coverage = coverages(trip, policy)
    if policy.route is not None:
        tested.append(_route(trip, policy.route, policy))
    peaks = [_peaks(trip, one, policy) for one in policy.peaks]
    kinetic = None if policy.kinetic is None else _kinetic(trip, policy.kinetic, policy)
    missing = _missing(coverage, policy)
    outright = _outright(trip, peaks, policy)
    if missing is None and kinetic is not None and policy.kinetic is not None and kinetic.certain > policy.kinetic.limit:
        outright.append("kinetic-heat")
    label = (
        next((name for name in LASTING if any(one.broken for one in tested if one.label == name)), None)
        or next(iter(outright), None)
        or missing
        or _open(trip, tested, peaks, kinetic, coverage, policy)
        or "conforms"
    )
    return Judgement(label, (*_measures(trip, tested, peaks, kinetic, coverage, policy), ("outright_breaches", float(len(outright)))))


def coverages(trip: Trip, policy: Policy) -> list[Coverage]:
    """Returns, for each thing that the policy looks at over time, where it was measured; for charts and tables as well."""
    found = [
        _coverage(trip, part.quantity, trip.of(part.quantity), part.longest_gap_minutes, part.required, policy) for part in policy.watched
    ]
    if policy.route is not None:
        fixes = [fix for fix, _ in _fixes(trip)]
        found.append(_coverage(trip, "position", fixes, policy.route.longest_gap_minutes, policy.route.required, policy))
    return found


def _outright(trip: Trip, peaks: Sequence[Counted], policy: Policy) -> list[str]:
    """Returns the limits of no duration that are broken whatever is missing."""
    found = ["peaks"] if any(one.certain > one.allowed for one in peaks) else []
    deadline = deadline_ms(trip.circumstances, policy)
    return [*found, "late"] if deadline is not None and trip.circumstances.end_ms > deadline else found


def deadline_ms(known: Circumstances, policy: Policy) -> int | None:
    """Returns when the trip had to end: the shipment's own deadline, else the policy's."""
    if known.deadline_ms is not None or policy.deadline_hours is None:
        return known.deadline_ms
    return known.start_ms + round(policy.deadline_hours * HOUR_MS)


def _missing(coverage: Iterable[Coverage], policy: Policy) -> str | None:
    needed = [one for one in coverage if one.required]
    if any(one.samples < policy.fewest_readings for one in needed):
        return "too-few-readings"
    return "gap" if any(len(one.gaps) for one in needed) else None


def _open(
    trip: Trip, tested: Sequence[Tested], peaks: Sequence[Counted], kinetic: "Heat | None", coverage: Sequence[Coverage], policy: Policy
) -> str | None:
    if any(len(one.uncalibrated_gaps) for one in coverage if one.required):
        return "uncalibrated"
    if any(series.clock_ms > policy.clock_seconds * 1000 for series in trip.series):
        return "clock"
    hot = kinetic is not None and policy.kinetic is not None and kinetic.possible > policy.kinetic.limit
    return "uncertain" if hot or any(one.open for one in tested) or any(one.possible > one.allowed for one in peaks) else None


# What is measured


def _band(trip: Trip, band: Band, policy: Policy) -> list[Tested]:
    gap_ms, hold = band.longest_gap_minutes * MINUTE_MS, band.between == "step"
    sides: list[tuple[str, Callable[[Series], Floats], float, float | None]] = []
    if band.high is not None:
        high = band.high
        sides.append(("above", lambda s: s.values - high, band.allowed_minutes_above, band.longest_minutes_above))
    if band.low is not None:
        low = band.low
        sides.append(("below", lambda s: low - s.values, band.allowed_minutes_below, band.longest_minutes_below))
    series = trip.of(band.quantity)
    uncertain = [_uncertainty(s, band.assumed_uncertainty) for s in series]
    return [
        Tested(
            "excursion",
            side,
            joined(
                [
                    *(_outside(trip, s, excess(s), u, gap_ms, hold, policy) for s, u in zip(series, uncertain, strict=True)),
                    *_unattached([(s, excess(s) + u) for s, u in zip(series, uncertain, strict=True)], gap_ms, hold),
                ]
            ),
            allowed,
            longest_one,
        )
        for side, excess, allowed, longest_one in sides
    ]


def _route(trip: Trip, limits: Route, policy: Policy) -> Tested:
    gap_ms = limits.longest_gap_minutes * MINUTE_MS
    measured = [
        (fix, route.excess(fix.values, longitudes, limits), _uncertainty(fix, limits.assumed_uncertainty_m) / METRES)
        for fix, longitudes in _fixes(trip)
        if len(fix.times)
    ]
    parts = [
        *(_outside(trip, fix, excess, u, gap_ms, False, policy) for fix, excess, u in measured),
        *_unattached([(fix, excess + u) for fix, excess, u in measured], gap_ms, False),
    ]
    return Tested("off-route", "off", joined(parts), limits.allowed_minutes_off, None)


def _outside(trip: Trip, series: Series, excess: Floats, uncertainty: float, gap_ms: float, hold: bool, policy: Policy) -> Outside:
    measured = positive(series.times, excess, gap_ms, hold=hold)
    certain = positive(series.times, excess - uncertainty, gap_ms, hold=hold) if uncertainty else measured
    possible = positive(series.times, excess + uncertainty, gap_ms, hold=hold) if uncertainty else measured
    begin, end = _surely(trip, series)
    return Outside(clipped(certain, begin, end) if _proves(series, policy) else NONE, measured, possible)


def _unattached(parts: Sequence[tuple[Series, Floats]], gap_ms: float, hold: bool) -> list[Outside]:
    """Returns when a device may have been outside between two of its attachments: unmeasured, it proves neither breach nor conformity."""
    ordered = sorted(parts, key=lambda part: (part[0].device, part[0].start_ms))
    return [
        Outside(NONE, NONE, positive(np.array([left.times[-1], right.times[0]]), np.array([before[-1], after[0]]), gap_ms, hold=hold))
        for (left, before), (right, after) in pairwise(ordered)
        if left.device == right.device
    ]


def _surely(trip: Trip, series: Series) -> tuple[float, float]:
    """Returns between which instants a reading was certainly taken during its attachment, whatever its device's clock is off by."""
    start = trip.circumstances.start_ms
    return float(series.start_ms - start + series.clock_ms), float(series.end_ms - start - series.clock_ms)


def _proves(series: Series, policy: Policy) -> bool:
    return policy.calibration == "noted" or series.certificate is not None


def _uncertainty(series: Series, assumed: float) -> float:
    return assumed if series.certificate is None else series.certificate.expanded_uncertainty


def _fixes(trip: Trip) -> list[tuple[Series, Floats]]:
    """Returns positions: a series of latitudes, and the longitudes that were stated at the same times."""
    found = []
    for north in trip.of(LATITUDE):
        for east in trip.of(LONGITUDE):
            if (east.device, east.start_ms) == (north.device, north.start_ms):
                _, at, beside = np.intersect1d(north.times, east.times, return_indices=True)
                found.append((replace(north, times=north.times[at], values=north.values[at]), east.values[beside]))
    return found


def _peaks(trip: Trip, limit: Peaks, policy: Policy) -> Counted:
    certain = measured = possible = 0
    series = trip.of(limit.quantity)
    # One shock is felt by every device on the pallet: the one that felt most counts, over all of its attachments.
    for own in ([s for s in series if s.device == device] for device in trip.devices):
        uncertain = [_uncertainty(s, limit.assumed_uncertainty) for s in own]
        certain = max(
            certain, _events(own, [_counts(trip, s, policy) & (s.values - limit.high > u) for s, u in zip(own, uncertain, strict=True)])
        )
        measured = max(measured, _events(own, [s.values > limit.high for s in own]))
        possible = max(possible, _events(own, [s.values - limit.high > -u for s, u in zip(own, uncertain, strict=True)]))
    return Counted(limit.quantity, certain, measured, possible, limit.allowed)


def _counts(trip: Trip, series: Series, policy: Policy) -> NDArray[np.bool_]:
    """Returns which samples prove something: those of an accepted sensor that were certainly taken during the attachment."""
    begin, end = _surely(trip, series)
    during: NDArray[np.bool_] = (series.times >= begin) & (series.times <= end)
    return during & _proves(series, policy)


def _events(series: Sequence[Series], chosen: Sequence[NDArray[np.bool_]]) -> int:
    """Returns how many different samples are chosen; one at an instant at which two attachments meet is in both."""
    return len({sample for s, mask in zip(series, chosen, strict=True) for sample in zip(s.times[mask], s.values[mask], strict=True)})


@dataclass(frozen=True, slots=True)
class Heat:
    """Mean kinetic temperatures of the warmest device."""

    certain: float
    """Less the uncertainty; minus infinity where no accepted sensor measured."""
    measured: float
    """As stated."""
    possible: float
    """With the uncertainty."""


def _kinetic(trip: Trip, limit: Kinetic, policy: Policy) -> Heat | None:
    band = next(one for one in policy.bands if one.quantity == limit.quantity)
    certain, measured, possible = [-np.inf], [], []
    for device in trip.devices:
        series = [s for s in trip.of(limit.quantity) if s.device == device]
        if not series:
            continue
        parts, gap_ms = [(s.times, s.values) for s in series], band.longest_gap_minutes * MINUTE_MS
        mean = mean_kinetic_temperature(parts, limit.activation_kelvin, gap_ms)
        uncertainty = max(_uncertainty(s, band.assumed_uncertainty) for s in series)
        measured.append(mean)
        # Unmeasured steps between two attachments prove nothing, but may have been as warm as both of their ends.
        possible.append(max(mean, mean_kinetic_temperature([_line(series)], limit.activation_kelvin, gap_ms)) + uncertainty)
        if all(_proves(s, policy) for s in series):
            certain.append(mean - uncertainty)
    return Heat(max(certain), max(measured), max(possible)) if measured else None


def _line(series: Sequence[Series]) -> tuple[Floats, Floats]:
    """Returns a device's different samples over all of its attachments, in order."""
    samples = np.unique(np.concatenate([np.column_stack((s.times, s.values)) for s in series]), axis=0)
    return samples[:, 0], samples[:, 1]


def _coverage(trip: Trip, name: str, series: Sequence[Series], gap_minutes: float, required: bool, policy: Policy) -> Coverage:
    start, gap_ms = trip.circumstances.start_ms, gap_minutes * MINUTE_MS
    others = [np.array([[one.from_ms - start, one.to_ms - start]], dtype=np.float64) for one in trip.circumstances.elsewhere]

    def missing(chosen: Iterable[Series]) -> Stretches:
        return holes(union([*others, *(covered(s.times, gap_ms) for s in chosen)]), 0.0, float(trip.length_ms), gap_ms)

    gaps = missing(series)
    accepted = [s for s in series if _proves(s, policy)]
    return Coverage(name, required, sum(len(s.times) for s in series), gaps, gaps if len(accepted) == len(series) else missing(accepted))


# What is told of it


def _measures(
    trip: Trip, tested: Sequence[Tested], peaks: Sequence[Counted], kinetic: Heat | None, coverage: Sequence[Coverage], policy: Policy
) -> tuple[tuple[str, float], ...]:
    everything = joined(one.outside for one in tested)
    sides = {side: joined(one.outside for one in tested if one.side == side).measured for side in ("above", "below", "off")}
    gaps = [one.gaps for one in coverage if one.required]
    measures: list[tuple[str, float]] = [
        # A millionth of a second of rounding must not take a whole one away.
        ("outside_seconds", float(np.floor(total(everything.measured) * 60 + 1e-6))),
        ("excursion_minutes", total(everything.measured)),
        ("minutes_above", total(sides["above"])),
        ("minutes_below", total(sides["below"])),
        ("longest_excursion_minutes", longest(everything.measured)),
        ("doubtful_minutes", max(0.0, total(everything.possible) - total(everything.certain))),
        ("gap_minutes", total(union(gaps))),
        ("longest_gap_minutes", max((longest(one) for one in gaps), default=0.0)),
        ("clock_seconds", max((s.clock_ms for s in trip.series), default=0) / 1000),
        ("uncalibrated_devices", float(len({s.device for s in trip.series if s.certificate is None}))),
        ("readings_left_out", float(trip.left_out)),
    ]
    if policy.route is not None:
        measures.append(("off_route_minutes", total(sides["off"])))
    measures += [(f"{one.quantity}_peaks", float(one.measured)) for one in peaks]
    if kinetic is not None:
        measures.append(("mean_kinetic_temperature", kinetic.measured))
    for quantity in dict.fromkeys(part.quantity for part in policy.watched):
        values = [s.values for s in trip.of(quantity)]
        if values:
            measures += [
                (f"{quantity}_minimum", float(min(v.min() for v in values))),
                (f"{quantity}_maximum", float(max(v.max() for v in values))),
            ]
    return tuple(measures)
