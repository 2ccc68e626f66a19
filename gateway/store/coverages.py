"""The coverages table: parts of a trip about which another gateway has attested. Rows are checked before they come here."""

import sqlite3

from gateway.store.records import StoredCoverage

_COLUMNS = "subject, uid, attester, from_ms, to_ms, verdict, document, recorded_ms"


def insert(connection: sqlite3.Connection, coverage: StoredCoverage) -> bool:
    """Adds a part; returns False, changing nothing, if that attestation is known."""
    values = (
        coverage.subject,
        coverage.uid,
        coverage.attester,
        coverage.from_ms,
        coverage.to_ms,
        coverage.verdict,
        coverage.document,
        coverage.recorded_ms,
    )
    sql = f"INSERT INTO coverages ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608 - own constant
    return connection.execute(sql, values).rowcount == 1


def remove(connection: sqlite3.Connection, uid: bytes) -> None:
    """Takes out a part whose attestation was corrected."""
    connection.execute("DELETE FROM coverages WHERE uid = ?", (uid,))


def select(connection: sqlite3.Connection, subject: str) -> list[StoredCoverage]:
    """Returns what others cover of a shipment, in order of time."""
    sql = f"SELECT {_COLUMNS} FROM coverages WHERE subject = ? ORDER BY from_ms, uid"  # noqa: S608 - own constant
    return [StoredCoverage(*row) for row in connection.execute(sql, (subject,))]
