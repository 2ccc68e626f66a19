"""The rejects table. Rows are inserted by `gateway.store.ingest`; the caps of the settings are kept there too."""

import sqlite3
from collections.abc import Iterator

from gateway.store.records import StoredReject

_COLUMNS = "id, driver, source, reason, detail, received_ms, payload_bytes, sha256, payload"


def get(connection: sqlite3.Connection, reject_id: int) -> StoredReject | None:
    """Returns the reject with that number, or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM rejects WHERE id = ?", (reject_id,)).fetchone()  # noqa: S608 - own constant
    return None if row is None else StoredReject(*row)


def select_latest(connection: sqlite3.Connection, *, limit: int = 100) -> Iterator[StoredReject]:
    """Yields the newest rejects, newest first."""
    for row in connection.execute(f"SELECT {_COLUMNS} FROM rejects ORDER BY id DESC LIMIT ?", (limit,)):  # noqa: S608 - own constant
        yield StoredReject(*row)


def count(connection: sqlite3.Connection) -> int:
    """Returns how many rejects are kept."""
    return int(connection.execute("SELECT count(*) FROM rejects").fetchone()[0])


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Returns how many rejects are kept, by reason."""
    return {row[0]: row[1] for row in connection.execute("SELECT reason, count(*) FROM rejects GROUP BY reason ORDER BY reason")}
