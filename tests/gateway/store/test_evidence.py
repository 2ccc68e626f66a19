"""Signed payloads stand in the store as long as a reading that rests on them, and no longer."""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.driver import Delivery
from gateway.store import StoreSettings, evidence, shipments
from gateway.store.ingest import ingest
from gateway.store.migrations import migrate, shipped
from gateway.store.prune import prune
from tests.gateway.store.helpers import NOW_MS, Told, delivery
from tests.gateway.store.test_tables import shipment

DAY_MS = 86_400_000


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrate(made, Path("memory"), shipped(), lambda: NOW_MS)
    yield made
    made.close()


def signed(number: int, readings: int = 1) -> Delivery:
    payload = f"signed {number}".encode()
    made = delivery(number, Told(), readings=readings)
    digest = hashlib.sha256(payload).digest()
    return replace(made, payload=payload, signed=True, readings=tuple(replace(one, evidence=digest) for one in made.readings))


def digest(number: int) -> bytes:
    return hashlib.sha256(f"signed {number}".encode()).digest()


def test_only_what_was_signed_is_kept(connection: sqlite3.Connection) -> None:
    group = [signed(0, 3), delivery(1, Told(), readings=2), signed(2, 2), replace(signed(3), readings=())]
    ingest(connection, group, set(), StoreSettings())
    assert connection.execute("SELECT last_reading, readings FROM evidence").fetchall() == [(3, 3), (7, 2)]
    stored = connection.execute("SELECT DISTINCT evidence FROM readings").fetchall()
    assert evidence.get(connection, [row[0] for row in stored]) == {digest(0): b"signed 0", digest(2): b"signed 2"}
    assert evidence.get(connection, []) == {}


def test_many_are_found_at_once(connection: sqlite3.Connection) -> None:
    ingest(connection, [signed(number) for number in range(1200)], set(), StoreSettings())
    assert len(evidence.get(connection, [digest(number) for number in range(1300)] * 2)) == 1200
    assert evidence.count(connection) == 1200


def test_the_same_payload_again_stands_by_its_newest_readings(connection: sqlite3.Connection) -> None:
    ingest(connection, [signed(0)], set(), StoreSettings())
    ingest(connection, [replace(signed(0), identity=b"another".ljust(32))], set(), StoreSettings())
    assert connection.execute("SELECT last_reading, sha256 FROM evidence").fetchall() == [(2, digest(0))]


def test_a_payload_is_forgotten_with_its_last_reading(connection: sqlite3.Connection) -> None:
    ingest(connection, [signed(number, 4) for number in range(10)], set(), StoreSettings())
    prune(connection, StoreSettings(readings_keep_count=18), NOW_MS)
    assert connection.execute("SELECT min(id) FROM readings").fetchone() == (23,)
    # Of the sixth payload two readings are left, so it stays.
    assert [row[0] for row in connection.execute("SELECT last_reading FROM evidence ORDER BY last_reading")] == [24, 28, 32, 36, 40]
    prune(connection, StoreSettings(readings_keep_days=1), NOW_MS + 2 * DAY_MS)
    assert evidence.count(connection) == 0


def test_a_payload_of_an_unfinished_trip_stays(connection: sqlite3.Connection) -> None:
    ingest(connection, [signed(number) for number in range(4)], set(), StoreSettings())
    shipments.insert(connection, replace(shipment(), device="box", opened_ms=NOW_MS + 1000, closed_ms=None))
    prune(connection, StoreSettings(readings_keep_days=1), NOW_MS + 2 * DAY_MS)
    assert sorted(evidence.get(connection, map(digest, range(4))).values()) == [b"signed 1", b"signed 2", b"signed 3"]
