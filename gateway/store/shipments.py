"""The shipments table, and how far the proof of a subject has come."""

import sqlite3
from collections.abc import Iterator

from gateway.life import Life
from gateway.store import attachments
from gateway.store.errors import UnknownRowError
from gateway.store.records import Shipment, ShipmentState, Step

_COLUMNS = "subject, device, product, opened_ms, closed_ms, state, life, revision, edition, deadline_ms"


def insert(connection: sqlite3.Connection, shipment: Shipment) -> bool:
    """Adds a shipment with its first device attached; returns False, changing nothing, if the subject is known."""
    sql = f"INSERT INTO shipments ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608 - own constant
    values = (
        shipment.subject,
        shipment.device,
        shipment.product,
        shipment.opened_ms,
        shipment.closed_ms,
        shipment.state.value,
        shipment.life.value,
        shipment.revision,
        shipment.edition,
        shipment.deadline_ms,
    )
    if connection.execute(sql, values).rowcount != 1:
        return False
    attachments.insert(connection, shipment.subject, shipment.device, shipment.opened_ms, shipment.closed_ms)
    return True


def close(connection: sqlite3.Connection, subject: str, closed_ms: int) -> bool:
    """Ends an open trip, and with it what is attached; returns False if it was not open."""
    sql = "UPDATE shipments SET closed_ms = ?, state = 'closed' WHERE subject = ? AND state = 'open'"
    if connection.execute(sql, (closed_ms, subject)).rowcount != 1:
        return False
    attachments.end_all(connection, subject, closed_ms)
    return True


def swap(connection: sqlite3.Connection, old: Shipment, new: Shipment) -> bool:
    """Stores a shipment's changed life if it is still as `old` says; returns whether it was. The subject never changes."""
    sql = (
        "UPDATE shipments SET product = ?, opened_ms = ?, closed_ms = ?, state = ?, life = ?, revision = ?, edition = ?, deadline_ms = ? "
        "WHERE subject = ? AND revision = ? AND state = ?"
    )
    values = (new.product, new.opened_ms, new.closed_ms, new.state.value, new.life.value, old.revision + 1, new.edition, new.deadline_ms)
    return connection.execute(sql, (*values, old.subject, old.revision, old.state.value)).rowcount == 1


def mark_bundled(connection: sqlite3.Connection, subject: str) -> None:
    """Notes that the bundle is written, so that age may prune the readings.

    Raises:
        UnknownRowError: there is no such closed shipment.
    """
    done = connection.execute("UPDATE shipments SET state = 'bundled' WHERE subject = ? AND state != 'open'", (subject,))
    if done.rowcount != 1:
        raise UnknownRowError("shipments", subject)


def get(connection: sqlite3.Connection, subject: str) -> Shipment | None:
    """Returns the shipment, or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM shipments WHERE subject = ?", (subject,)).fetchone()  # noqa: S608 - own constant
    return None if row is None else _record(row)


def select_all(connection: sqlite3.Connection, *, limit: int = 1000) -> Iterator[Shipment]:
    """Yields shipments, the last opened first."""
    for row in connection.execute(f"SELECT {_COLUMNS} FROM shipments ORDER BY opened_ms DESC, subject LIMIT ?", (limit,)):  # noqa: S608 - own constant
        yield _record(row)


def select_page(connection: sqlite3.Connection, *, before: str = "", limit: int = 50) -> list[Shipment]:
    """Returns shipments, the last opened first; `before` is the last subject of the page above."""
    sql = (
        f"SELECT {_COLUMNS} FROM shipments WHERE :before = '' "  # noqa: S608 - own constant
        "OR (-opened_ms, subject) > (SELECT -b.opened_ms, b.subject FROM shipments AS b WHERE b.subject = :before) "
        "ORDER BY opened_ms DESC, subject LIMIT :limit"
    )
    return [_record(row) for row in connection.execute(sql, {"before": before, "limit": limit})]


def select_state(connection: sqlite3.Connection, state: ShipmentState, *, device: str | None = None) -> Iterator[Shipment]:
    """Yields the shipments in a state, of one device or of all, the first opened first."""
    sql = f"SELECT {_COLUMNS} FROM shipments WHERE state = ? AND (device = ? OR ? IS NULL) ORDER BY opened_ms, subject"  # noqa: S608 - own constant
    for row in connection.execute(sql, (state.value, device, device)):
        yield _record(row)


def progress(connection: sqlite3.Connection, subject: str) -> Step:
    """Returns how far the proof of a subject, shipment or lot, has come: that of its newest attestation by its own policy."""
    row = connection.execute(
        "SELECT p.state FROM attestations AS a JOIN findings AS f ON f.id = a.finding LEFT JOIN batches AS b ON b.id = a.batch "
        "LEFT JOIN publications AS p ON p.gateway = b.gateway AND p.batch_index = b.batch_index AND p.kind IN ('anchor', 'stamp') "
        "WHERE a.subject = ? AND f.beside = 0 ORDER BY a.id DESC LIMIT 1",
        (subject,),
    ).fetchone()
    if row is None:
        return Step.RECORDED
    return {"included": Step.ANCHORED, "reported": Step.ANCHORED, "final": Step.FINAL}.get(row[0] or "", Step.SIGNED)


def _record(row: sqlite3.Row) -> Shipment:
    return Shipment(row[0], row[1], row[2], row[3], row[4], ShipmentState(row[5]), Life(row[6]), row[7], row[8], row[9])
