"""How late a shipment of this gateway will be, told where it changes hands: `edge_agents.delay` over the store's history."""

import sqlite3
from datetime import UTC, date, datetime
from functools import lru_cache

from edge_agents.delay.forecast import DelayForecaster, Forecast, Handover, History, Mode, Overdue
from edge_agents.delay.history import Delivery, Ledger
from edge_agents.delay.model import LogisticForecaster
from gateway.store import shipments
from gateway.store.records import Shipment
from oracle.drawing import words

MOST_SHIPMENTS = 5_000
"""Shipments of the past that are looked at, the newest."""


@lru_cache(maxsize=1)
def shipped() -> DelayForecaster:
    """Returns the forecaster that comes with the gateway, read once."""
    return LogisticForecaster.load()


def of_shipment(
    connection: sqlite3.Connection, shipment: Shipment, now_ms: int, forecaster: DelayForecaster | None = None
) -> Forecast | Overdue | None:
    """Returns what is expected of a shipment under way that has a deadline, else None; a deadline that has passed is foretold no more.

    What a shipment's record does not hold (mode, weight, country) the forecaster does not know; how punctual earlier ones were it does.
    """
    if shipment.deadline_ms is None or shipment.closed_ms is not None:
        return None
    if now_ms > shipment.deadline_ms:
        return Overdue(now_ms - shipment.deadline_ms)
    past = (one for one in shipments.select_all(connection, limit=MOST_SHIPMENTS) if one.subject != shipment.subject)
    ledger = Ledger(
        Delivery(_day(one.deadline_ms), _day(one.closed_ms) if one.closed_ms is not None else None, "", Mode.UNKNOWN, "")
        for one in past
        if one.deadline_ms is not None
    )
    # Of lanes and suppliers nothing is recorded: only the overall history may count.
    overall = ledger.known(_day(now_ms), country="", mode=Mode.UNKNOWN, supplier="").overall
    handover = Handover(due=_day(shipment.deadline_ms), ordered=_day(shipment.opened_ms), history=History(overall=overall))
    return (forecaster or shipped()).forecast(handover)


def sentence(forecast: Forecast | Overdue) -> str:
    """Returns a forecast as one line."""
    if isinstance(forecast, Overdue):
        return f"late already: the deadline passed {words.duration(forecast.late_ms)} ago"
    quantile, days = forecast.delay_days[-1]
    worst = f"{quantile:.0%} sure: at most {days:.0f} days late" if days >= 0.5 else f"{quantile:.0%} sure: on time"
    return f"late with {forecast.late:.0%} probability; {worst} (by {forecast.forecaster})"


def _day(time_ms: int) -> date:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date()
