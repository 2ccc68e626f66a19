"""The cursors table: how far each reader of the readings has come. Moved in the same `write` as what was concluded from them."""

import sqlite3


def get(connection: sqlite3.Connection, name: str) -> int:
    """Returns the number of the last reading this reader has dealt with, 0 at the beginning."""
    row = connection.execute("SELECT reading_id FROM cursors WHERE name = ?", (name,)).fetchone()
    return 0 if row is None else int(row[0])


def advance(connection: sqlite3.Connection, name: str, reading_id: int) -> None:
    """Moves the cursor forward; never back."""
    sql = "INSERT INTO cursors VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET reading_id = max(reading_id, excluded.reading_id)"
    connection.execute(sql, (name, reading_id))
