"""What all commands share: where words go, how an error ends the process, the option that names the settings file."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
"""Results: what a script may read."""
err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Everything said to a person beside the result."""

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The gateway's settings file.", show_default=True)]
"""Every command that reads settings takes it."""
DEFAULT_CONFIG = Path("/etc/aios/gateway.toml")
"""Where the installed gateway keeps its settings."""
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of a table.")]
"""Every command that prints a table takes it."""


def fail(message: str, *, code: int) -> NoReturn:
    """Ends the process with one line on standard error."""
    err.print(f"aios: {message}", style="red", markup=False)
    sys.exit(code)
