"""The co_attestations table: what other gateways attested about our subjects, until it is in a bundle and after."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any


def insert(connection: sqlite3.Connection, subject: str, gateway: bytes, document: Mapping[str, Any], created_ms: int) -> None:
    """Keeps one gateway's word about a subject in place of its earlier one; it then waits for a bundle."""
    sql = "INSERT OR REPLACE INTO co_attestations (subject, gateway, document, created_ms, bundled) VALUES (?, ?, ?, ?, 0)"
    connection.execute(sql, (subject, gateway, json.dumps(document), created_ms))


def select(connection: sqlite3.Connection, subject: str) -> list[dict[str, Any]]:
    """Returns what others attested about a subject, in order of their addresses."""
    sql = "SELECT document FROM co_attestations WHERE subject = ? ORDER BY gateway"
    return [json.loads(row[0]) for row in connection.execute(sql, (subject,))]


def waiting(connection: sqlite3.Connection) -> Iterator[str]:
    """Yields the subjects about which somebody's word waits, and that have a bundle to put it in."""
    sql = "SELECT DISTINCT subject FROM co_attestations JOIN bundles USING (subject) WHERE bundled = 0 ORDER BY subject"
    for row in connection.execute(sql):
        yield row[0]


def mark_bundled(connection: sqlite3.Connection, subject: str) -> None:
    """Notes that a subject's bundle was written with all that is there."""
    connection.execute("UPDATE co_attestations SET bundled = 1 WHERE subject = ?", (subject,))


def mark_waiting(connection: sqlite3.Connection, subject: str) -> None:
    """Notes that a subject's bundle was written without what is there."""
    connection.execute("UPDATE co_attestations SET bundled = 0 WHERE subject = ?", (subject,))


def remove(connection: sqlite3.Connection, subject: str, gateway: bytes) -> None:
    """Forgets one gateway's word about a subject: with it the subject's bundle does not verify."""
    connection.execute("DELETE FROM co_attestations WHERE subject = ? AND gateway = ?", (subject, gateway))
