"""`aios config`: what the settings file says, before the gateway believes it."""

import dataclasses
import json
from typing import Annotated

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, out

app = typer.Typer(no_args_is_help=True, help="Check the settings file.")


@app.callback()
def config() -> None:
    """Checks the settings file.

    Example: `aios config check --config config/gateway.example.toml`
    """


@app.command()
def check(
    path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False, quiet: Annotated[bool, typer.Option("--quiet", "-q")] = False
) -> None:
    """Reads the settings file and says in one line what is wrong with it, or that it can be used.

    An unknown key is refused with the nearest known one. Exit code 2 if the file cannot be used.

    Example: `aios config check --config /etc/aios/gateway.toml`
    """
    from gateway.settings import load

    settings = load(path)
    if as_json:
        out.print_json(json.dumps(dataclasses.asdict(settings)))
    elif not quiet:
        parts = [
            f"{len(settings.mqtt)} broker{'' if len(settings.mqtt) == 1 else 's'}",
            f"{len(settings.devices)} device{'' if len(settings.devices) == 1 else 's'}",
            "signing" if settings.oracle else "not signing",
            "following the chain" if settings.lightclient else "without a chain",
        ]
        out.print(f"{path}: can be used ({', '.join(parts)})", markup=False)
