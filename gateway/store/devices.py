"""The devices table."""

import sqlite3
from collections.abc import Iterator

from gateway.store.records import Device


def insert(connection: sqlite3.Connection, device: Device) -> None:
    """Adds a device, or gives a known one its profile."""
    connection.execute(
        "INSERT INTO devices (id, driver, first_seen_ms, profile) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET profile = excluded.profile",
        (device.id, device.driver, device.first_seen_ms, device.profile),
    )


def get(connection: sqlite3.Connection, device: str) -> Device | None:
    """Returns the device, or None."""
    row = connection.execute("SELECT id, driver, first_seen_ms, profile FROM devices WHERE id = ?", (device,)).fetchone()
    return None if row is None else Device(*row)


def select_all(connection: sqlite3.Connection, *, limit: int = 10_000) -> Iterator[Device]:
    """Yields devices by id."""
    for row in connection.execute("SELECT id, driver, first_seen_ms, profile FROM devices ORDER BY id LIMIT ?", (limit,)):
        yield Device(*row)
