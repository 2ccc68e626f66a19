"""What a report draws of a shipment. Pure."""

from collections import defaultdict
from math import inf

from oracle.bundle import Bundle, Journey, Profile, ReadingRow
from oracle.drawing import words
from oracle.drawing.series import Band, Point, Series, usual_gap_ms
from oracle.policy import Policy, read_policy
from oracle.policy_readings import MINUTE_MS

MAX_CHARTS = 6
"""Series drawn; a shipment with more devices than that is shown by those with a band first."""
MAX_POINTS = 2000
"""Points drawn of one series; more are drawn as their lowest and highest per bucket."""
UNITS = {"temperature": "Cel", "humidity": "%RH", "pressure": "Pa", "illuminance": "lux"}
"""Units where the policy names none; readings in a bundle carry none."""


def charts(bundle: Bundle) -> tuple[Series, ...]:
    """Returns what is drawn of a shipment: series with a band first, in the order of the policy."""
    if not isinstance(bundle.content, Journey):
        return ()
    policy = read_policy(bundle.manifest) or Policy()
    lines: dict[tuple[str, str], list[ReadingRow]] = defaultdict(list)
    for row in bundle.content.rows:
        lines[row.device, row.quantity].append(row)
    bounded = [band.quantity for band in policy.bands]
    order = sorted(lines, key=lambda key: (bounded.index(key[1]) if key[1] in bounded else len(bounded), key[1], key[0]))
    whole = bundle.content.profile is Profile.FULL
    return tuple(_series(place, *key, lines[key], policy, whole=whole) for place, key in enumerate(order[:MAX_CHARTS]))


def _series(place: int, device: str, quantity: str, rows: list[ReadingRow], policy: Policy, *, whole: bool) -> Series:
    limits = next((band for band in policy.bands if band.quantity == quantity), None)
    points = _points(rows)
    low, high = min(point.low for point in points), max(point.high for point in points)
    air = max(1e-6, 0.1 * (high - low))
    band = None
    if limits is not None and (limits.low != -inf or limits.high != inf):
        # A limit on one side only: the other end of the band lies beyond everything that was measured.
        band = Band(
            limits.low if limits.low != -inf else min(low, limits.high) - air,
            limits.high if limits.high != inf else max(high, limits.low) + air,
        )
    longest = limits.longest_gap_minutes * MINUTE_MS if limits is not None else usual_gap_ms(points)
    unit = words.unit((limits.unit if limits is not None else "") or UNITS.get(quantity, ""))
    # Where readings are left out on purpose, a stretch without one is no gap.
    gap_ms = round(longest) if whole else points[-1].time_ms - points[0].time_ms + 1
    title = f"{words.quantity(words.cut(quantity))} by {words.cut(device)}"
    return Series(f"c{place}", title, unit, points[0].time_ms, points[-1].time_ms, points, gap_ms, band)


def _points(rows: list[ReadingRow]) -> tuple[Point, ...]:
    first, last = rows[0].time_ms, rows[-1].time_ms
    width = max(1, -(-(last - first) // MAX_POINTS)) if len(rows) > MAX_POINTS else 1
    buckets: dict[int, list[ReadingRow]] = defaultdict(list)
    for row in rows:
        buckets[(row.time_ms - first) // width].append(row)
    return tuple(
        Point(held[0].time_ms, min(row.value for row in held), max(row.value for row in held)) for _, held in sorted(buckets.items())
    )
