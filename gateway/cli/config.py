"""`aios config`: what the settings file says, before the gateway believes it."""

import dataclasses
import json
from typing import Annotated

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, fail, out

app = typer.Typer(no_args_is_help=True)


@app.callback()
def config() -> None:
    """Checks the settings file.

    Example: `aios config check --config config/gateway.example.toml`
    """


@app.command()
def check(
    path: ConfigOption = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Print all settings, with their defaults, as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing if the file can be used.")] = False,
) -> None:
    """Reads the settings file and says in one line each what is wrong with it, or that it can be used.

    An unknown key is refused with the nearest known one. Of the files that it names only the public keys of devices and the policies in
    agents.policies are read. Exit code 2 if the file, or one of those, cannot be used.

    Example: `aios config check --config /etc/aios/gateway.toml`
    """
    from edge_agents.conditions.agent import Conditions, products
    from edge_agents.errors import ManifestRefused
    from gateway.device_keys import device_keys
    from gateway.settings import load, problems

    if found := problems(path):
        fail(*map(str, found), code=2)
    settings = load(path)
    device_keys(settings)
    refused = []
    for product in products(settings.agents.policies):
        try:
            Conditions.load(product, settings.agents)
        except ManifestRefused as error:
            refused.append(str(error))
    if refused:
        fail(*refused, code=2)
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
