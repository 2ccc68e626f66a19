"""What all commands share: where words go, how an error ends the process, the option that names the settings file."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from gateway.cli.daemon import DEFAULT_CONFIG as DEFAULT_CONFIG  # noqa: PLC0414 - every command takes it from here

# No emoji: rich would draw the `:key:` of a did:key as one.
out = Console(highlight=False, soft_wrap=True, emoji=False)
"""Results: what a script may read."""
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
"""Everything said to a person beside the result."""

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The gateway's settings file.", show_default=True)]
"""Every command that reads settings takes it."""
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of a table.")]
"""Every command that prints a table takes it."""


def visible(text: str) -> str:
    """Returns the text with whatever a terminal would obey, or not show, in its escaped form: what others wrote draws no lines here."""
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def fail(*messages: str, code: int) -> NoReturn:
    """Ends the process with each message as one line on standard error."""
    for message in messages:
        err.print(f"aios: {visible(message)}", style="red", markup=False)
    sys.exit(code)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table; columns stand in the order of their importance, and the last ones are left out where the terminal is too narrow."""
    kept = list(rows)
    for count in range(len(columns), 0, -1):
        table = Table(*(Column(name, no_wrap=True) for name in columns[:count]), box=SIMPLE_HEAD, pad_edge=False)
        for row in kept:
            table.add_row(*(escape(visible(cell)) for cell in row[:count]))
        if count <= 2 or table.__rich_measure__(out, out.options.update_width(1000)).maximum <= out.width:
            break
    out.print(table)
    if count < len(columns):
        err.print(f"left out for want of width: {', '.join(columns[count:])} (--json shows all)", style="dim", markup=False)
