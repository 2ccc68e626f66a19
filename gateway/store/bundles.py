"""The bundles table: where the newest bundle of a subject is."""

import sqlite3
from collections.abc import Iterator

from gateway.store.records import Bundle


def insert(connection: sqlite3.Connection, bundle: Bundle) -> None:
    """Notes a written bundle; a newer one of the same subject takes its place."""
    sql = "INSERT OR REPLACE INTO bundles (subject, path, sha256, created_ms) VALUES (?, ?, ?, ?)"
    connection.execute(sql, (bundle.subject, bundle.path, bundle.sha256, bundle.created_ms))


def get(connection: sqlite3.Connection, subject: str) -> Bundle | None:
    """Returns the bundle of a subject, or None."""
    row = connection.execute("SELECT subject, path, sha256, created_ms FROM bundles WHERE subject = ?", (subject,)).fetchone()
    return None if row is None else Bundle(*row)


def select_all(connection: sqlite3.Connection, *, limit: int = 1000) -> Iterator[Bundle]:
    """Yields bundles, newest first."""
    for row in connection.execute(
        "SELECT subject, path, sha256, created_ms FROM bundles ORDER BY created_ms DESC, subject LIMIT ?", (limit,)
    ):
        yield Bundle(*row)
