"""The bundles tables: where the newest bundle of a subject is, and those of what other policies stated beside a shipment's own."""

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


def insert_beside(connection: sqlite3.Connection, attestation: bytes, bundle: Bundle) -> None:
    """Notes the bundle of a statement by another policy than the shipment's own."""
    sql = "INSERT OR REPLACE INTO beside_bundles (attestation, path, sha256, created_ms) VALUES (?, ?, ?, ?)"
    connection.execute(sql, (attestation, bundle.path, bundle.sha256, bundle.created_ms))


def path_beside(connection: sqlite3.Connection, attestation: bytes) -> str | None:
    """Returns where the bundle of such a statement is, or None."""
    row = connection.execute("SELECT path FROM beside_bundles WHERE attestation = ?", (attestation,)).fetchone()
    return None if row is None else str(row[0])


def select_beside_due(connection: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    """Yields what other policies stated about the newest edition of a shipment, anchored for good and without a bundle: subject and uid."""
    sql = (
        "SELECT f.subject, a.uid FROM findings AS f JOIN shipments AS s ON s.subject = f.subject AND s.edition = f.edition "
        "JOIN attestations AS a ON a.finding = f.id JOIN batches AS b ON b.id = a.batch "
        "JOIN publications AS p ON p.gateway = b.gateway AND p.batch_index = b.batch_index AND p.kind IN ('anchor', 'stamp') "
        "WHERE f.beside = 1 AND p.state = 'final' "
        "AND NOT EXISTS (SELECT 1 FROM beside_bundles AS x WHERE x.attestation = a.uid) ORDER BY f.id"
    )
    for row in connection.execute(sql):
        yield row[0], bytes(row[1])
