import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agents.conditions.policy import Fence, Route
from edge_agents.conditions.route import excess

LYON, NAPLES, GENOA = (45.764, 4.8357), (40.8518, 14.2681), (44.4056, 8.9463)


def haversine(one: tuple[float, float], two: tuple[float, float]) -> float:
    """The textbook's other formula for the same distance."""
    phi, lam = zip(*(map(math.radians, place) for place in (one, two)), strict=True)
    half = math.sin((phi[1] - phi[0]) / 2) ** 2 + math.cos(phi[0]) * math.cos(phi[1]) * math.sin((lam[1] - lam[0]) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


def at(route: Route, *places: tuple[float, float]) -> list[float]:
    found: list[float] = excess(np.array([p[0] for p in places]), np.array([p[1] for p in places]), route).tolist()
    return found


def test_distances_are_those_of_the_sphere() -> None:
    around = Route(fences=(Fence(name="yard", kind="inside", center=LYON, radius_km=10),))
    (beyond,) = at(around, NAPLES)
    assert beyond + 10 == pytest.approx(haversine(LYON, NAPLES), abs=1e-6)
    assert at(around, LYON) == [-10]
    (near,) = at(around, (LYON[0] + 0.001, LYON[1]))
    assert near + 10 == pytest.approx(0.1112, abs=1e-3)


def test_a_corridor_is_left_sideways_and_beyond_its_ends() -> None:
    leg = Route(corridor=((0.0, 0.0), (0.0, 10.0)), within_km=50)
    degree = 111.195
    on, beside, behind, after = at(leg, (0.0, 5.0), (1.0, 5.0), (0.0, -1.0), (0.0, 12.0))
    assert on == pytest.approx(-50)
    assert beside == pytest.approx(degree - 50, abs=0.1)
    assert behind == pytest.approx(degree - 50, abs=0.1)
    assert after == pytest.approx(2 * degree - 50, abs=0.1)


def test_legs_join_at_their_waypoints() -> None:
    bent = Route(corridor=(LYON, GENOA, GENOA, NAPLES), within_km=1)
    assert at(bent, LYON, GENOA, NAPLES) == pytest.approx([-1, -1, -1], abs=1e-6)


def test_the_nearest_violation_counts() -> None:
    fenced = Route(
        corridor=((0.0, 0.0), (0.0, 10.0)), within_km=50, fences=(Fence(name="port", kind="outside", center=(0.0, 5.0), radius_km=20),)
    )
    assert at(fenced, (0.0, 5.0), (0.0, 1.0)) == pytest.approx([20, -50], abs=1e-6)


HARBOUR = ((44.40, 8.90), (44.40, 8.94), (44.42, 8.94), (44.42, 8.92), (44.41, 8.92), (44.41, 8.90))
"""An L: the corner north-west of it is not within."""
KM_PER_DEGREE = 111.195


def test_a_polygon_is_kept_to_or_kept_out_of() -> None:
    within, in_the_nook, north, far = (44.405, 8.91), (44.415, 8.91), (44.43, 8.93), (-44.4, -171.08)
    stay = at(Route(fences=(Fence(name="harbour", kind="inside", corners=HARBOUR),)), within, in_the_nook, north, far)
    assert stay[:3] == pytest.approx([-0.005 * KM_PER_DEGREE, 0.005 * KM_PER_DEGREE, 0.01 * KM_PER_DEGREE], abs=1e-3)
    assert stay[3] > 10_000  # the ring goes around the other side of the Earth too
    avoid = at(Route(fences=(Fence(name="harbour", kind="outside", corners=HARBOUR[::-1]),)), within, in_the_nook, north, far)
    assert avoid == pytest.approx([-beyond for beyond in stay])


@pytest.mark.parametrize("turned", range(len(HARBOUR)))
def test_a_polygon_may_begin_at_any_corner_and_end_where_it_began(turned: int) -> None:
    ring = (*HARBOUR[turned:], *HARBOUR[:turned])
    places = [(44.3975 + 0.005 * i, 8.895 + 0.01 * j) for i in range(6) for j in range(6)]
    expected = at(Route(fences=(Fence(name="harbour", kind="inside", corners=HARBOUR),)), *places)
    for corners in (ring, (*ring, ring[0]), ring[::-1]):
        assert at(Route(fences=(Fence(name="harbour", kind="inside", corners=corners),)), *places) == pytest.approx(expected, abs=1e-9)


@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(0.1, 22), st.integers(3, 12), st.floats(0, 3), st.floats(0, 360))
def test_a_many_sided_polygon_agrees_with_the_circle_around_it(
    latitude: float, longitude: float, degrees: float, sides: int, out: float, bearing: float
) -> None:
    center = (latitude, longitude)
    corners = tuple(ahead(center, degrees, 360 * side / sides) for side in range(sides))
    (beyond,) = at(Route(fences=(Fence(name="ring", kind="inside", corners=corners),)), ahead(center, degrees * out, bearing))
    # All of the circle inscribed is within, nothing beyond the one around it is.
    inscribed = math.degrees(math.atan(math.tan(math.radians(degrees)) * math.cos(math.pi / sides)))
    if degrees * out < inscribed - 1e-6:
        assert beyond < 0
    if degrees * out > degrees + 1e-6:
        assert beyond > 0


def ahead(start: tuple[float, float], degrees: float, bearing: float) -> tuple[float, float]:
    """Returns the place that lies that far away in that direction."""
    phi, lam, far, course = map(math.radians, (*start, degrees, bearing))
    north = math.asin(max(-1.0, min(1.0, math.sin(phi) * math.cos(far) + math.cos(phi) * math.sin(far) * math.cos(course))))
    east = lam + math.atan2(math.sin(course) * math.sin(far) * math.cos(phi), math.cos(far) - math.sin(phi) * math.sin(north))
    return math.degrees(north), (math.degrees(east) + 180) % 360 - 180


@given(st.floats(-80, 80), st.floats(-179, 179), st.floats(0.01, 5), st.floats(0.01, 5))
def test_a_point_on_the_leg_is_on_the_route(latitude: float, longitude: float, north: float, east: float) -> None:
    ends = (latitude, longitude), (latitude + north, min(longitude + east, 180.0))
    vectors = [
        np.array([np.cos(np.radians(a)) * np.cos(np.radians(o)), np.cos(np.radians(a)) * np.sin(np.radians(o)), np.sin(np.radians(a))])
        for a, o in ends
    ]
    middle = (vectors[0] + vectors[1]) / np.linalg.norm(vectors[0] + vectors[1])
    place = float(np.degrees(np.arcsin(middle[2]))), float(np.degrees(np.arctan2(middle[1], middle[0])))
    assert at(Route(corridor=ends, within_km=1), place) == pytest.approx([-1], abs=1e-3)
