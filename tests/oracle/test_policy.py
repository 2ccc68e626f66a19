from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.bundle import ReadingRow
from oracle.policy import Band, Peaks, Policy, excursions, gaps, read_policy
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


def test_gaps_are_what_no_device_covers() -> None:
    policy = Policy(bands=(BAND, replace_quantity("humidity")))
    one = rows((0, 5), (20, 5), (100, 5), (110, 5))
    other = rows((15, 5), (40, 5), (90, 5), device="b")
    assert gaps(policy, [*one, *other]) == ["50 minutes without temperature, 30 allowed"]


def replace_quantity(quantity: str) -> Band:
    return Band(quantity, high=1.0)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(-5, 15)), max_size=30, unique_by=lambda point: point[0]))
def test_time_above_and_below_never_exceeds_the_time_of_the_trip(points: list[tuple[int, int]]) -> None:
    line = rows(*sorted(points))
    total = (line[-1].time_ms - line[0].time_ms) / MINUTE if line else 0
    assert 0 <= sum(minutes(BAND, line)) <= total + 1e-9


def test_the_manifests_own_limits_are_read() -> None:
    policy = read_policy(POLICY)
    assert policy is not None
    assert (policy.bands[0].allowed_minutes_above, policy.bands[1].low, policy.peaks[0].high) == (30.0, float("-inf"), 20.0)


@pytest.mark.parametrize(
    "manifest", ["", "x", "a = " + "[" * 9_000, "[policy]\nbands = 1", '[[policy.bands]]\nquantity = "t"\nlow = "x"', "[product]"]
)
def test_a_manifest_without_limits_that_are_read_here_gives_none(manifest: str) -> None:
    assert read_policy(manifest) is None
