"""The table of commands. Help is the docstrings' first halves; an `Example:` line ends each."""

from typing import Annotated

import typer

from gateway import __version__
from gateway.cli import (
    attestation,
    bls_key,
    config,
    contracts,
    demo,
    devices,
    epcis,
    escrow,
    escrow_votes,
    forecast,
    gateway,
    key,
    label,
    lightclient,
    lots,
    networks,
    oracle,
    quorum,
    registry,
    rejects,
    run,
    shipments,
    status,
    verify,
)
from gateway.cli.terminal import out

app = typer.Typer(
    name="aios",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.add_typer(config.app, name="config")
app.add_typer(contracts.app, name="contracts")
app.add_typer(key.app, name="key")
app.command("devices")(devices.devices)
app.command("rejects")(rejects.rejects)
app.add_typer(shipments.app, name="shipments")
app.add_typer(lots.app, name="lots")
app.add_typer(epcis.app, name="epcis")
app.command("forecast")(forecast.forecast)
app.add_typer(quorum.app, name="quorum")
app.command("verify")(verify.verify)
app.command("label")(label.label)
app.add_typer(attestation.app, name="attestation")
app.add_typer(escrow.app, name="escrow")
app.add_typer(lightclient.app, name="lightclient")
app.add_typer(networks.app, name="networks")
app.add_typer(oracle.app, name="oracle")
escrow.app.command("sign")(escrow_votes.sign)
escrow.app.command("vote")(escrow_votes.vote)
key.app.command("bls-possession")(bls_key.possession)
gateway.app.command("add-bls-key")(bls_key.add_bls_key)
gateway.app.command("owner")(registry.owner)
gateway.app.command("document")(registry.document)
gateway.app.command("report-anchors")(registry.report_anchors)
app.add_typer(gateway.app, name="gateway")
app.command("status")(status.status)


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(f"aios {__version__}")
        raise typer.Exit


@app.callback()
def aios(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """An edge gateway: readings in, statements out that a stranger can check against a finalized block.

    Example: `aios demo --once`
    """
