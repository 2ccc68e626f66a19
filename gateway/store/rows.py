"""Walking a table whose pages may be damaged: forwards until it breaks, backwards until it breaks, then halving what lies between."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.store.failure import DAMAGE

FAILURES_ALLOWED = 20_000
"""Reads that may fail in one table before the rest of it is given up: a page of readings costs about a hundred."""

_HIGHEST = (1 << 62) - 1
"""Row numbers beyond it are not ours; the numbers of a pruned table may start anywhere below."""


class Rows:
    """Iterates over (rowid, *columns) of every row that can be read; afterwards `holes` says how many ranges could not."""

    def __init__(self, connection: sqlite3.Connection, table: str, columns: Sequence[str]) -> None:
        self._connection = connection
        self._select = f"SELECT rowid, {', '.join(columns)} FROM {table} NOT INDEXED"  # noqa: S608 - names from our own schema
        self.holes = 0
        """Ranges of row numbers that could not be read."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        low = 0
        try:
            for row in self._connection.execute(f"{self._select} ORDER BY rowid"):
                yield row
                low = row[0]
        except DAMAGE:
            pass
        else:
            return
        high = _HIGHEST
        try:
            for row in self._connection.execute(f"{self._select} WHERE rowid > ? ORDER BY rowid DESC", (low,)):
                yield row
                high = row[0]
        except DAMAGE:
            yield from self._between(low + 1, high - 1)

    def _between(self, low: int, high: int) -> Iterator[tuple[Any, ...]]:
        """Yields what can be read of a range whose ends are known to be next to damage."""
        ranges = [(low, high)]
        failures = 0
        last_hole = -2
        while ranges:
            first, last = ranges.pop()
            try:
                for row in self._connection.execute(f"{self._select} WHERE rowid BETWEEN ? AND ? ORDER BY rowid", (first, last)):
                    yield row
                    first = row[0] + 1
            except DAMAGE:
                failures += 1
                if first >= last or failures > FAILURES_ALLOWED:
                    # Neighbouring rows that cannot be read are one hole.
                    self.holes += first != last_hole + 1
                    last_hole = last
                    continue
                middle = (first + last) // 2
                ranges += [(middle + 1, last), (first, middle)]
