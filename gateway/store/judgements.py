"""The judgements table: everything besides the readings that a verdict on a shipment rests on."""

import sqlite3

from edge_agents.conditions.trip import Circumstances


def insert(connection: sqlite3.Connection, finding: int, circumstances: Circumstances) -> None:
    """Keeps what a finding rests on; keeping it again changes nothing."""
    sql = "INSERT INTO judgements (finding, circumstances) VALUES (?, ?) ON CONFLICT DO NOTHING"
    connection.execute(sql, (finding, circumstances.to_json()))


def get(connection: sqlite3.Connection, finding: int) -> Circumstances | None:
    """Returns what a finding rests on, or None for one that was drawn by an earlier release."""
    row = connection.execute("SELECT circumstances FROM judgements WHERE finding = ?", (finding,)).fetchone()
    return None if row is None else Circumstances.from_json(row[0])
