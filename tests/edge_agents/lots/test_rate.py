"""The exact interval, against published ends and against the binomial sums that define it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agents.lots.rate import incomplete_beta, rate


@pytest.mark.parametrize(
    ("bad", "seen", "low", "high"),
    [
        (5, 100, 0.01643188, 0.11283491),
        (0, 80, 0.0, 0.04506404),
        (80, 80, 0.95493596, 1.0),
        (1, 10, 0.00252858, 0.44501612),
        (10, 20, 0.27195785, 0.72804215),
    ],
)
def test_the_interval_is_clopper_and_pearsons(bad: int, seen: int, low: float, high: float) -> None:
    found = rate(bad, seen)
    assert found.estimate == bad / seen
    assert [found.low, found.high] == pytest.approx([low, high], abs=2e-6)


@pytest.mark.parametrize(("bad", "seen", "low", "high"), [(81, 263, 0.2527, 0.3676), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)])
def test_the_interval_is_that_of_newcombes_examples(bad: int, seen: int, low: float, high: float) -> None:
    found = rate(bad, seen)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def at_most(bad: int, seen: int, share: float) -> float:
    return sum(math.comb(seen, k) * share**k * (1 - share) ** (seen - k) for k in range(bad + 1))


@given(st.integers(1, 200).flatmap(lambda seen: st.tuples(st.integers(0, seen), st.just(seen))))
def test_each_end_leaves_a_tail_of_two_and_a_half_percent(counts: tuple[int, int]) -> None:
    bad, seen = counts
    found = rate(bad, seen)
    assert found.low <= found.estimate <= found.high
    if bad < seen:
        assert at_most(bad, seen, found.high) == pytest.approx(0.025, rel=1e-6)
    if bad:
        assert 1 - at_most(bad - 1, seen, found.low) == pytest.approx(0.025, rel=1e-6)


def test_nothing_inspected_says_nothing() -> None:
    assert (rate(0, 0).low, rate(0, 0).high) == (0.0, 1.0)


def test_a_very_large_sample_still_converges() -> None:
    found = rate(50_000, 1_000_000)
    assert [found.low, found.high] == pytest.approx([0.049573, 0.050429], abs=1e-5)


@given(st.floats(0.5, 50), st.floats(0.5, 50), st.floats(0.001, 0.999))
def test_the_incomplete_beta_function_is_symmetric(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(1 - incomplete_beta(b, a, 1 - x), abs=1e-9)
    assert (incomplete_beta(a, b, 0.0), incomplete_beta(a, b, 1.0)) == (0.0, 1.0)
