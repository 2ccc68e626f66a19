"""Where the goods were, against where they may be: distances on a sphere, in kilometres. Pure.

A sphere of the Earth's mean radius is within 0.6 % of the ellipsoid, which is far less than any corridor's width.
"""

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
        found.append(_off(points, route.corridor) - route.within_km)
    worst: Floats = np.max(np.stack(found), axis=0)
    return worst


def _beyond(points: Floats, fence: Fence) -> Floats:
    distance = _distance(points, _vectors(np.array([fence.center[0]]), np.array([fence.center[1]]))[0])
    beyond: Floats = distance - fence.radius_km if fence.kind == "inside" else fence.radius_km - distance
    return beyond


def _off(points: Floats, corridor: tuple[Position, ...]) -> Floats:
    """Returns the distance of each point from the nearest great-circle leg between waypoints."""
    waypoints = _vectors(np.array([p[0] for p in corridor]), np.array([p[1] for p in corridor]))
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


def _vectors(latitudes: Floats, longitudes: Floats) -> Floats:
    phi, lam = np.radians(latitudes), np.radians(longitudes)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))
