"""The shipped model, what it answers to, and the files that are none."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge_agents.delay.errors import DelayModelRefused
from edge_agents.delay.features import features
from edge_agents.delay.forecast import Handover, History, Mode, Past
from edge_agents.delay.model import MAX_BYTES, MODEL, LogisticForecaster, delay_at

SHIPPED = LogisticForecaster.load()
DUE = date(2026, 12, 24)


def test_the_hash_is_that_of_the_file() -> None:
    assert SHIPPED.forecast(Handover(due=DUE)).forecaster_hash == hashlib.sha256(MODEL.read_bytes()).digest()


def test_a_lane_that_was_late_before_makes_a_delay_more_likely() -> None:
    good = SHIPPED.forecast(Handover(due=DUE, mode=Mode.TRUCK, history=History(lane=Past(0, 50))))
    bad = SHIPPED.forecast(Handover(due=DUE, mode=Mode.TRUCK, history=History(lane=Past(30, 50))))
    assert bad.late > 1.5 * good.late
    assert bad.delay_days[-1][1] > good.delay_days[-1][1]


def test_a_late_ship_is_later_than_a_late_truck() -> None:
    history = History(Past(40, 100), Past(40, 100), Past(40, 100), Past(40, 100))
    days = {mode: SHIPPED.forecast(Handover(due=DUE, mode=mode, history=history)).delay_days[2][1] for mode in (Mode.OCEAN, Mode.TRUCK)}
    assert days[Mode.OCEAN] > days[Mode.TRUCK]


@pytest.mark.parametrize(
    ("quantile", "late", "days"), [(0.5, 0.4, 0.0), (0.6, 0.4, 0.0), (0.8, 0.4, 5.0), (1.0, 0.4, 10.0), (0.5, 1.0, 5.0)]
)
def test_a_quantile_begins_where_the_deliveries_on_time_end(quantile: float, late: float, days: float) -> None:
    assert delay_at(quantile, late, (0.0, 5.0, 10.0)) == pytest.approx(days)


def test_missing_facts_have_inputs_of_their_own() -> None:
    inputs = features(Handover(due=DUE))
    assert (inputs["no order day"], inputs["no weight"], inputs["from stock"], inputs["straight from the supplier"]) == (1, 1, 0, 0)
    told = features(Handover(due=DUE, ordered=date(2026, 11, 24), weight_kg=1095.63, from_stock=True))
    assert (told["no order day"], told["no weight"], told["from stock"]) == (0, 0, 1)
    assert told["log of kilograms"] == pytest.approx(0, abs=1e-3)


def changed(**changes: Any) -> bytes:
    return json.dumps(json.loads(MODEL.read_bytes()) | changes).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "malformed|truncated"),
        (b"[]", "Expected `object`"),
        (changed(extra=1), "unknown field"),
        (changed(intercept="x"), "Expected `float`"),
        (changed(weights={}), "inputs differ"),
        (changed(late_days={"air": [1, 2]}), "no `any`"),
        (changed(late_days={"any": [2, 1]}), "quantiles of late_days fall"),
        (changed(late_days={"any": [-1, 1]}), ">= 0"),
        (b" " * (MAX_BYTES + 1), "larger than"),
        (b"[" * 5000, "maximum recursion|Expected"),
    ],
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(data)
    with pytest.raises(DelayModelRefused, match=reason):
        LogisticForecaster.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DelayModelRefused, match="No such file"):
        LogisticForecaster.load(tmp_path / "none.json")
