"""The shipment_steps table: what happened to a shipment, each step with its EPCIS event."""

import json
import sqlite3
from typing import Any

from gateway.store.records import StoredStep

_COLUMNS = "subject, number, step, at_ms, recorded_ms, detail, event"


def insert(
    connection: sqlite3.Connection, subject: str, step: str, event: dict[str, Any], *, at_ms: int, recorded_ms: int, detail: str
) -> int:
    """Adds the next step of a shipment and returns its number."""
    number = int(connection.execute("SELECT count(*) FROM shipment_steps WHERE subject = ?", (subject,)).fetchone()[0])
    values = (subject, number, step, at_ms, recorded_ms, detail, json.dumps(event, separators=(",", ":")))
    connection.execute(f"INSERT INTO shipment_steps ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - own constant
    return number


def select(connection: sqlite3.Connection, subject: str) -> list[StoredStep]:
    """Returns a shipment's steps in their order."""
    sql = f"SELECT {_COLUMNS} FROM shipment_steps WHERE subject = ? ORDER BY number"  # noqa: S608 - own constant
    return [StoredStep(row[0], row[1], row[2], row[3], row[4], row[5], json.loads(row[6])) for row in connection.execute(sql, (subject,))]
