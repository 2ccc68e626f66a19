"""Where a trip went, measured again from a file's fixes against the policy's corridor and fences. Pure.

A fix is one latitude and one longitude of a device at one time. Between two fixes the distance beyond the nearest limit changes evenly, as
every quantity does here. Distances are on a sphere of the Earth's mean radius. Written anew beside the agent's, which needs numpy.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from oracle.bundle import ReadingRow
from oracle.policy import Band, Fence, Position, Route
from oracle.policy_readings import MINUTE_MS, Line, beyond, holes, lines_of, union

EARTH_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""
GIVEN_AWAY_KM = 1e-6
"""By how much a fix is nearer than it is found, so that rounding never finds more than the agent did."""
MOST_DISTANCES = 400_000
"""Distances that are worth measuring again; a month of fixes by the minute has nine waypoints then."""

Vector = tuple[float, float, float]


def lines(route: Route, rows: Sequence[ReadingRow]) -> list[Line] | None:
    """Returns how far each device's fixes are beyond the nearest limit, in kilometres; None where that is too much to measure."""
    found = fixes(rows)
    if sum(map(len, found)) * (len(route.corridor) + sum(len(fence.corners) or 1 for fence in route.fences)) > MOST_DISTANCES:
        return None
    limits = [*(_fence(fence) for fence in route.fences), *([_corridor(route)] if route.corridor else [])]
    return [[(at, max(limit(vector(place)) for limit in limits) - GIVEN_AWAY_KM) for at, place in line] for line in found]


def fixes(rows: Sequence[ReadingRow]) -> list[list[tuple[int, Position]]]:
    """Returns the fixes of each device that has some, in order; of two values at one time the lower one is taken."""
    by_device: dict[str, list[ReadingRow]] = {}
    for row in rows:
        if row.quantity in ("latitude", "longitude"):
            by_device.setdefault(row.device, []).append(row)
    found = []
    for own in by_device.values():
        north, east = ({at: value for line in lines_of(name, own) for at, value in reversed(line)} for name in ("latitude", "longitude"))
        found.append([(at, (north[at], east[at])) for at in sorted(north.keys() & east.keys())])
    return [line for line in found if line]


def minutes_off(route: Route, measured: Sequence[Line]) -> float:
    """Returns for how long any device was off the route."""
    limit = Band("position", high=0.0, longest_gap_minutes=route.longest_gap_minutes)
    return sum(end - begin for begin, end in union(one for line in measured for one in beyond(line, 0.0, 1.0, limit))) / MINUTE_MS


def missing(route: Route, measured: Sequence[Line], fewest: float, from_ms: int, to_ms: int) -> list[str]:
    """Returns a line for each stretch between two instants without a fix that is too long for the route, and one for too few fixes."""
    count = sum(map(len, measured))
    few = [f"{count} fixes, {fewest:.0f} needed"] if count < fewest else []
    return [*holes("a fix", route.longest_gap_minutes, measured, from_ms, to_ms), *few] if route.required else []


def vector(place: Position) -> Vector:
    """Returns the unit vector of a place."""
    phi, lam = radians(place[0]), radians(place[1])
    return cos(phi) * cos(lam), cos(phi) * sin(lam), sin(phi)


def _fence(fence: Fence) -> Callable[[Vector], float]:
    sign = 1.0 if fence.kind == "inside" else -1.0
    if fence.center is None or fence.radius_km is None:
        outside = _polygon(fence.corners)
        return lambda point: sign * outside(point)
    center, radius = vector(fence.center), fence.radius_km
    return lambda point: sign * (_distance(point, center) - radius)


def _polygon(corners: Sequence[Position]) -> Callable[[Vector], float]:
    """Returns how far a point is from the polygon's edge, negative within it."""
    ring = [vector(place) for place in (*corners, corners[0])]
    edge = _line(ring)
    sides = [(one, two, _cross(one, two)) for one, two in pairwise(ring)]

    def outside(point: Vector) -> float:
        # The winding number: how often the ring crosses the meridian of the point towards the south, seen from above.
        turns = 0
        for one, two, pole in sides:
            begins, ends = (point[0] * place[1] - point[1] * place[0] for place in (one, two))
            if begins <= 0 < ends and _dot(point, pole) > 0:
                turns += 1
            elif ends <= 0 < begins and _dot(point, pole) < 0:
                turns -= 1
        # A ring goes around the other side of the Earth as well.
        return -edge(point) if turns and _dot(point, ring[0]) > 0 else edge(point)

    return outside


def _corridor(route: Route) -> Callable[[Vector], float]:
    off = _line([vector(place) for place in route.corridor])
    return lambda point: off(point) - route.within_km


def _line(waypoints: Sequence[Vector]) -> Callable[[Vector], float]:
    """Returns how far a point is from the nearest great-circle leg between waypoints."""
    legs = []
    for one, two in pairwise(waypoints):
        pole = _cross(one, two)
        size = sqrt(_dot(pole, pole))
        if size >= 1e-12:  # else the same place twice
            pole = (pole[0] / size, pole[1] / size, pole[2] / size)
            legs.append((pole, _cross(pole, one), _cross(two, pole)))

    def off(point: Vector) -> float:
        nearest = min(_distance(point, waypoint) for waypoint in waypoints)
        for pole, begin, end in legs:
            # Between the ends of the leg the perpendicular falls onto it; beyond them the nearer waypoint counts, as above.
            if _dot(point, begin) >= 0 and _dot(point, end) >= 0:
                nearest = min(nearest, EARTH_KM * abs(asin(min(1.0, max(-1.0, _dot(point, pole))))))
        return nearest

    return off


def _distance(point: Vector, place: Vector) -> float:
    # By the chord: exact for small distances, where the arc cosine is not.
    x, y, z = point[0] - place[0], point[1] - place[1], point[2] - place[2]
    return 2 * EARTH_KM * asin(min(1.0, sqrt(x * x + y * y + z * z) / 2))


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
