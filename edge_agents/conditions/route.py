"""Where the goods were, against where they may be: distances on a sphere, in kilometres. Pure.

A sphere of the Earth's mean radius is within 0.6 % of the ellipsoid, which is far less than any corridor's width.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge_agents.conditions.policy import Fence, Position, Route

EARTH_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

Floats = NDArray[np.float64]


def excess(latitudes: Floats, longitudes: Floats, route: Route) -> Floats:
    """Returns how far each fix is on the wrong side of the nearest limit, in kilometres; at most zero where all is well."""
    points = _vectors(latitudes, longitudes)
    found = [_beyond(points, fence) for fence in route.fences]
    if route.corridor:
        found.append(_off(points, _places(route.corridor)) - route.within_km)
    worst: Floats = np.max(np.stack(found), axis=0)
    return worst


def _beyond(points: Floats, fence: Fence) -> Floats:
    outside = _outside(points, fence)
    return outside if fence.kind == "inside" else -outside


def _outside(points: Floats, fence: Fence) -> Floats:
    """Returns the distance of each point from the fence's edge, negative within it."""
    outside: Floats
    if fence.center is not None and fence.radius_km is not None:
        outside = _distance(points, _places((fence.center,))[0]) - fence.radius_km
    else:
        ring = _places((*fence.corners, fence.corners[0]))
        edge = _off(points, ring)
        outside = np.where(_within(points, ring), -edge, edge)
    return outside


def _within(points: Floats, ring: Floats) -> NDArray[np.bool_]:
    """Returns whether the ring goes around each point, by how often it crosses the meridian towards the south (winding number)."""
    turns = np.zeros(len(points), np.int64)
    for one, two in pairwise(ring):
        left = points @ np.cross(one, two)
        begins, ends = (points[:, 0] * place[1] - points[:, 1] * place[0] for place in (one, two))
        turns += (begins <= 0) & (ends > 0) & (left > 0)
        turns -= (begins > 0) & (ends <= 0) & (left < 0)
    # A ring goes around the other side of the Earth as well.
    within: NDArray[np.bool_] = (turns != 0) & (points @ ring[0] > 0)
    return within


def _off(points: Floats, waypoints: Floats) -> Floats:
    """Returns the distance of each point from the nearest great-circle leg between waypoints."""
    nearest = np.min(np.stack([_distance(points, waypoint) for waypoint in waypoints]), axis=0)
    for one, two in pairwise(waypoints):
        pole = np.cross(one, two)
        size = float(np.linalg.norm(pole))
        if size < 1e-12:  # the same place twice
            continue
        pole /= size
        # Between the ends of the leg the perpendicular falls onto it; beyond them the nearer waypoint counts, as above.
        beside = (points @ np.cross(pole, one) >= 0) & (points @ np.cross(two, pole) >= 0)
        across = EARTH_KM * np.abs(np.arcsin(np.clip(points @ pole, -1.0, 1.0)))
        nearest = np.where(beside, np.minimum(nearest, across), nearest)
    off: Floats = nearest
    return off


def _distance(points: Floats, place: Floats) -> Floats:
    # By the chord: exact for small distances, where the arc cosine is not.
    chord = np.linalg.norm(points - place, axis=1)
    distance: Floats = 2 * EARTH_KM * np.arcsin(np.clip(chord / 2, 0.0, 1.0))
    return distance


def _places(positions: Sequence[Position]) -> Floats:
    return _vectors(np.array([place[0] for place in positions]), np.array([place[1] for place in positions]))


def _vectors(latitudes: Floats, longitudes: Floats) -> Floats:
    phi, lam = np.radians(latitudes), np.radians(longitudes)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))
