"""The evidence table: signed payloads as received, kept as long as a reading rests on them. Rows are inserted by `gateway.store.ingest`."""

import sqlite3
from collections.abc import Iterable

_AT_ONCE = 500
"""Hashes per statement."""
_MOST_READINGS = 8192
"""Readings that one payload states at most: a pack of the most records, each with a value and a sum."""


def get(connection: sqlite3.Connection, sha256s: Iterable[bytes]) -> dict[bytes, bytes]:
    """Returns the payloads with these hashes, by hash; what is not kept, because no device signed it, is left out."""
    wanted = list(dict.fromkeys(sha256s))
    found: dict[bytes, bytes] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        found.update(connection.execute(f"SELECT sha256, payload FROM evidence WHERE sha256 IN ({marks})", some))  # noqa: S608 - marks only
    return found


def prune(connection: sqlite3.Connection, low: int, high: int) -> int:
    """Deletes payloads that lost their last reading when readings numbered `low` to `high` were deleted; returns how many."""
    sql = """
        DELETE FROM evidence WHERE last_reading BETWEEN ? AND ? AND NOT EXISTS (
            SELECT 1 FROM readings AS r WHERE r.id BETWEEN evidence.last_reading - evidence.readings + 1 AND evidence.last_reading)
    """
    return connection.execute(sql, (low, high + _MOST_READINGS)).rowcount


def count(connection: sqlite3.Connection) -> int:
    """Returns how many payloads are kept."""
    return int(connection.execute("SELECT count(*) FROM evidence").fetchone()[0])
