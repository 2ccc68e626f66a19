"""A file of earlier deliveries, as a person exports it: CSV with the columns due, delivered, country, mode, supplier.

Days are YYYY-MM-DD; an empty `delivered` means that the delivery is under way. Columns may stand in any order, others are ignored.
"""

import csv
import io
from datetime import date
from pathlib import Path

from edge_agents.delay.errors import HistoryRefused
from edge_agents.delay.forecast import Mode
from edge_agents.delay.history import Delivery

MAX_BYTES = 32 * 1024 * 1024
"""A larger file is refused unread: some 500,000 deliveries, of which a year counts."""
COLUMNS = ("due", "delivered", "country", "mode", "supplier")
"""Must all be there."""


def read(path: Path) -> list[Delivery]:
    """Returns the deliveries in a file.

    Raises:
        HistoryRefused: the file cannot be read, is too large, is no UTF-8, lacks a column, or a line holds no day or an unknown mode.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise HistoryRefused(path, 0, error.strerror or str(error)) from error
    if len(data) > MAX_BYTES:
        raise HistoryRefused(path, 0, f"is larger than {MAX_BYTES} bytes; leave out deliveries older than a year")
    try:
        lines = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        missing = [name for name in COLUMNS if name not in (lines.fieldnames or ())]
        if missing:
            raise HistoryRefused(path, 1, f"lacks the column {missing[0]!r}; wanted: {', '.join(COLUMNS)}")
        return [_delivery(path, lines.line_num, line) for line in lines]
    except (UnicodeDecodeError, csv.Error) as error:
        raise HistoryRefused(path, 0, str(error)) from error


def _delivery(path: Path, number: int, line: dict[str, str | None]) -> Delivery:
    due, delivered = line["due"] or "", line["delivered"] or ""
    try:
        mode = Mode((line["mode"] or "unknown").lower())
    except ValueError as error:
        raise HistoryRefused(path, number, f"mode {(line['mode'] or '')[:20]!r} is not known: {', '.join(Mode)}") from error
    arrived = _day(path, number, "delivered", delivered) if delivered else None
    return Delivery(_day(path, number, "due", due), arrived, line["country"] or "", mode, line["supplier"] or "")


def _day(path: Path, number: int, column: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise HistoryRefused(path, number, f"{column} {text[:20]!r} is no day; write YYYY-MM-DD") from error
