"""A table of a report. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a title."""

    title: str
    """What it shows."""
    columns: tuple[str, ...]
    """Heads of the columns."""
    rows: tuple[tuple[str, ...], ...]
    """As many cells each as there are columns."""
    note: str = ""
    """A sentence below it."""
    code: frozenset[int] = frozenset()
    """Columns of hashes and addresses, set in a fixed width."""
    wide: tuple[int, ...] = ()
    """Relative widths of the columns; empty for equal ones."""
