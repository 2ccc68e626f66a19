"""What all commands share: where words go, how an error ends the process, the option that names the settings file."""

import os
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

CLOSED = 128 + 13
"""Exit code where nobody reads the output any more (`| head -1`), as shells report SIGPIPE: 1 would say that something was refused."""


class _Terminal(Console):
    """rich's console, save for how it ends where its output was closed."""

    def on_broken_pipe(self) -> NoReturn:
        self.quiet = True
        # What the interpreter still writes when it ends goes nowhere, and does not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())
        sys.exit(CLOSED)


# No emoji: rich would draw the `:key:` of a did:key as one.
out = _Terminal(highlight=False, soft_wrap=True, emoji=False)
"""Results: what a script may read."""
err = _Terminal(stderr=True, highlight=False, soft_wrap=True, emoji=False)
"""Everything said to a person beside the result."""

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The gateway's settings file.", show_default=True)]
"""Every command that reads settings takes it."""
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of a table.")]
"""Every command that prints a table takes it."""

WIDEST = 100_000
"""Characters of a table's line where there is no terminal to fold it for."""
LEAST = 20
"""Characters below which a column is not folded."""


def visible(text: str) -> str:
    """Returns the text with whatever a terminal would obey, or not show, in its escaped form: what others wrote draws no lines here."""
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def fail(*messages: str, code: int) -> NoReturn:
    """Ends the process with each message as one line on standard error."""
    for message in messages:
        err.print(f"aios: {visible(message)}", style="red", markup=False)
    sys.exit(code)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table with all of its columns: as wide as it is where no terminal is, folded in a narrow terminal, or row by row there."""
    kept = [[visible(cell) for cell in row] for row in rows]
    natural = _table(columns, kept)
    # Rich would cut what is wider than the 80 columns that it takes a pipe for.
    natural.width = natural.__rich_measure__(out, out.options.update_width(WIDEST)).maximum
    if not out.is_terminal or natural.width <= out.width:
        out.print(natural)
        return
    needed = sum(min(LEAST, max(len(cell) for cell in column)) + 2 for column in zip(columns, *kept, strict=True))
    if needed <= out.width:
        out.print(_table(columns, kept, fold=True))
        return
    longest = max(map(len, columns))
    for row in kept:
        for name, cell in zip(columns, row, strict=True):
            out.print(f"{name:{longest}}  {cell}", markup=False)
        out.print()


def print_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Prints one field a line, whole however long: what somebody copies out of a terminal or a pipe."""
    kept = list(fields)
    longest = max(len(name) for name, _ in kept)
    for name, text in kept:
        out.print(f"{name:{longest}}  {visible(text)}", markup=False)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, fold: bool = False) -> Table:
    narrow = [max(map(len, cells)) <= LEAST for cells in zip(columns, *rows, strict=True)]
    headed = (Column(name, no_wrap=keep or not fold, overflow="fold") for name, keep in zip(columns, narrow, strict=True))
    table = Table(*headed, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*map(escape, row))
    return table
