"""The numbers that a hand-over is to the model, by name and in a fixed order. Pure."""

import math

from edge_agents.delay.forecast import Handover, Mode, Past

PRIOR_RATE = 0.08
"""The rate of late deliveries to which kinds with few deliveries are drawn."""
PRIOR_DUE = {"overall": 50, "country": 10, "lane": 10, "supplier": 10}
"""With how many imagined deliveries at that rate."""
USUAL_LOG_WEIGHT = 7.0
"""Logarithm of about a tonne; weights are taken from there, so that an unknown one changes nothing."""


def features(handover: Handover) -> dict[str, float]:
    """Returns the model's inputs; a fact that is missing has an input of its own that says so."""
    season = 2 * math.pi * handover.due.month / 12
    lead = None if handover.ordered is None else max(0, (handover.due - handover.ordered).days)
    weight = handover.weight_kg if handover.weight_kg is not None and handover.weight_kg > 0 else None
    history = handover.history
    return {
        **{f"mode {mode}": float(handover.mode is mode) for mode in Mode if mode is not Mode.UNKNOWN},
        "from stock": float(handover.from_stock is True),
        "straight from the supplier": float(handover.from_stock is False),
        "log of days since the order": 0.0 if lead is None else math.log1p(lead),
        "no order day": float(lead is None),
        "log of kilograms": 0.0 if weight is None else math.log1p(weight) - USUAL_LOG_WEIGHT,
        "no weight": float(weight is None),
        "sine of the season": math.sin(season),
        "cosine of the season": math.cos(season),
        "december": float(handover.due.month == 12),
        "late overall": _odds(history.overall, "overall"),
        "late into the country": _odds(history.country, "country"),
        "late on the lane": _odds(history.lane, "lane"),
        "late from the supplier": _odds(history.supplier, "supplier"),
    }


def _odds(past: Past, kind: str) -> float:
    """Returns the logarithm of the odds of being late, drawn towards the prior."""
    due = past.due + PRIOR_DUE[kind]
    rate = (past.late + PRIOR_RATE * PRIOR_DUE[kind]) / due
    return math.log(rate / (1 - rate))
