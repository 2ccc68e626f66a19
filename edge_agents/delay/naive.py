"""The forecaster that knows nothing of the delivery: every one is as late as all were before. What a model must beat. Pure."""

import hashlib

from edge_agents.delay.forecast import QUANTILES, DelayForecaster, Forecast, Handover


class NaiveForecaster(DelayForecaster):
    """Says of every delivery what was true of all deliveries of a training set."""

    def __init__(self, late: float, delay_days: tuple[float, ...]) -> None:
        """Takes the share of late deliveries and the delay at each of QUANTILES."""
        self._forecast = Forecast(
            late, tuple(zip(QUANTILES, delay_days, strict=True)), "naive 1.0.0", hashlib.sha256(b"naive 1.0.0").digest()
        )

    def forecast(self, handover: Handover) -> Forecast:  # noqa: ARG002 - that it looks at nothing is its point
        """Returns the same for every delivery."""
        return self._forecast
