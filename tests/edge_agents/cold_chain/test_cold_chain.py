import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Quality, Reading
from edge_agents.cold_chain.agent import ColdChain, products
from edge_agents.cold_chain.excursion import above, below
from edge_agents.cold_chain.kinetic import mean_kinetic_temperature
from edge_agents.errors import ManifestRefused
from edge_agents.finding import Verdict
from edge_agents.window import Sample, Window, window

MINUTE = 60_000
NO_GAP = 1e18
SUBJECT = "00/106141412345678908"

celsius = st.floats(-40, 60, allow_nan=False)
series = st.lists(st.tuples(st.integers(1, 40), celsius), min_size=2, max_size=30)


def samples(*pairs: tuple[float, float]) -> list[Sample]:
    return [Sample(round(minute * MINUTE), value, bytes(32)) for minute, value in pairs]


def walk(steps: list[tuple[int, float]], start_ms: int = 0) -> list[Sample]:
    out, time = [], start_ms
    for minutes, value in steps:
        time += minutes * MINUTE
        out.append(Sample(time, value, bytes(32)))
    return out


def trip(values: list[float], step_minutes: int = 5, start_ms: int = 1_700_000_000_000) -> Window:
    readings = [
        Reading("c1", "temperature", value, "Cel", start_ms + i * step_minutes * MINUTE, i, Quality.GOOD, bytes([i % 256]) * 32)
        for i, value in enumerate(values)
    ]
    return window(readings, device="c1", quantity="temperature")


def measure(label: str, values: list[float], product: str = "vaccine") -> dict[str, float]:
    finding = ColdChain.load(product).judge(SUBJECT, trip(values))
    assert finding.label == label
    return dict(finding.measures)


def test_crossings_are_interpolated() -> None:
    found = above(samples((0, 7), (10, 9), (20, 9), (30, 5)), 8, NO_GAP)
    assert found.minutes == pytest.approx(5 + 10 + 2.5)
    assert found.longest_minutes == pytest.approx(17.5)


def test_a_step_through_the_whole_band_counts_on_both_sides() -> None:
    steep = samples((0, 0), (10, 10))
    assert above(steep, 8, NO_GAP).minutes == pytest.approx(2)
    assert below(steep, 2, NO_GAP).minutes == pytest.approx(2)


def test_the_longest_excursion_is_not_the_sum() -> None:
    found = above(samples((0, 9), (10, 9), (20, 7), (30, 9), (60, 9)), 8, NO_GAP)
    assert found.minutes == pytest.approx(15 + 35)
    assert found.longest_minutes == pytest.approx(35)


def test_the_limit_itself_is_inside() -> None:
    assert above(samples((0, 8), (10, 8), (20, 8)), 8, NO_GAP).minutes == 0
    assert above(samples((0, 9), (10, 8), (20, 9)), 8, NO_GAP).longest_minutes == pytest.approx(20)


def test_a_gap_is_not_interpolated() -> None:
    assert above(samples((0, 9), (100, 9), (110, 9)), 8, 30 * MINUTE).minutes == pytest.approx(10)


def test_kinetic_mean_of_the_published_form() -> None:
    # Two temperatures of equal duration, straight from the formula.
    expected = 10_000 / -math.log((math.exp(-10_000 / 278.15) + math.exp(-10_000 / 298.15)) / 2) - 273.15
    steady = samples((0, 5), (10, 5), (10, 25), (20, 25))
    assert mean_kinetic_temperature(steady, 10_000, NO_GAP) == pytest.approx(expected)
    assert expected > 15  # warmth ages faster than cold preserves


def test_a_single_sample_is_its_own_mean() -> None:
    assert mean_kinetic_temperature(samples((0, 5)), 10_000, NO_GAP) == pytest.approx(5)


@given(series)
def test_kinetic_mean_lies_between_the_extremes(steps: list[tuple[int, float]]) -> None:
    mean = mean_kinetic_temperature(walk(steps), 10_000, NO_GAP)
    values = [value for _, value in steps]
    assert min(values) - 1e-6 <= mean <= max(values) + 1e-6


@given(celsius, st.integers(2, 20))
def test_kinetic_mean_of_a_constant_is_the_constant(value: float, count: int) -> None:
    assert mean_kinetic_temperature(walk([(5, value)] * count), 10_000, NO_GAP) == pytest.approx(value, abs=1e-6)


@given(series, celsius, st.data())
def test_splitting_a_step_on_its_line_changes_no_minutes(steps: list[tuple[int, float]], limit: float, data: st.DataObject) -> None:
    whole = walk(steps)
    at = data.draw(st.integers(0, len(whole) - 2))
    one, two = whole[at], whole[at + 1]
    time = data.draw(st.integers(one.time_ms, two.time_ms))
    value = one.value + (two.value - one.value) * (time - one.time_ms) / (two.time_ms - one.time_ms)
    split = [*whole[: at + 1], Sample(time, value, bytes(32)), *whole[at + 1 :]]
    for measured in (above, below):
        assert measured(split, limit, NO_GAP).minutes == pytest.approx(measured(whole, limit, NO_GAP).minutes, abs=1e-4)


@given(st.lists(st.floats(0, 12), min_size=0, max_size=40), st.integers(-(10**12), 10**12))
def test_shifting_time_changes_no_verdict(values: list[float], shift: int) -> None:
    agent = ColdChain.load("vaccine")
    here, there = agent.judge(SUBJECT, trip(values)), agent.judge(SUBJECT, trip(values, start_ms=1_700_000_000_000 + shift))
    assert (here.verdict, here.label) == (there.verdict, there.label)
    assert dict(here.measures) == pytest.approx(dict(there.measures), abs=1e-6)


def test_a_steady_trip_conforms() -> None:
    measures = measure("conforms", [5.0] * 20)
    assert measures["excursion_minutes"] == 0
    assert measures["mean_kinetic_temperature"] == pytest.approx(5)


def test_tolerated_minutes_conform_and_one_more_step_breaches() -> None:
    assert measure("conforms", [5.0] * 10 + [8.0] + [9.0] * 5 + [8.0] + [5.0] * 10)["minutes_above"] == pytest.approx(30)
    assert measure("excursion", [5.0] * 10 + [8.0] + [9.0] * 6 + [8.0] + [5.0] * 10)["minutes_above"] == pytest.approx(35)


def test_vaccine_tolerates_no_cold() -> None:
    assert measure("excursion", [5.0] * 10 + [1.9] + [5.0] * 10)["minutes_below"] > 0


def test_heat_within_the_band_can_still_exceed_the_kinetic_limit() -> None:
    measures = measure("kinetic-heat", [7.0] * 20 + [24.0] + [7.0] * 300, "fresh")
    assert measures["minutes_above"] <= 120


def test_few_readings_and_gaps_leave_the_verdict_open() -> None:
    agent = ColdChain.load("vaccine")
    assert agent.judge(SUBJECT, trip([])).verdict is Verdict.INSUFFICIENT
    assert agent.judge(SUBJECT, trip([5.0] * 11)).label == "too-few-readings"
    assert agent.judge(SUBJECT, trip([5.0] * 20, step_minutes=31)).label == "gap"


def test_a_gap_does_not_excuse_a_breach() -> None:
    late = [Sample(s.time_ms + 500 * MINUTE, s.value, s.evidence) for s in trip([5.0] * 5).samples]
    warm = trip([10.0] * 20)
    torn = Window("c1", "temperature", warm.start_ms, late[-1].time_ms, (*warm.samples, *late), 0)
    assert ColdChain.load("vaccine").judge(SUBJECT, torn).label == "excursion"


def test_an_unknown_product_is_refused_with_the_known_ones() -> None:
    assert products() == ("fresh", "frozen", "vaccine")
    with pytest.raises(ManifestRefused, match="fresh, frozen, vaccine"):
        ColdChain.load("../vaccine")
