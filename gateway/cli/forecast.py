"""`aios forecast`: how late a delivery will be, asked when it changes hands."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.terminal import JsonOption, fail, out


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
    suppliers only through --history. Exit code 2 if an option or the file cannot be read.

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
    try:
        deliveries = read(history) if history is not None else []
    except HistoryRefused as error:
        fail(str(error), code=2)
    known = Ledger(deliveries).known(now, country=country, mode=Mode(mode), supplier=supplier) if deliveries else History()
    handover = Handover(
        due=_day("--due", due),
        mode=Mode(mode),
        ordered=_day("--ordered", ordered) if ordered is not None else None,
        weight_kg=weight,
        from_stock=from_stock,
        history=known,
    )
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
    out.print(f"  by {found.forecaster} (sha256 {found.forecaster_hash.hex()[:16]}), {seen}", markup=False, style="dim")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text[:20]!r} is no day; write YYYY-MM-DD", code=2)
