from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agents.conditions.kinetic import mean_kinetic_temperature
from edge_agents.conditions.stretches import NONE, clipped, covered, holes, longest, positive, total, union

MINUTE = 60_000.0
NO_GAP = 1e18

celsius = st.floats(-40, 60, allow_nan=False)
series = st.lists(st.tuples(st.integers(1, 40), celsius), min_size=2, max_size=30)
pieces = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)).map(lambda p: (float(p[0]), float(p[0] + p[1]))), max_size=20)


def arrays(*pairs: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p[0] for p in pairs]) * MINUTE, np.array([p[1] for p in pairs], dtype=float)


def walk(steps: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.cumsum([float(minutes) for minutes, _ in steps]) * MINUTE, np.array([value for _, value in steps])


def above(times: np.ndarray, values: np.ndarray, limit: float, gap: float = NO_GAP) -> np.ndarray:
    return positive(times, values - limit, gap)


def test_crossings_are_interpolated() -> None:
    found = above(*arrays((0, 7), (10, 9), (20, 9), (30, 5)), 8)
    assert total(found) == pytest.approx(5 + 10 + 2.5)
    assert longest(found) == pytest.approx(17.5)


def test_the_longest_excursion_is_not_the_sum() -> None:
    found = above(*arrays((0, 9), (10, 9), (20, 7), (30, 9), (60, 9)), 8)
    assert total(found) == pytest.approx(15 + 35)
    assert longest(found) == pytest.approx(35)


def test_the_limit_itself_is_inside_and_touching_it_ends_nothing() -> None:
    assert total(above(*arrays((0, 8), (10, 8), (20, 8)), 8)) == 0
    assert longest(above(*arrays((0, 9), (10, 8), (20, 9)), 8)) == pytest.approx(20)


def test_a_gap_is_never_bridged() -> None:
    assert total(above(*arrays((0, 9), (100, 9), (110, 9)), 8, 30 * MINUTE)) == pytest.approx(10)
    assert total(above(*arrays((0, 9)), 8)) == 0


def test_a_state_holds_until_the_next_reading_but_not_across_a_gap() -> None:
    door = arrays((0, 0), (10, 1), (15, 0), (20, 1), (200, 0))
    assert total(positive(door[0], door[1] - 0.5, 30 * MINUTE, hold=True)) == pytest.approx(5)
    assert total(positive(door[0], door[1] - 0.5, NO_GAP, hold=True)) == pytest.approx(185)


def test_what_is_covered_and_what_is_a_hole() -> None:
    times = np.array([0.0, 10, 20, 100, 110]) * MINUTE
    spoken = covered(times, 30 * MINUTE)
    assert (spoken / MINUTE).tolist() == [[0, 20], [100, 110]]
    assert (holes(spoken, 0, 150 * MINUTE, 30 * MINUTE) / MINUTE).tolist() == [[20, 100], [110, 150]]
    assert len(holes(spoken, 0, 130 * MINUTE, 80 * MINUTE)) == 0
    assert (holes(NONE, 0, 40 * MINUTE, 30 * MINUTE) / MINUTE).tolist() == [[0, 40]]
    assert len(holes(NONE, 5.0, 5.0, 0)) == 0


def test_clipping_between_instants_that_are_none_leaves_nothing() -> None:
    assert len(clipped(np.array([[0.0, 10.0]]), 6, 4)) == 0
    assert clipped(np.array([[0.0, 10.0], [20.0, 30.0]]), 5, 25).tolist() == [[5, 10], [20, 25]]


@given(pieces)
def test_a_union_is_sorted_disjoint_and_covers_the_same_instants(parts: list[tuple[float, float]]) -> None:
    joined = union([np.array(parts).reshape(-1, 2)])
    assert all(before[1] < after[0] for before, after in pairwise(joined))
    for instant in np.arange(0, 131, 0.5):
        assert any(a <= instant <= b for a, b in parts) == any(a <= instant <= b for a, b in joined)


@given(pieces, st.floats(0, 20))
def test_holes_and_stretches_share_the_time_out(parts: list[tuple[float, float]], least: float) -> None:
    spoken = union([np.array(parts).reshape(-1, 2)])
    found = holes(spoken, 0, 130, 0)
    assert total(found) + total(clipped(spoken, 0, 130)) == pytest.approx(130 / MINUTE)
    assert len(holes(spoken, 0, 130, least)) == sum(b - a > least for a, b in found)


@given(series, celsius, st.data())
def test_splitting_a_step_on_its_line_changes_no_minutes(steps: list[tuple[int, float]], limit: float, data: st.DataObject) -> None:
    times, values = walk(steps)
    at = data.draw(st.integers(0, len(times) - 2))
    time = data.draw(st.floats(times[at], times[at + 1]))
    value = values[at] + (values[at + 1] - values[at]) * (time - times[at]) / (times[at + 1] - times[at])
    split = np.insert(times, at + 1, time), np.insert(values, at + 1, value)
    for sign in (1, -1):
        whole = positive(times, sign * (values - limit), NO_GAP)
        assert total(positive(split[0], sign * (split[1] - limit), NO_GAP)) == pytest.approx(total(whole), abs=1e-4)


@given(series, celsius, st.integers(1, 28))
def test_two_halves_that_share_a_sample_add_up_to_the_whole(steps: list[tuple[int, float]], limit: float, cut: int) -> None:
    times, values = walk(steps)
    at = min(cut, len(times) - 1)
    halves = above(times[: at + 1], values[: at + 1], limit), above(times[at:], values[at:], limit)
    assert sum(map(total, halves)) == pytest.approx(total(above(times, values, limit)), abs=1e-9)


@given(series, celsius, st.integers(0, 28), st.floats(0, 1), st.booleans())
def test_an_inside_reading_between_two_inside_readings_adds_no_time_outside(
    steps: list[tuple[int, float]], limit: float, place: int, share: float, hold: bool
) -> None:
    times, values = walk(steps)
    at = min(place, len(times) - 2)
    values[at : at + 2] = np.minimum(values[at : at + 2], limit)
    more = np.insert(times, at + 1, times[at] + share * (times[at + 1] - times[at])), np.insert(values, at + 1, limit - 0.1)
    before = total(positive(times, values - limit, NO_GAP, hold=hold))
    assert total(positive(more[0], more[1] - limit, NO_GAP, hold=hold)) == pytest.approx(before, abs=1e-9)


@given(series, st.integers(0, 28), st.floats(0.01, 1), celsius)
def test_an_inside_state_never_adds_time_outside(steps: list[tuple[int, float]], place: int, share: float, limit: float) -> None:
    times, values = walk(steps)
    at = min(place, len(times) - 2)
    more = np.insert(times, at + 1, times[at] + share * (times[at + 1] - times[at])), np.insert(values, at + 1, limit - 0.1)
    before = total(positive(times, values - limit, NO_GAP, hold=True))
    assert total(positive(more[0], more[1] - limit, NO_GAP, hold=True)) <= before + 1e-9


def test_kinetic_mean_of_the_published_form() -> None:
    # Two temperatures of equal duration, straight from the formula.
    expected = 10_000 / -np.log((np.exp(-10_000 / 278.15) + np.exp(-10_000 / 298.15)) / 2) - 273.15
    steady = [arrays((0, 5), (10, 5)), arrays((10, 25), (20, 25))]
    assert mean_kinetic_temperature(steady, 10_000, NO_GAP) == pytest.approx(expected)
    assert expected > 15  # warmth ages faster than cold preserves


def test_a_single_sample_is_its_own_mean() -> None:
    assert mean_kinetic_temperature([arrays((0, 5))], 10_000, NO_GAP) == pytest.approx(5)


@given(series)
def test_kinetic_mean_lies_between_the_mean_and_the_extremes(steps: list[tuple[int, float]]) -> None:
    times, values = walk(steps)
    mean = mean_kinetic_temperature([(times, values)], 10_000, NO_GAP)
    assert values.min() - 1e-6 <= mean <= values.max() + 1e-6


@given(celsius, st.integers(2, 20))
def test_kinetic_mean_of_a_constant_is_the_constant(value: float, count: int) -> None:
    assert mean_kinetic_temperature([walk([(5, value)] * count)], 10_000, NO_GAP) == pytest.approx(value, abs=1e-6)


@given(series, st.integers(0, 29), st.floats(0.1, 10))
def test_a_warmer_sample_never_cools_the_kinetic_mean(steps: list[tuple[int, float]], place: int, warmer: float) -> None:
    times, values = walk(steps)
    before = mean_kinetic_temperature([(times, values)], 10_000, NO_GAP)
    values[min(place, len(values) - 1)] += warmer
    assert mean_kinetic_temperature([(times, values)], 10_000, NO_GAP) >= before - 1e-9
