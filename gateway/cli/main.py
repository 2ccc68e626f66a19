"""The table of commands, and how an error ends the process.

Exit codes: 0 done, 1 refused (a proof does not hold, the demo's story failed), 2 the call or the settings are wrong.
"""

import sys
from typing import NoReturn

import typer

from gateway.cli import config, demo, devices, lightclient, run, shipments, status, verify
from gateway.cli.terminal import fail
from gateway.errors import GatewayError

app = typer.Typer(
    name="aios",
    help="An edge gateway: readings in, statements out that a stranger can check against a finalized block.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.add_typer(config.app, name="config")
app.command("devices")(devices.devices)
app.add_typer(shipments.app, name="shipments")
app.command("verify")(verify.verify)
app.add_typer(lightclient.app, name="lightclient")
app.command("status")(status.status)


def main() -> NoReturn:
    """Runs the command line; an error that a person can act on is one line, never a traceback."""
    try:
        app()
    except GatewayError as error:
        fail(str(error), code=2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
