"""`aios forecast`: how late a delivery will be, asked when it changes hands."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.terminal import JsonOption, fail, out, visible


def forecast(
    due: Annotated[str, typer.Option(help="The day on which the goods are to arrive: YYYY-MM-DD.")],
    mode: Annotated[str, typer.Option(help="How they travel on: air, air-charter, truck, ocean or unknown.")] = "unknown",
    ordered: Annotated[str | None, typer.Option(help="The day on which they were ordered.")] = None,
    weight: Annotated[float | None, typer.Option(min=0, help="Their weight in kilograms.")] = None,
    from_stock: Annotated[
        bool | None, typer.Option("--from-stock/--from-supplier", help="Whether they come from a distribution centre or from the supplier.")
    ] = None,
    country: Annotated[str, typer.Option(help="Where they go, as in the history.")] = "",
    supplier: Annotated[str, typer.Option(help="Where they come from, as in the history.")] = "",
    history: Annotated[
        Path | None, typer.Option(help="CSV of earlier deliveries with the columns due, delivered, country, mode, supplier.")
    ] = None,
    today: Annotated[str | None, typer.Option(help="The day of the hand-over; the present one if not given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Says how likely a delivery is to be late, and by how many days, from what is known at its hand-over.

    The model is a simple one, fitted to public deliveries of medicines; docs/forecast.md states its error. It knows your lanes and
    suppliers only through --history. A due day that is over is late already, and nothing is foretold. Exit code 2 if an option or the
    file cannot be read, or the goods were ordered after the due day.

    Example: `aios forecast --due 2026-12-24 --mode ocean --ordered 2026-09-01 --weight 1200`
    """
    from edge_agents.delay.errors import HistoryRefused
    from edge_agents.delay.forecast import Handover, History, Mode
    from edge_agents.delay.history import Ledger
    from edge_agents.delay.history_file import read
    from edge_agents.delay.model import LogisticForecaster

    if mode not in list(Mode):
        fail(f"--mode {mode!r} is not known: {', '.join(Mode)}", code=2)
    now = _day("--today", today) if today is not None else datetime.now(UTC).date()
    due_day = _day("--due", due)
    ordered_day = _day("--ordered", ordered) if ordered is not None else None
    if ordered_day is not None and ordered_day > due_day:
        fail(f"--ordered {ordered_day} is after --due {due_day}: goods are ordered before they are due", code=2)
    try:
        deliveries = read(history) if history is not None else []
    except HistoryRefused as error:
        fail(str(error), code=2)
    known = Ledger(deliveries).known(now, country=country, mode=Mode(mode), supplier=supplier) if deliveries else History()
    handover = Handover(
        due=due_day,
        mode=Mode(mode),
        ordered=ordered_day,
        weight_kg=weight,
        from_stock=from_stock,
        history=known,
    )
    if due_day < now:
        _say_overdue(due_day, (now - due_day).days, as_json=as_json)
        return
    found = LogisticForecaster.load().forecast(handover)
    if as_json:
        delays = {f"{quantile:g}": days for quantile, days in found.delay_days}
        document = {"late": found.late, "delay_days": delays, "forecaster": found.forecaster, "sha256": found.forecaster_hash.hex()}
        out.print_json(json.dumps(document | {"history": {"due": known.overall.due, "late": known.overall.late}}))
        sys.exit(0)
    out.print(f"due {handover.due}: late with {found.late:.0%} probability", markup=False)
    for quantile, days in found.delay_days:
        out.print(f"  {quantile:.0%} sure: " + (f"at most {days:.0f} days late" if days >= 0.5 else "on time"), markup=False)
    seen = f"{known.overall.due} deliveries of the last 180 days, {known.overall.late} late" if known.overall.due else "no history given"
    if history is not None and not known.overall.due:
        seen = f"nothing in {visible(str(history))} counts: no delivery of the last 180 days"
    out.print(f"  by {found.forecaster} (sha256 {found.forecaster_hash.hex()[:16]}), {seen}", markup=False, style="dim")


def _say_overdue(due: date, days: int, *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps({"late": 1.0, "overdue_days": days}))
    else:
        out.print(f"due {due}: late already, by {days} day{'s' if days > 1 else ''}", markup=False)


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text[:20]!r} is no day; write YYYY-MM-DD", code=2)
