"""`aios shipments`: the trips of this gateway's devices."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, out, print_table

app = typer.Typer(no_args_is_help=True)

SsccArgument = Annotated[str, typer.Argument(metavar="SSCC", help="The shipment's GS1 key: 18 digits, the last a check digit.")]


@app.callback()
def shipments() -> None:
    """Opens, closes and lists shipments.

    Example: `aios shipments list --config demo-data/gateway.toml`
    """


@app.command("list")
def list_(path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Lists the shipments with their verdict and how far their proof has come.

    Works whether the gateway runs or not.

    Example: `aios shipments list --config demo-data/gateway.toml`
    """
    from gateway.cli.reading import moment, open_store
    from gateway.settings import load
    from gateway.store import bundles, findings
    from gateway.store import shipments as table

    rows = []
    with open_store(load(path)) as connection:
        for shipment in table.select_all(connection):
            found = list(findings.select_subject(connection, shipment.subject))
            bundle = bundles.get(connection, shipment.subject)
            rows.append(
                {
                    "subject": shipment.subject,
                    "device": shipment.device,
                    "product": shipment.product,
                    "opened": moment(shipment.opened_ms),
                    "closed": moment(shipment.closed_ms),
                    "verdict": found[-1].finding.label if found else "-",
                    "proof": table.progress(connection, shipment.subject).value,
                    "bundle": bundle.path if bundle else "-",
                }
            )
    if as_json:
        out.print_json(json.dumps(rows))
        return
    columns = {"shipment": "subject"} | {name: name for name in ("verdict", "proof", "device", "closed", "opened", "product", "bundle")}
    print_table(list(columns), [[row[key] for key in columns.values()] for row in rows])


@app.command("open")
def open_(
    sscc: SsccArgument,
    device: Annotated[str, typer.Option(help="The device that travels with it.")],
    product: Annotated[str, typer.Option(help="Whose policy applies: vaccine, gdp-2-8, frozen, bananas ...")] = "vaccine",
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Begins a shipment now; the gateway must be running.

    Example: `aios shipments open 106141412345678908 --device reefer-1 --product vaccine`
    """
    answer = _call(path, "shipments-open", sscc=sscc, device=device, product=product)
    out.print(f"{answer['subject']} is open with {device}", markup=False)


@app.command()
def close(sscc: SsccArgument, path: ConfigOption = DEFAULT_CONFIG) -> None:
    """Ends a shipment now; the gateway must be running. It is judged once its last readings have settled.

    Example: `aios shipments close 106141412345678908`
    """
    answer = _call(path, "shipments-close", sscc=sscc)
    out.print(f"{answer['subject']} is closed and will be judged", markup=False)


def _call(path: Path, command: str, **arguments: str) -> dict[str, object]:
    from gateway.control import call
    from gateway.settings import load

    return call(Path(load(path).gateway.data_dir), command, **arguments)
