"""The verifier's mean kinetic temperature is the agent's, written anew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agents.conditions import kinetic
from oracle.policy_kinetic import GIVEN_AWAY, mean_kinetic_temperature

samples = st.lists(st.tuples(st.integers(0, 10**7), st.floats(-80, 60)), min_size=1, max_size=40, unique_by=lambda one: one[0])


@given(samples, st.floats(100, 20_000), st.sampled_from([1.0, 60_000.0, 900_000.0]))
def test_it_is_the_agents(line: list[tuple[int, float]], activation: float, gap_ms: float) -> None:
    ordered = sorted(line)
    times, values = (np.array(part, dtype=np.float64) for part in zip(*ordered, strict=True))
    found = mean_kinetic_temperature(ordered, activation, gap_ms)
    assert found == pytest.approx(kinetic.mean_kinetic_temperature([(times, values)], activation, gap_ms) - GIVEN_AWAY, abs=1e-7)


def test_what_lies_below_absolute_zero_is_left_out() -> None:
    assert mean_kinetic_temperature([(0, -300.0)], 10_000.0, 1.0) is None
    assert mean_kinetic_temperature([], 10_000.0, 1.0) is None
    assert mean_kinetic_temperature([(0, -300.0), (1, 5.0)], 10_000.0, 1.0) == pytest.approx(5.0 - GIVEN_AWAY)


def test_what_no_thermometer_reads_breaks_nothing() -> None:
    assert mean_kinetic_temperature([(0, 1e60), (1, 5.0)], 1.0, 1.0) is not None
    assert mean_kinetic_temperature([(0, 1e60), (1, 1e60)], 100_000.0, 1.0) == pytest.approx(1e60)
    assert mean_kinetic_temperature([(0, -273.15 + 1e-9), (2**62, 5.0)], 100_000.0, 2.0**63) is not None
