"""The forecaster that is shipped: a logistic regression for being late, and how late those that are late are, by mode.

With probability p of being late, a delay at quantile q is 0 as long as q <= 1 - p; beyond that it is the quantile (q - (1 - p)) / p of the
delays of late deliveries by the same mode. MODEL_CARD.md says from what it was made and how good it is.
"""

import hashlib
import math
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from edge_agents.delay.errors import DelayModelRefused
from edge_agents.delay.features import features
from edge_agents.delay.forecast import QUANTILES, DelayForecaster, Forecast, Handover

MODEL = Path(__file__).parent / "model.json"
"""The shipped model."""
MAX_BYTES = 64 * 1024
"""A larger file is refused unread; the shipped one has 3 kB."""

Days = Annotated[float, Meta(ge=0, le=3650)]

_ANY = Handover(due=date(2000, 1, 1))
"""Any hand-over has all inputs."""


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The model file."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    """Its name."""
    version: Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    """Its version."""
    source: Annotated[str, Meta(min_length=1, max_length=400)]
    """The data that it was made from."""
    intercept: float
    """The logarithm of the odds where all inputs are 0."""
    weights: dict[str, float]
    """One per input of `features`."""
    late_days: dict[str, Annotated[tuple[Days, ...], Meta(min_length=2, max_length=101)]]
    """By mode, and under `any`: quantiles of the delay of late deliveries, evenly spaced from 0 to 1."""


class LogisticForecaster(DelayForecaster):
    """Foretells delays by one model file."""

    def __init__(self, model: Model, sha256: bytes, path: Path = MODEL) -> None:
        """Takes a model whose inputs are those of `features`.

        Raises:
            DelayModelRefused: an input is missing or unknown, or the quantiles fall.
        """
        wanted = set(features(_ANY))
        if set(model.weights) != wanted:
            raise DelayModelRefused(path, f"its inputs differ from these by {sorted(set(model.weights) ^ wanted)}")
        if "any" not in model.late_days:
            raise DelayModelRefused(path, "late_days holds no `any`")
        if any(after < before for days in model.late_days.values() for before, after in pairwise(days)):
            raise DelayModelRefused(path, "quantiles of late_days fall")
        if not all(map(math.isfinite, (model.intercept, *model.weights.values()))):
            raise DelayModelRefused(path, "a weight is not finite")
        self.model = model
        self._sha256 = sha256

    @classmethod
    def load(cls, path: Path = MODEL) -> "LogisticForecaster":
        """Returns the forecaster of a model file.

        Raises:
            DelayModelRefused: the file cannot be read or is no model.
        """
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise DelayModelRefused(path, error.strerror or str(error)) from error
        if len(data) > MAX_BYTES:
            raise DelayModelRefused(path, f"is larger than {MAX_BYTES} bytes")
        try:
            model = msgspec.json.decode(data, type=Model)
        except (msgspec.DecodeError, RecursionError) as error:
            raise DelayModelRefused(path, str(error)) from error
        return cls(model, hashlib.sha256(data).digest(), path)

    def forecast(self, handover: Handover) -> Forecast:
        """Returns what is expected of the delivery."""
        inputs = features(handover)
        odds = self.model.intercept + sum(self.model.weights[name] * value for name, value in inputs.items())
        late = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
        days = self.model.late_days.get(handover.mode.value, self.model.late_days["any"])
        delays = tuple((quantile, delay_at(quantile, late, days)) for quantile in QUANTILES)
        return Forecast(late, delays, f"{self.model.name} {self.model.version}", self._sha256)


def delay_at(quantile: float, late: float, late_days: tuple[float, ...]) -> float:
    """Returns the delay at a quantile where a delivery is late with a probability and then as late as others were."""
    within = (quantile - (1 - late)) / late
    if within <= 0:
        return 0.0
    place = within * (len(late_days) - 1)
    below = min(int(place), len(late_days) - 2)
    return late_days[below] + (place - below) * (late_days[below + 1] - late_days[below])
