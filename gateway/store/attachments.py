"""The attachments table: which device travelled with which shipment, and when."""

import sqlite3

from gateway.store.records import Attachment

_COLUMNS = "subject, device, from_ms, to_ms"


def insert(connection: sqlite3.Connection, subject: str, device: str, from_ms: int, to_ms: int | None = None) -> None:
    """Attaches a device from a time on."""
    connection.execute(f"INSERT INTO attachments ({_COLUMNS}) VALUES (?, ?, ?, ?)", (subject, device, from_ms, to_ms))  # noqa: S608 - own constant


def detach(connection: sqlite3.Connection, subject: str, device: str, to_ms: int) -> bool:
    """Ends a device's attachment; returns False if it is not attached, or would end before it began."""
    sql = "UPDATE attachments SET to_ms = ? WHERE subject = ? AND device = ? AND to_ms IS NULL AND from_ms <= ?"
    return connection.execute(sql, (to_ms, subject, device, to_ms)).rowcount == 1


def end_all(connection: sqlite3.Connection, subject: str, to_ms: int) -> None:
    """Ends what is still attached when the trip ends; what was attached later than that never travelled."""
    connection.execute("DELETE FROM attachments WHERE subject = ? AND from_ms > ?", (subject, to_ms))
    connection.execute("UPDATE attachments SET to_ms = ? WHERE subject = ? AND (to_ms IS NULL OR to_ms > ?)", (to_ms, subject, to_ms))


def move_ends(connection: sqlite3.Connection, subject: str, began: tuple[int, int], ended: tuple[int, int]) -> None:
    """Moves what began or ended with the trip from its old beginning and end to its new ones, each given as (old, new)."""
    connection.execute("UPDATE attachments SET from_ms = ? WHERE subject = ? AND from_ms = ? AND to_ms >= ?", (began[1], subject, *began))
    connection.execute("UPDATE attachments SET to_ms = ? WHERE subject = ? AND to_ms = ? AND from_ms <= ?", (ended[1], subject, *ended))


def replace(connection: sqlite3.Connection, subject: str, device: str, spans: list[tuple[int, int]]) -> None:
    """Replaces all of a device's attachments to a shipment, for a correction."""
    connection.execute("DELETE FROM attachments WHERE subject = ? AND device = ?", (subject, device))
    for from_ms, to_ms in spans:
        insert(connection, subject, device, from_ms, to_ms)


def select(connection: sqlite3.Connection, subject: str) -> list[Attachment]:
    """Returns a shipment's attachments in order of time, then of device."""
    sql = f"SELECT {_COLUMNS} FROM attachments WHERE subject = ? ORDER BY from_ms, device"  # noqa: S608 - own constant
    return [Attachment(*row) for row in connection.execute(sql, (subject,))]


def select_open(connection: sqlite3.Connection, device: str) -> list[Attachment]:
    """Returns where a device is attached now."""
    sql = f"SELECT {_COLUMNS} FROM attachments WHERE device = ? AND to_ms IS NULL ORDER BY from_ms"  # noqa: S608 - own constant
    return [Attachment(*row) for row in connection.execute(sql, (device,))]
