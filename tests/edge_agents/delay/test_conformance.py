"""What every delay forecaster promises."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agents.delay.forecast import QUANTILES, DelayForecaster, Handover, History, Mode, Past
from edge_agents.delay.model import LogisticForecaster
from edge_agents.delay.naive import NaiveForecaster

FORECASTERS: list[DelayForecaster] = [LogisticForecaster.load(), NaiveForecaster(0.1, (0.0, 0.0, 1.0, 13.0))]
PASTS = st.integers(0, 10_000).flatmap(lambda due: st.builds(Past, st.integers(0, due), st.just(due)))
HANDOVERS = st.builds(
    Handover,
    due=st.dates(),
    mode=st.sampled_from(Mode),
    ordered=st.none() | st.dates(),
    weight_kg=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    from_stock=st.none() | st.booleans(),
    history=st.builds(History, PASTS, PASTS, PASTS, PASTS),
)


@pytest.mark.parametrize("forecaster", FORECASTERS, ids=lambda one: type(one).__name__)
@given(handover=HANDOVERS)
def test_a_forecast_is_a_probability_and_quantiles_that_do_not_fall(forecaster: DelayForecaster, handover: Handover) -> None:
    found = forecaster.forecast(handover)
    assert 0 < found.late < 1
    assert tuple(quantile for quantile, _ in found.delay_days) == QUANTILES
    days = [delay for _, delay in found.delay_days]
    assert days[0] >= 0
    assert all(before <= after for before, after in pairwise(days))
    assert forecaster.forecast(handover) == found


@pytest.mark.parametrize("forecaster", FORECASTERS, ids=lambda one: type(one).__name__)
def test_a_forecast_names_who_says_so(forecaster: DelayForecaster) -> None:
    found = forecaster.forecast(Handover(due=date(2026, 12, 24)))
    assert found.forecaster.endswith(" 1.0.0")
    assert len(found.forecaster_hash) == 32
