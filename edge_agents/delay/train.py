"""Makes the delay model and measures it: `python -m edge_agents.delay.train DELIVERIES.csv`.

The data are USAID's SCMS delivery history, in the columns in which it is published. One row here is one delivery (lines that share a
delivery number and both days are one). Split by time: fitted on deliveries due before 2013, strength of the penalty chosen on those due in
2013, fitted again on both, measured on those due from 2014 on. What is known of earlier deliveries is what was known HORIZON_DAYS before
the due day, when goods are still on their way. The fit has no randomness; the seed is that of the bootstrap that says how sure the
differences are.
"""

import argparse
import csv
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agents.delay.features import features
from edge_agents.delay.forecast import QUANTILES, DelayForecaster, Handover, Mode
from edge_agents.delay.history import Delivery, Ledger
from edge_agents.delay.model import MODEL, LogisticForecaster, Model
from edge_agents.delay.naive import NaiveForecaster

SEED = 20261127
"""Of the bootstrap."""
HORIZON_DAYS = 14
"""How long before the due day a hand-over is taken to be."""
PENALTIES = (1.0, 10.0, 50.0)
"""Strengths tried."""
CHOOSE_FROM, MEASURE_FROM = date(2013, 1, 1), date(2014, 1, 1)
"""Ends of the first and the second part."""
FEWEST_LATE = 50
"""A mode with fewer late deliveries than that is as late as all are."""
PLACES = 21
"""Quantiles kept of how late late deliveries are: every twentieth."""
RESAMPLES = 2000
"""Of the bootstrap."""
MODES = {"Air": Mode.AIR, "Air Charter": Mode.AIR_CHARTER, "Truck": Mode.TRUCK, "Ocean": Mode.OCEAN}
SOURCE = "USAID Supply Chain Management System delivery history (a US Government work, public domain), deliveries due 2006 to 2013"
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One delivery as it was known at its hand-over, and how late it became."""

    handover: Handover
    """What was known."""
    delay_days: int
    """How many days late it arrived; 0 for on time or early."""


def cases(path: Path) -> list[Case]:
    """Returns the deliveries of the published file, in the order of their due days."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = list(csv.DictReader(file))
    merged: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for line in lines:
        key = (line["ASN/DN #"], line["Scheduled Delivery Date"], line["Delivered to Client Date"])
        merged.setdefault(key, []).append(line)
    read = [(_delivery(lines[0]), _handover(lines)) for lines in merged.values()]
    ledger = Ledger(delivery for delivery, _ in read)
    found = []
    for delivery, handover in read:
        today = delivery.due - timedelta(HORIZON_DAYS)
        history = ledger.known(today, country=delivery.country, mode=delivery.mode, supplier=delivery.supplier)
        assert delivery.delivered is not None
        found.append(Case(replace(handover, history=history), max(0, (delivery.delivered - delivery.due).days)))
    return sorted(found, key=lambda case: case.handover.due)


def _delivery(line: dict[str, str]) -> Delivery:
    due, delivered = _day(line["Scheduled Delivery Date"]), _day(line["Delivered to Client Date"])
    assert due is not None
    assert delivered is not None
    return Delivery(due, delivered, line["Country"], MODES.get(line["Shipment Mode"], Mode.UNKNOWN), line["Vendor"])


def _handover(lines: list[dict[str, str]]) -> Handover:
    first = lines[0]
    due = _day(first["Scheduled Delivery Date"])
    assert due is not None
    # Weight is text where it is told on another line, or not at all.
    weights = [float(line["Weight (Kilograms)"]) for line in lines if line["Weight (Kilograms)"].replace(".", "", 1).isdigit()]
    return Handover(
        due=due,
        mode=MODES.get(first["Shipment Mode"], Mode.UNKNOWN),
        ordered=_day(first["PO Sent to Vendor Date"]),
        weight_kg=sum(weights) if weights else None,
        from_stock=first["Fulfill Via"] == "From RDC",
    )


def _day(text: str) -> date | None:
    for form in ("%d-%b-%y", "%m/%d/%y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def fit(training: Sequence[Case], penalty: float, *, source: str = SOURCE) -> Model:
    """Returns the model of penalized logistic regression, by Newton's method; its weights have 6 digits."""
    names = list(features(training[0].handover))
    inputs = np.array([[1.0, *features(case.handover).values()] for case in training])
    late = np.array([case.delay_days > 0 for case in training], float)
    strength = np.diag([1e-6, *[penalty] * len(names)])
    weights = np.zeros(len(names) + 1)
    for _ in range(100):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (chance - late) + strength @ weights
        curve = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + strength
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-10:
            break
    return Model(
        name="delay-logistic",
        version="1.0.0",
        source=source,
        intercept=round(float(weights[0]), 6),
        weights={name: round(float(weight), 6) for name, weight in zip(names, weights[1:], strict=True)},
        late_days=_late_days(training),
    )


def _late_days(training: Sequence[Case]) -> dict[str, tuple[float, ...]]:
    by_mode: dict[str, list[int]] = {"any": [case.delay_days for case in training if case.delay_days]}
    for mode in MODES.values():
        late = [case.delay_days for case in training if case.delay_days and case.handover.mode is mode]
        if len(late) >= FEWEST_LATE:
            by_mode[mode.value] = late
    return {name: tuple(np.quantile(days, np.linspace(0, 1, PLACES)).round(2).tolist()) for name, days in by_mode.items()}


def naive(training: Sequence[Case]) -> NaiveForecaster:
    """Returns what is true of all deliveries of the training set."""
    delays = np.array([case.delay_days for case in training])
    return NaiveForecaster(float((delays > 0).mean()), tuple(np.quantile(delays, QUANTILES).tolist()))


def losses(forecaster: DelayForecaster, held_out: Sequence[Case]) -> dict[str, Array]:
    """Returns the loss of each delivery by each measure: Brier's, absolute error of the median, pinball at each quantile."""
    found = [forecaster.forecast(case.handover) for case in held_out]
    delays = np.array([case.delay_days for case in held_out], float)
    said = np.array([[days for _, days in forecast.delay_days] for forecast in found])
    table = {
        "Brier": (np.array([forecast.late for forecast in found]) - (delays > 0)) ** 2,
        "absolute error, days": np.abs(delays - said[:, 0]),
    }
    for place, quantile in enumerate(QUANTILES):
        short = delays - said[:, place]
        table[f"pinball {quantile:g}, days"] = np.maximum(quantile * short, (quantile - 1) * short)
    return table


def compare(model: DelayForecaster, base: DelayForecaster, held_out: Sequence[Case]) -> list[str]:
    """Returns one line per measure: the model's mean loss, the naive one's, and the ratio with its 95 % interval by bootstrap."""
    rng = np.random.default_rng(SEED)
    picks = rng.integers(0, len(held_out), (RESAMPLES, len(held_out)))
    ours, theirs = losses(model, held_out), losses(base, held_out)
    lines = []
    for name in ours:
        ratios = ours[name][picks].mean(1) / theirs[name][picks].mean(1)
        low, high = np.quantile(ratios, (0.025, 0.975))
        mean, other = ours[name].mean(), theirs[name].mean()
        lines.append(f"| {name} | {mean:.4f} | {other:.4f} | {mean / other:.3f} ({low:.3f} to {high:.3f}) |")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, measures, prints, and writes the model file."""
    parser = argparse.ArgumentParser(description="Makes the delay model and measures it.")
    parser.add_argument("deliveries", type=Path, help="the published CSV file")
    parser.add_argument("--out", type=Path, default=MODEL, help="where the model goes")
    options = parser.parse_args(arguments)
    known = cases(options.deliveries)
    early = [case for case in known if case.handover.due < CHOOSE_FROM]
    middle = [case for case in known if CHOOSE_FROM <= case.handover.due < MEASURE_FROM]
    held_out = [case for case in known if case.handover.due >= MEASURE_FROM]
    penalty = min(PENALTIES, key=lambda one: losses(LogisticForecaster(fit(early, one), b""), middle)["Brier"].mean())
    training = [*early, *middle]
    model = fit(training, penalty)
    text = json.dumps({name: getattr(model, name) for name in model.__struct_fields__}, indent=1) + "\n"
    options.out.write_text(text)
    say = sys.stdout.write
    say(f"{len(early)} to fit, {len(middle)} to choose, {len(held_out)} to measure; penalty {penalty:g}\n")
    late = [case.delay_days > 0 for case in held_out]
    say(f"late among the measured: {sum(late) / len(late):.3f}; model file {len(text)} bytes\n")
    say("\n".join(compare(LogisticForecaster.load(options.out), naive(training), held_out)) + "\n")
    say(f"area under the curve: {_area(LogisticForecaster.load(options.out), held_out):.3f}\n")


def _area(model: DelayForecaster, held_out: Sequence[Case]) -> float:
    """Returns how often a late delivery has the higher probability of two, one of them late."""
    chances = np.array([model.forecast(case.handover).late for case in held_out])
    late = np.array([case.delay_days > 0 for case in held_out])
    order = chances.argsort().argsort() + 1
    count = int(late.sum())
    return math.nan if not count else float((order[late].sum() - count * (count + 1) / 2) / (count * (len(late) - count)))


if __name__ == "__main__":
    main()
