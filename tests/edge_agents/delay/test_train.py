"""Training on invented deliveries whose truth is known, and the shipped model against the data it was made from."""

import csv
import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from edge_agents.delay import train
from edge_agents.delay.forecast import Handover, Mode
from edge_agents.delay.model import MODEL, LogisticForecaster
from tests.vectors import ROOT

PUBLISHED = ROOT.parent / "shared/data/scms/SCMS_Delivery_History_Dataset.csv"
COLUMNS = (
    *("ASN/DN #", "Country", "Fulfill Via", "Shipment Mode", "PO Sent to Vendor Date", "Scheduled Delivery Date"),
    *("Delivered to Client Date", "Vendor", "Weight (Kilograms)"),
)


def invented(path: Path) -> Path:
    """Writes deliveries of which half of those by truck and none by air are ten days late."""
    rng = random.Random(7)
    with path.open("w", newline="") as file:
        lines = csv.DictWriter(file, COLUMNS)
        lines.writeheader()
        for number in range(1400):
            due = date(2011, 1, 1) + timedelta(number)
            truck = number % 2 == 0
            late = truck and rng.random() < 0.5
            arrived = due + timedelta(10 if late else 0)
            values = (
                f"D{number}",
                "Kenya",
                "From RDC",
                "Truck" if truck else "Air",
                "",
                f"{due:%d-%b-%y}",
                f"{arrived:%d-%b-%y}",
                "Mill",
                "See D1",
            )
            lines.writerow(dict(zip(COLUMNS, values, strict=True)))
    return path


@pytest.mark.slow
@pytest.mark.arithmetic
def test_what_is_late_in_the_data_is_late_in_the_forecast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "model.json"
    train.main([str(invented(tmp_path / "deliveries.csv")), "--out", str(out)])
    said = capsys.readouterr().out
    assert "| Brier |" in said
    model = LogisticForecaster.load(out)
    held_out = [case for case in train.cases(tmp_path / "deliveries.csv") if case.handover.due >= train.MEASURE_FROM]
    trucks = [model.forecast(case.handover) for case in held_out if case.handover.mode is Mode.TRUCK]
    assert sum(found.late for found in trucks) / len(trucks) == pytest.approx(0.5, abs=0.06)
    assert trucks[0].delay_days[-1][1] == 10
    assert all(model.forecast(case.handover).late < 0.05 for case in held_out if case.handover.mode is Mode.AIR)
    before = json.loads(out.read_text())
    train.main([str(tmp_path / "deliveries.csv"), "--out", str(out)])
    assert json.loads(out.read_text()) == before


@pytest.mark.slow
@pytest.mark.arithmetic
@pytest.mark.skipif(not PUBLISHED.is_file(), reason=f"the published delivery history is not at {PUBLISHED}")
def test_the_shipped_model_is_the_one_that_the_script_makes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "model.json"
    train.main([str(PUBLISHED), "--out", str(out)])
    made, shipped = json.loads(out.read_text()), json.loads(MODEL.read_text())
    assert made["weights"] == pytest.approx(shipped["weights"], abs=1e-5)
    assert made["late_days"] == shipped["late_days"]
    said = capsys.readouterr().out
    card = (MODEL.parent / "MODEL_CARD.md").read_text()
    measured = [line for line in said.splitlines() if line.startswith("|")]
    assert len(measured) == 6
    assert all(line in card for line in measured)


def test_the_shipped_model_beats_the_naive_forecast_only_where_the_card_says_so() -> None:
    lines = [line.split("|") for line in (MODEL.parent / "MODEL_CARD.md").read_text().splitlines() if line.startswith("| ")]
    ratios = {cells[1].strip(): float(cells[4].split()[0]) for cells in lines if cells[1].strip() != "measure"}
    assert ratios["Brier"] < 0.9
    assert ratios["pinball 0.9, days"] < 0.75
    assert ratios["absolute error, days"] == pytest.approx(1, abs=0.01)
    assert LogisticForecaster.load().forecast(Handover(due=date(2026, 1, 1))).late < 0.5
