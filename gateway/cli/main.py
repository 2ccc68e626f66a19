"""The table of commands, and how an error ends the process.

Exit codes: 0 done; 1 refused (a proof does not hold, the demo's story failed); 2 the call, the settings or the machine are in the way;
130 interrupted.
"""

import sys
from typing import Annotated, NoReturn

import typer

from gateway import __version__
from gateway.cli import config, demo, devices, key, run, shipments, status, verify
from gateway.cli.errors import messages
from gateway.cli.terminal import fail, out

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
app.add_typer(key.app, name="key")
app.command("devices")(devices.devices)
app.add_typer(shipments.app, name="shipments")
app.command("verify")(verify.verify)
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


def main() -> NoReturn:
    """Runs the command line; an error that a person can act on is one line, never a traceback."""
    try:
        app(prog_name="aios")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # the rim: here it is decided who is to read it
        said = messages(error)
        if said is None:
            raise
        fail(*said, code=2)
    sys.exit(0)
