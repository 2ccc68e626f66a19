"""`aios lots`: the lots under inspection, their plans and their verdicts."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, fail, out, print_table, visible

if TYPE_CHECKING:
    import sqlite3

    from gateway.store.lot_records import Lot

app = typer.Typer(no_args_is_help=True)

GtinArgument = Annotated[str, typer.Argument(metavar="GTIN", help="The trade item: 8 to 14 digits, the last a check digit.")]
LotArgument = Annotated[str, typer.Argument(metavar="LOT", help="The lot number: up to 20 characters.")]


@app.callback()
def lots() -> None:
    """Opens, closes, lists and shows lots under inspection.

    Example: `aios lots list --config demo-data/gateway.toml`
    """


@app.command("open")
def open_(
    gtin: GtinArgument,
    lot: LotArgument,
    size: Annotated[int, typer.Option(min=2, help="How many items the lot has.")],
    aql: Annotated[str, typer.Option(help="Acceptance quality limit, in nonconforming items per hundred: 0.010 to 10.")] = "1.0",
    level: Annotated[str, typer.Option(help="Inspection level: S-1, S-2, S-3, S-4, I, II or III.")] = "II",
    supplier: Annotated[
        str, typer.Option(help="Who supplied the lot; switching rules look at this supplier's lots of the same item.")
    ] = "",
    machine: Annotated[str, typer.Option(help="Which machine or line made it.")] = "",
    reduced: Annotated[bool, typer.Option("--reduced", help="The buyer agrees to reduced inspection once it is earned.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Resume inspection that was discontinued after five rejected lots.")] = False,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Begins a lot's inspection and says how many items to inspect; the gateway must be running.

    The plan is that of ISO 2859-1 for the lot's size; whether it is normal, tightened or reduced follows from the supplier's lots before.

    Example: `aios lots open 09506000134352 L42 --size 1000 --aql 1.0 --level II --supplier "Mill 7" --machine press-2`
    """
    terms = {"lot_size": size, "aql": aql, "level": level, "supplier": supplier, "machine": machine}
    answer = _call(path, "lots-open", gtin=gtin, lot=lot, **terms, reduced_agreed=reduced, resume=resume)
    out.print(
        f"{answer['subject']} is open: {answer['severity']} inspection, code letter {answer['letter']}, inspect {answer['sample_size']} "
        f"of {size} items, accept with up to {answer['accept']} nonconforming, reject from {answer['reject']}",
        markup=False,
    )


@app.command()
def close(gtin: GtinArgument, lot: LotArgument, path: ConfigOption = DEFAULT_CONFIG) -> None:
    """Ends a lot's inspection; the gateway must be running. A lot whose sample is complete is judged without this.

    Example: `aios lots close 09506000134352 L42`
    """
    answer = _call(path, "lots-close", gtin=gtin, lot=lot)
    out.print(f"{answer['subject']} is closed and will be judged", markup=False)


@app.command("list")
def list_(path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Lists the lots with their verdict and how far their proof has come.

    Works whether the gateway runs or not.

    Example: `aios lots list --config demo-data/gateway.toml`
    """
    from gateway.cli.reading import open_store
    from gateway.settings import load
    from gateway.store import lots as table

    with open_store(load(path)) as connection:
        rows = [_row(connection, lot) for lot in table.select_all(connection)]
    if as_json:
        out.print_json(json.dumps(rows))
        return
    names = ("verdict", "inspected", "nonconforming", "rate", "proof", "severity", "supplier", "machine", "opened")
    print_table(["lot", *names], [[row["subject"], *(str(row[name]) for name in names)] for row in rows])


@app.command()
def show(gtin: GtinArgument, lot: LotArgument, path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Shows a lot: its plan, what was found on each item, the defect rate with its 95 % interval, the verdict.

    Exit code 2 if it is not known. Works whether the gateway runs or not.

    Example: `aios lots show 09506000134352 L42 --config demo-data/gateway.toml`
    """
    from gateway.cli.reading import open_store
    from gateway.pipeline.lot_statements import plan_of, sampled
    from gateway.settings import load
    from gateway.store import lots as table
    from oracle.gs1 import lgtin

    subject = lgtin(gtin, lot).path
    with open_store(load(path)) as connection:
        known = table.get(connection, subject)
        if known is None:
            fail(f"lot {subject} was not opened here; `aios lots list` shows those that were", code=2)
        row = _row(connection, known)
        items = [stored.finding for stored in sampled(connection, known)]
    plan = plan_of(known)
    if as_json:
        seen = [{"item": one.item, "label": one.label, "confidence": one.confidence, "image": one.evidence.hex()} for one in items]
        out.print_json(json.dumps(row | {"letter": plan.letter, "accept": plan.accept, "reject": plan.reject, "items": seen}))
        return
    for name, value in row.items():
        out.print(f"{name:14} {visible(str(value))}", markup=False)
    out.print(f"{'plan':14} code letter {plan.letter}, {plan.sample_size} items, Ac {plan.accept}, Re {plan.reject}", markup=False)
    if items:
        found = [(one.item, one.label, f"{one.confidence:.1%}", one.evidence.hex()) for one in items]
        print_table(("item", "found", "confidence", "image sha256"), found)


def _row(connection: "sqlite3.Connection", lot: "Lot") -> dict[str, Any]:
    from edge_agents.lots.rate import rate
    from edge_agents.lots.verdict import VERDICTS, count
    from gateway.cli.reading import moment
    from gateway.pipeline.lot_statements import plan_of, sampled
    from gateway.store import bundles
    from gateway.store.lots import progress

    bundle = bundles.get(connection, lot.subject)
    seen = count([stored.finding for stored in sampled(connection, lot)])
    estimate = rate(seen.nonconforming, seen.inspected)
    words = {verdict: label for label, verdict in VERDICTS.items()}
    return {
        "subject": lot.subject,
        "verdict": words[lot.verdict] if lot.verdict is not None else "-",
        "inspected": f"{seen.inspected} of {plan_of(lot).sample_size}",
        "nonconforming": seen.nonconforming,
        "rate": f"{estimate.estimate:.2%} ({estimate.low:.2%} to {estimate.high:.2%})" if seen.inspected else "-",
        "proof": progress(connection, lot.subject).value if lot.verdict is not None else "-",
        "state": lot.state.value,
        "lot_size": lot.lot_size,
        "level": lot.level,
        "aql": lot.aql,
        "severity": lot.severity,
        "supplier": lot.supplier or "-",
        "machine": lot.machine or "-",
        "opened": moment(lot.opened_ms),
        "closed": moment(lot.closed_ms),
        "bundle": bundle.path if bundle is not None else "-",
    }


def _call(path: Path, command: str, **arguments: Any) -> dict[str, object]:
    from gateway.control import call
    from gateway.settings import load

    return call(Path(load(path).gateway.data_dir), command, **arguments)
