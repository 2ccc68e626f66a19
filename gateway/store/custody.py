"""The handovers table: each shipment's chain of custody, as far as this gateway was told. Rows are checked before they come here."""

import sqlite3

from oracle import custody_json
from oracle.custody import Handover


def insert(connection: sqlite3.Connection, subject: str, handover: Handover, *, recorded_ms: int) -> None:
    """Adds the next handover.

    Raises:
        sqlite3.IntegrityError: the shipment has one with that number, or this one is known.
    """
    sql = "INSERT INTO handovers (subject, number, hash, document, recorded_ms) VALUES (?, ?, ?, ?, ?)"
    connection.execute(sql, (subject, handover.terms.number, handover.hash, custody_json.dumps(handover).decode(), recorded_ms))


def select(connection: sqlite3.Connection, subject: str) -> list[Handover]:
    """Returns a shipment's chain, oldest first."""
    rows = connection.execute("SELECT document FROM handovers WHERE subject = ? ORDER BY number", (subject,))
    return [custody_json.loads(row[0].encode()) for row in rows]
