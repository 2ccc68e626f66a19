"""The verdicts table: which attestation a verdict on chain speaks for, one per gateway and subject."""

import sqlite3
from collections.abc import Iterator, Sequence

from oracle.publication import Kind, Publication, decode


def insert(connection: sqlite3.Connection, gateway: bytes, subject: str, statement: bytes, index: int) -> None:
    """Notes that the verdict with that index speaks for a statement; raises sqlite3.IntegrityError where the subject has one."""
    sql = "INSERT INTO verdicts (statement, gateway, subject, batch_index) VALUES (?, ?, ?, ?)"
    connection.execute(sql, (statement, gateway, subject, index))


def get(connection: sqlite3.Connection, gateway: bytes, subject: str) -> int | None:
    """Returns the index of the verdict about a subject, or None."""
    row = connection.execute("SELECT batch_index FROM verdicts WHERE gateway = ? AND subject = ?", (gateway, subject)).fetchone()
    return None if row is None else int(row[0])


def await_for(connection: sqlite3.Connection, subject: str, recipient: bytes) -> None:
    """Notes that an escrow or bond of a recipient awaits the verdict about a subject; the last word counts."""
    sql = "INSERT INTO awaited VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET recipient = excluded.recipient"
    connection.execute(sql, (subject, recipient))


def recipient_of(connection: sqlite3.Connection, subject: str) -> bytes | None:
    """Returns who awaits the verdict about a subject, or None."""
    row = connection.execute("SELECT recipient FROM awaited WHERE subject = ?", (subject,)).fetchone()
    return None if row is None else bytes(row[0])


def select_waiting(connection: sqlite3.Connection, gateway: bytes, schemas: Sequence[bytes]) -> list[str]:
    """Returns subjects whose verdict is awaited, that have a statement and no verdict yet, newest first."""
    sql = (
        "SELECT a.subject FROM awaited AS w JOIN attestations AS a ON a.subject = w.subject "  # noqa: S608 - question marks only
        f"WHERE a.schema IN ({','.join('?' * len(schemas))}) "
        "AND NOT EXISTS (SELECT 1 FROM verdicts AS v WHERE v.gateway = ? AND v.subject = a.subject) "
        "GROUP BY a.subject ORDER BY max(a.id) DESC"
    )
    return [row[0] for row in connection.execute(sql, (*schemas, gateway))]


def select_revocations(connection: sqlite3.Connection, gateway: bytes) -> Iterator[Publication]:
    """Yields the gateway's revocations, newest first."""
    sql = "SELECT record FROM publications WHERE gateway = ? AND kind = ? ORDER BY id DESC"
    for row in connection.execute(sql, (gateway, Kind.REVOCATION.value)):
        yield decode(row[0])
