"""What is kept and what is pruned, as properties against a plain model."""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.store import StoreSettings, attachments, cursors, rejects, shipments
from gateway.store.connection import connect_writer
from gateway.store.ingest import ingest
from gateway.store.migrations import migrate, shipped
from gateway.store.prune import prune
from tests.gateway.store.helpers import NOW_MS, Told, delivery, reject
from tests.gateway.store.test_tables import SUBJECT, shipment

DAY_MS = 86_400_000


def fresh() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, Path("memory"), shipped(), lambda: NOW_MS)
    return connection


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    made = fresh()
    yield made
    made.close()


@given(st.lists(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=12), max_size=8))
@settings(max_examples=60, deadline=None)
def test_each_message_is_stored_once_whatever_the_grouping(groups: list[list[tuple[int, bool]]]) -> None:
    told, connection = Told(), fresh()
    seen: list[int] = []
    refused: list[int] = []
    for group in groups:
        made = [reject(number, told) if bad else delivery(number, told) for number, bad in group]
        result = ingest(connection, made, set(), StoreSettings())
        new = list(dict.fromkeys(number for number, bad in group if not bad and number not in seen))
        bad = set(dict.fromkeys(number for number, bad in group if bad and number not in refused))
        seen += new
        refused += sorted(bad)
        assert result.readings == len(new)
        assert result.repeats == len(group) - len(new) - len(bad)
        assert sum(count for _, _, count in result.rejects) == len(bad)
        assert (result.last_reading is None) == (not new)
    assert [row[0] for row in connection.execute("SELECT sequence FROM readings ORDER BY id")] == seen
    connection.close()


@pytest.mark.parametrize("count", [1, 3, 4, 5, 63, 64, 65, 300, 1100])
def test_a_group_of_any_size_has_consecutive_numbers(connection: sqlite3.Connection, told: Told, count: int) -> None:
    result = ingest(connection, [delivery(number, told, readings=2) for number in range(count)], set(), StoreSettings())
    assert (result.first_reading, result.last_reading) == (1, 2 * count)
    assert [row[0] for row in connection.execute("SELECT sequence FROM readings ORDER BY id")] == [n for n in range(count) for _ in "ab"]


@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=6), max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rejects_keep_both_caps(groups: list[list[int]]) -> None:
    told, connection = Told(), fresh()
    limits = StoreSettings(rejects_keep_count=5, rejects_keep_bytes=100, reject_payload_bytes=40)
    number, kept = 0, []
    for group in groups:
        made = []
        for size in group:
            made.append(reject(number, told, payload=bytes([number % 256]) * size))
            kept.append(min(size, 40))
            number += 1
        ingest(connection, made, set(), limits)
        rows = [(found.id, len(found.payload), found.payload_bytes) for found in rejects.select_latest(connection)]
        assert len(rows) <= 5
        assert sum(size for _, size, _ in rows) <= 100
        # The newest survive: one more of the older ones would break a cap.
        assert [row[0] for row in rows] == list(range(number, number - len(rows), -1))
        if len(rows) < min(number, 5):
            assert sum(size for _, size, _ in rows) + kept[number - len(rows) - 1] > 100
    connection.close()


def test_a_reject_keeps_the_beginning_the_length_and_the_hash(connection: sqlite3.Connection, told: Told) -> None:
    payload = b"x" * 5000
    ingest(connection, [reject(1, told, payload=payload)], set(), StoreSettings(reject_payload_bytes=10))
    (found,) = rejects.select_latest(connection)
    assert (found.payload, found.payload_bytes, found.sha256) == (payload[:10], 5000, hashlib.sha256(payload).digest())
    assert (found.reason, found.detail, found.driver) == ("malformed", "byte 0 is not JSON", "floor")
    assert rejects.get(connection, found.id) == found
    assert rejects.counts(connection) == {"malformed": 1}


def test_identities_are_pruned_by_count_and_by_age(connection: sqlite3.Connection, told: Told) -> None:
    ingest(connection, [delivery(number, told) for number in range(100)], set(), StoreSettings())
    assert prune(connection, StoreSettings(deliveries_keep_count=40), NOW_MS) == (60, 0)
    hours = StoreSettings(deliveries_keep_hours=1)
    assert prune(connection, hours, NOW_MS + 3_600_000 + 70) == (10, 0)
    assert prune(connection, StoreSettings(deliveries_keep_hours=0, readings_keep_days=0), NOW_MS * 2) == (0, 0)


def test_readings_are_pruned_by_age_and_by_count(connection: sqlite3.Connection, told: Told) -> None:
    ingest(connection, [delivery(number, told) for number in range(100)], set(), StoreSettings())
    assert prune(connection, StoreSettings(readings_keep_days=0), NOW_MS * 2)[1] == 0
    assert prune(connection, StoreSettings(readings_keep_days=1), NOW_MS + DAY_MS + 30)[1] == 30
    assert prune(connection, StoreSettings(readings_keep_count=50), NOW_MS)[1] == 20
    assert connection.execute("SELECT min(sequence), count(*) FROM readings").fetchone() == (50, 50)


def test_what_no_agent_has_judged_is_not_pruned(connection: sqlite3.Connection, told: Told) -> None:
    ingest(connection, [delivery(number, told) for number in range(100)], set(), StoreSettings())
    cursors.advance(connection, "cold-chain", 10)
    cursors.advance(connection, "other", 90)
    assert prune(connection, StoreSettings(readings_keep_days=1), NOW_MS * 2)[1] == 10


def test_an_unproven_trip_is_not_pruned(connection: sqlite3.Connection, told: Told) -> None:
    ingest(connection, [delivery(number, told, device="container-a") for number in range(100)], set(), StoreSettings())
    shipments.insert(connection, shipment())
    limits = StoreSettings(readings_keep_days=1)
    assert prune(connection, limits, NOW_MS * 2)[1] == 0
    shipments.close(connection, SUBJECT, NOW_MS + 49_000)
    assert prune(connection, limits, NOW_MS * 2)[1] == 50
    shipments.mark_bundled(connection, SUBJECT)
    assert prune(connection, limits, NOW_MS * 2)[1] == 50


def test_a_second_device_is_kept_while_it_was_attached(connection: sqlite3.Connection, told: Told) -> None:
    ingest(connection, [delivery(number, told, device="logger-7") for number in range(100)], set(), StoreSettings())
    shipments.insert(connection, shipment())
    attachments.insert(connection, SUBJECT, "logger-7", NOW_MS + 20_000)
    attachments.detach(connection, SUBJECT, "logger-7", NOW_MS + 29_000)
    assert prune(connection, StoreSettings(readings_keep_days=1), NOW_MS * 2)[1] == 90


def test_a_pass_is_bounded(connection: sqlite3.Connection, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.prune.ROWS_PER_PASS", 7)
    ingest(connection, [delivery(number, told) for number in range(100)], set(), StoreSettings())
    assert prune(connection, StoreSettings(readings_keep_days=1, deliveries_keep_count=1), NOW_MS * 2) == (7, 7)


def test_the_writer_connection_is_durable(path: Path) -> None:
    connection = connect_writer(path, StoreSettings())
    asked = ("journal_mode", "synchronous", "foreign_keys")
    assert [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked] == ["wal", 2, 1]
    connection.close()
