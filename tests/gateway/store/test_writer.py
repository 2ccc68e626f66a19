"""Writes that fail, both ways: lost, and done but reported failed."""

import sqlite3
from pathlib import Path

import pytest

from gateway.store import cursors
from gateway.store.errors import StoreClosedError, StoreUnusableError
from tests.gateway.store.helpers import Faults, Told, delivery, failure, open_store, stored

STEPS = (
    "SELECT number",
    "BEGIN IMMEDIATE",
    "SELECT identity",
    "INSERT INTO deliveries",
    "INSERT INTO readings",
    "SAVEPOINT job",
    "INSERT INTO cursors",
    "RELEASE job",
    "UPDATE commits",
    "COMMIT",
)
"""Every statement of a group, in order."""


@pytest.mark.parametrize("done", [False, True], ids=["lost", "done but reported failed"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "trouble",
    [(sqlite3.SQLITE_FULL, "store.disk_full"), (sqlite3.SQLITE_IOERR, "store.io_error"), (sqlite3.SQLITE_BUSY, "store.busy")],
    ids=["full", "io", "busy"],
)
def test_a_group_that_fails_anywhere_is_stored_once_in_the_end(
    path: Path, told: Told, step: str, trouble: tuple[int, str], done: bool
) -> None:
    code, name = trouble
    faults = Faults()
    store = open_store(path, told, faults.connection(), group_count=10, group_ms=60_000)
    runs = []

    def count(connection: sqlite3.Connection) -> int:
        runs.append(1)
        cursors.advance(connection, "agent", 7)
        return int(connection.execute("SELECT count(*) FROM readings").fetchone()[0])

    # Twice in a row, so that the condition must be raised once for both.
    faults.script = [(step, code, done)] * (1 if step == "COMMIT" and done else 2)
    expected_fires = len(faults.script)
    for number in range(3):
        store.offer(delivery(number, told))
    assert store.write(count).result(20) == 3
    store.close()
    assert faults.fired == expected_fires
    assert told.acknowledged == [0, 1, 2]
    assert told.names() == [(name, True), (name, False)]
    # The commit that happened although it was reported failed is recognised: its write is not run twice.
    assert len(runs) == 1 or not (step == "COMMIT" and done)
    again = open_store(path, told)
    assert stored(again) == [0, 1, 2]
    again.close()


def test_a_commit_whose_fsync_failed_is_acknowledged_only_once_it_is_synced(path: Path, told: Told) -> None:
    faults = Faults()
    store = open_store(path, told, faults.connection())
    stuck = [("PRAGMA wal_checkpoint", sqlite3.SQLITE_IOERR_FSYNC, False)] * 10
    faults.script = [("COMMIT", sqlite3.SQLITE_FULL, True), *stuck]
    store.offer(delivery(1, told))
    told.wait(lambda: told.acknowledged == [1])
    # Acknowledged after the last of the failures, not before.
    assert faults.fired == 11
    assert stored(store) == [1]
    store.close()


def test_a_disk_that_is_gone_for_a_while_is_waited_out(path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Faults()
    store = open_store(path, told, faults.connection())
    gone = iter(range(3))

    def create_file(path: Path) -> None:
        if next(gone, None) is not None:
            raise StoreUnusableError(path, "no such directory") from FileNotFoundError(2, "gone")

    monkeypatch.setattr("gateway.store.opening.create_file", create_file)
    faults.script = [("COMMIT", sqlite3.SQLITE_IOERR, False)]
    store.offer(delivery(1, told))
    told.wait(lambda: told.acknowledged == [1])
    store.close()
    assert told.names() == [("store.io_error", True), ("store.io_error", False)]


def test_order_is_kept_over_a_failure(path: Path, told: Told) -> None:
    faults = Faults()
    store = open_store(path, told, faults.connection(), group_count=2)
    faults.script = [("COMMIT", sqlite3.SQLITE_FULL, False)] * 3
    for number in range(20):
        store.offer(delivery(number, told))
    told.wait(lambda: len(told.acknowledged) == 20)
    assert stored(store) == told.acknowledged == list(range(20))
    store.close()


def test_readers_go_on_while_the_disk_is_full(path: Path, told: Told) -> None:
    faults = Faults()
    store = open_store(path, told, faults.connection())
    store.offer(delivery(1, told))
    told.wait(lambda: told.acknowledged == [1])
    faults.script = [("COMMIT", sqlite3.SQLITE_FULL, False)] * 100_000
    store.offer(delivery(2, told))
    told.wait(lambda: told.names() == [("store.disk_full", True)])
    assert stored(store) == [1]
    assert store.stats().failing == "store.disk_full"
    assert told.acknowledged == [1]
    faults.script = []
    told.wait(lambda: told.acknowledged == [1, 2])
    told.wait(lambda: told.names()[-1] == ("store.disk_full", False))
    assert store.stats().failing is None
    store.close()


def test_a_change_of_trouble_ends_the_first_condition(path: Path, told: Told) -> None:
    faults = Faults()
    store = open_store(path, told, faults.connection())
    faults.script = [("COMMIT", sqlite3.SQLITE_FULL, False), ("COMMIT", sqlite3.SQLITE_BUSY, False)]
    store.offer(delivery(1, told))
    store.close()
    assert told.names() == [("store.disk_full", True), ("store.disk_full", False), ("store.busy", True), ("store.busy", False)]


def test_a_disk_that_fails_at_open_is_named(path: Path, told: Told) -> None:
    with pytest.raises(StoreUnusableError, match="injected"):
        open_store(path, told, Faults(("COMMIT", sqlite3.SQLITE_FULL, False)).connection())
    open_store(path, told).close()


def test_closing_on_a_full_disk_gives_up_and_acknowledges_nothing(path: Path, told: Told) -> None:
    faults = Faults()
    store = open_store(path, told, faults.connection(), close_seconds=0.01)
    faults.script = [("COMMIT", sqlite3.SQLITE_FULL, False)] * 100_000
    store.offer(delivery(1, told))
    future = store.write(lambda connection: None)
    store.close()
    assert told.acknowledged == []
    with pytest.raises(StoreClosedError):
        future.result(0)


def test_one_bad_delivery_becomes_a_reject_and_its_neighbours_are_stored(path: Path, told: Told) -> None:
    store = open_store(path, told, group_count=10, group_ms=60_000)
    store.offer(delivery(1, told))
    store.offer(delivery(1 << 63, told))
    store.offer(delivery(3, told, value=float("nan")))
    store.offer(delivery(4, told, device="lone \ud800 surrogate"))
    store.offer(delivery(5, told))
    store.close()
    again = open_store(path, told)
    assert stored(again) == [1, 5]
    with again.read() as connection:
        reasons = [row[0] for row in connection.execute("SELECT reason FROM rejects")]
    again.close()
    assert reasons == ["unstorable"] * 3
    assert told.acknowledged == [1, 1 << 63, 3, 4, 5]
    assert told.conditions == []


def test_a_bug_in_the_writer_is_a_condition_and_leaves_nobody_waiting(path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(path, told)
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    monkeypatch.setattr("gateway.store.transaction.ingest", _broken)
    future = store.write(lambda connection: None)
    with pytest.raises(StoreClosedError):
        future.result(20)
    told.wait(lambda: told.names() == [("store.stopped", True)])
    assert not store.offer(delivery(1, told))
    with pytest.raises(RuntimeError):
        store.ended.result(20)
    store.close()


def _broken(*_: object) -> None:
    raise RuntimeError


def test_an_error_code_of_the_disk_raised_by_a_write_is_waited_out(path: Path, told: Told) -> None:
    store = open_store(path, told)
    tries = []

    def work(connection: sqlite3.Connection) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise failure(sqlite3.SQLITE_FULL)
        return len(tries)

    assert store.write(work).result(20) == 2
    store.close()
    assert told.names() == [("store.disk_full", True), ("store.disk_full", False)]


def test_a_real_full_file_is_waited_out(path: Path, told: Told) -> None:
    store = open_store(path, told)
    pages = store.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0]).result(20)
    store.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone()).result(20)
    sent = 0
    while not told.conditions:
        sent += store.offer(delivery(sent, told, value="x" * 3000))
    told.wait(lambda: told.names() == [("store.disk_full", True)])
    done = len(told.acknowledged)
    assert stored(store) == told.acknowledged
    # Room is made from outside: the limit belongs to the connection, which the writer owns.
    store._writer._connection.execute("PRAGMA max_page_count = 100000")  # type: ignore[union-attr]
    told.wait(lambda: len(told.acknowledged) == sent)
    assert done < sent
    assert stored(store) == list(range(sent))
    store.close()
    assert told.names() == [("store.disk_full", True), ("store.disk_full", False)]
