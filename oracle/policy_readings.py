"""How long readings were beyond a policy's limits, and where there are none. Pure.

Between two readings of one device a quantity moves in a straight line, or with `step` stays what it was until the next; a longer stretch
than the policy's gap counts for nothing. A value on the limit is inside. A file does not say when a device was attached: an agent calls no
trip conforming that would be outside, or too warm in the mean, on a straight line from one attachment to the next. Where a line crosses a
limit, up to a millisecond is given away, so that rounding never finds more than the agent did.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil, floor, inf

import msgspec

from oracle.bundle import ReadingRow
from oracle.policy import Band, Policy
from oracle.policy_kinetic import mean_kinetic_temperature

MINUTE_MS = 60_000
"""Milliseconds in a minute."""

Stretch = tuple[int, int]
"""Beginning and end, milliseconds."""
Line = Sequence[tuple[int, float]]
"""Times and values of one device, in order."""


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
