from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.bundle import ReadingRow
from oracle.policy import Band, Peaks, Policy, read_policy
from oracle.policy_readings import excursions, gaps, scarce
from tests.oracle.bundle_fixture import POLICY

MINUTE = 60_000
ROW = ReadingRow("a", "temperature", 0, 5.0, None, bytes(32))


def rows(*points: tuple[float, float], device: str = "a", quantity: str = "temperature") -> list[ReadingRow]:
    return [replace(ROW, device=device, quantity=quantity, time_ms=round(minute * MINUTE), value=value) for minute, value in points]


def minutes(band: Band, points: list[ReadingRow]) -> list[float]:
    return [one.found for one in excursions(Policy(bands=(band,)), points)]


BAND = Band("temperature", low=2.0, high=8.0)


@pytest.mark.parametrize(
    ("points", "above", "below"),
    [
        ([(0, 5), (10, 5)], 0, 0),
        ([(0, 7), (10, 9)], 5, 0),  # crosses half way
        ([(0, 9), (10, 9)], 10, 0),
        ([(0, 9), (10, 7), (20, 9)], 10, 0),
        ([(0, 8), (10, 8)], 0, 0),  # on the limit is inside
        ([(0, 1), (10, 3)], 0, 5),
        ([(0, 12), (10, -2)], 10 * 4 / 14, 10 * 4 / 14),
        ([(0, 9), (31, 9)], 0, 0),  # longer than the gap: not bridged
        ([(0, 9)], 0, 0),
        ([], 0, 0),
    ],
)
def test_time_beyond_a_limit_is_interpolated_and_never_bridges_a_gap(points: list[tuple[float, float]], above: float, below: float) -> None:
    assert minutes(BAND, rows(*points)) == pytest.approx([above, below], abs=1e-4)


def test_a_state_holds_until_the_next_reading() -> None:
    door = Band("door", high=0.5, between="step", longest_gap_minutes=60.0)
    points = rows((0, 0), (10, 1), (30, 0), (40, 0), quantity="door")
    assert minutes(door, points) == [20]


def test_two_devices_beyond_a_limit_at_once_count_once_and_open_sides_not_at_all() -> None:
    both = sorted([*rows((0, 9), (10, 9)), *rows((5, 9), (20, 9), device="b")], key=lambda row: row.time_ms)
    assert minutes(Band("temperature", high=8.0), both) == [20]


def test_peaks_are_counted() -> None:
    policy = Policy(peaks=(Peaks("shock", 3.0, allowed=1),))
    (found,) = excursions(policy, rows((0, 4), (1, 3), (2, 5), quantity="shock"))
    assert (found.found, found.allowed, str(found)) == (2, 1, "2 events above 3 (shock), 1 allowed")


def test_one_shock_felt_by_several_devices_counts_once_and_a_repeat_is_none() -> None:
    policy = Policy(peaks=(Peaks("shock", 3.0),))
    first, second = rows((0, 4), (5, 6), quantity="shock"), rows((0, 5), (5, 5), (9, 9), device="b", quantity="shock")
    repeated = [replace(first[0], sequence=7), replace(first[1], evidence=b"\1" * 32)]
    assert excursions(policy, [*first, *repeated, *second])[0].found == 3
    assert excursions(policy, [*first, *repeated])[0].found == 2
    assert excursions(policy, [])[0].found == 0


def test_two_values_at_one_instant_are_taken_in_the_agents_order() -> None:
    both = [replace(row, sequence=number) for number, row in enumerate(rows((0, 9), (0, 5), (10, 5)))]
    assert minutes(Band("temperature", high=8.0), both) == pytest.approx([2.5], abs=1e-4)


def test_one_excursion_may_be_too_long_although_all_of_them_are_not() -> None:
    band = Band("temperature", high=8.0, low=2.0, allowed_minutes_above=60.0, longest_minutes_above=15.0, longest_minutes_below=5.0)
    points = rows((0, 9), (10, 9), (11, 5), (30, 5), (31, 9), (51, 9))
    found = excursions(Policy(bands=(band,)), points)
    assert [one.found > one.allowed for one in found] == [False, True, False, False]
    assert str(found[1]) == "20.25 min at once above 8 (temperature), 15 allowed"


TRIP = (0, 110 * MINUTE)


def test_gaps_are_what_no_device_covers() -> None:
    one = rows((0, 5), (20, 5), (100, 5), (110, 5))
    other = rows((15, 5), (40, 5), (90, 5), device="b")
    assert gaps(Policy(bands=(BAND,)), [*one, *other], *TRIP) == ["50 minutes without temperature, 30 allowed"]


@pytest.mark.parametrize(
    ("points", "minutes_without"),
    [
        ([], [110]),
        ([(0, 5), (30, 5), (60, 5)], [50]),  # ended early
        ([(45, 5), (75, 5), (105, 5)], [45]),  # began late
        ([(50, 5)], [50, 60]),
        ([(30, 5), (55, 5), (80, 5)], []),
    ],
)
def test_a_required_quantity_is_missed_from_the_first_reading_of_anything_to_the_last(
    points: list[tuple[float, float]], minutes_without: list[int]
) -> None:
    others = rows((0, 1), (110, 1), quantity="door")
    expected = [f"{minutes} minutes without temperature, 30 allowed" for minutes in minutes_without]
    assert gaps(Policy(bands=(BAND,)), [*rows(*points), *others], *TRIP) == expected
    assert gaps(Policy(bands=(replace_required(BAND),)), [*rows(*points), *others], *TRIP) == []


def replace_required(band: Band) -> Band:
    return msgspec.structs.replace(band, required=False)


def test_a_shock_sensor_that_must_speak_is_missed_once() -> None:
    policy = Policy(bands=(BAND, BAND), peaks=(Peaks("temperature", 20.0), Peaks("shock", 3.0)), fewest_readings=3)
    points = rows((0, 5), (30, 5), (60, 5), (90, 5), (110, 5))
    assert gaps(policy, points, *TRIP) == ["110 minutes without shock, 30 allowed"]
    assert scarce(policy, points) == ["0 readings of shock, 3 needed"]


def test_too_few_different_readings_of_a_required_quantity_are_told() -> None:
    policy = Policy(bands=(BAND,), fewest_readings=4)
    points = rows((0, 5), (10, 5), (20, 5))
    assert scarce(policy, [*points, replace(points[0], sequence=9)]) == ["3 readings of temperature, 4 needed"]
    assert scarce(policy, [*points, *rows((0, 5), device="b")]) == []
    assert scarce(Policy(bands=(replace_required(BAND),)), points) == []


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(-5, 15)), max_size=30, unique_by=lambda point: point[0]))
def test_time_above_and_below_never_exceeds_the_time_of_the_trip(points: list[tuple[int, int]]) -> None:
    line = rows(*sorted(points))
    total = (line[-1].time_ms - line[0].time_ms) / MINUTE if line else 0
    assert 0 <= sum(minutes(BAND, line)) <= total + 1e-9


def test_the_manifests_own_limits_are_read() -> None:
    policy = read_policy(POLICY)
    assert policy is not None
    assert (policy.bands[0].allowed_minutes_above, policy.bands[1].low, policy.peaks[0].high) == (30.0, float("-inf"), 20.0)


NO_LIMITS = [
    f'[[policy.{kind}]]\nquantity = "t"\n{field}'
    for kind, fields in {
        "bands": ["low = nan", "allowed_minutes_above = inf", "longest_minutes_below = nan", "longest_gap_minutes = 0"],
        "peaks": ["high = inf", "high = 1.0\nlongest_gap_minutes = nan", "high = 1.0\nallowed = nan"],
    }.items()
    for field in fields
]
"""Manifests with a limit that is none."""


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "x",
        "a = " + "[" * 9_000,
        "[policy]\nbands = 1",
        '[[policy.bands]]\nquantity = "t"\nlow = "x"',
        "[product]",
        "[policy]\nfewest_readings = inf",
        "[policy]\nkinetic = { limit = 8.0 }",
        '[policy]\nkinetic = { limit = inf }\n[[policy.bands]]\nquantity = "temperature"',
        '[policy]\nkinetic = { limit = 8.0, activation_kelvin = 0 }\n[[policy.bands]]\nquantity = "temperature"',
        '[[policy.bands]]\nquantity = "t"\n' * 9,
        *NO_LIMITS,
    ],
)
def test_a_manifest_without_limits_that_are_read_here_gives_none(manifest: str) -> None:
    assert read_policy(manifest) is None
