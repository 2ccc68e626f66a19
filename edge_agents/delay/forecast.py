"""The interface of every delay forecaster, and what goes in and comes out. Pure.

Other forecasters will come, on this box or from elsewhere: all they share is `DelayForecaster.forecast`. What each promises, and
`tests/edge_agents/delay/test_conformance.py` checks: the same hand-over gives the same forecast, a missing fact (None) is no error, the
probability is between 0 and 1, and the quantiles do not fall.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

QUANTILES = (0.5, 0.8, 0.9, 0.95)
"""Quantiles of the delay that a forecast states."""


class Mode(StrEnum):
    """How goods travel on."""

    AIR = "air"
    """Scheduled air freight."""
    AIR_CHARTER = "air-charter"
    """A chartered aircraft."""
    TRUCK = "truck"
    """By road."""
    OCEAN = "ocean"
    """By sea."""
    UNKNOWN = "unknown"
    """Not told."""


@dataclass(frozen=True, slots=True)
class Past:
    """Earlier deliveries of one kind."""

    late: int = 0
    """How many of them were late, or are overdue."""
    due: int = 0
    """How many were due."""


@dataclass(frozen=True, slots=True)
class History:
    """What is known of earlier deliveries when goods change hands."""

    overall: Past = Past()
    """All deliveries due in the last 180 days."""
    country: Past = Past()
    """Those of the last 365 days into the same country."""
    lane: Past = Past()
    """Those of the last 365 days into the same country by the same mode."""
    supplier: Past = Past()
    """Those of the last 365 days from the same supplier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What is known when goods change hands."""

    due: date
    """The day on which they are to arrive."""
    mode: Mode = Mode.UNKNOWN
    """How they travel on."""
    ordered: date | None = None
    """The day on which they were ordered."""
    weight_kg: float | None = None
    """Their weight."""
    from_stock: bool | None = None
    """Whether they come from a distribution centre instead of from the supplier."""
    history: History = History()
    """Earlier deliveries."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of one delivery."""

    late: float
    """Probability that it arrives after the due day."""
    delay_days: tuple[tuple[float, float], ...]
    """(quantile, days late) for QUANTILES; 0 is on time or early."""
    forecaster: str
    """Name and version of who says so."""
    forecaster_hash: bytes
    """sha256 of the model file, or of the rule's name where there is no file."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A delivery that is late already: of it there is nothing to foretell."""

    late_ms: int
    """How long ago it was due, in milliseconds."""


class DelayForecaster(ABC):
    """Foretells how late a delivery will be."""

    @abstractmethod
    def forecast(self, handover: Handover) -> Forecast:
        """Returns what is expected of the delivery; never raises for facts that are missing or unusual."""
