import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.reading import Value
from gateway.store import Commit, Store, cursors, devices, readings
from gateway.store.errors import StoreBacklogError, StoreClosedError, StoreLockedError, StoreUnusableError
from tests.gateway.store.helpers import Told, delivery, open_store, reject, stored


def test_a_delivery_is_stored_then_acknowledged(store: Store, told: Told) -> None:
    assert store.offer(delivery(1, told, readings=2))
    told.wait(lambda: told.acknowledged == [1])
    assert stored(store) == [1, 1]
    with store.read() as connection:
        assert [device.id for device in devices.select_all(connection)] == ["box"]


def test_every_kind_of_value_comes_back_as_it_went_in(store: Store, told: Told) -> None:
    values: list[Value] = [1.5, -0.0, True, False, "text", "", b"\x89PNG", b""]
    for number, value in enumerate(values):
        store.offer(delivery(number, told, value=value))
    told.wait(lambda: len(told.acknowledged) == len(values))
    with store.read() as connection:
        back = [found.reading.value for found in readings.select_after(connection, 0)]
    assert [(type(value), value) for value in back] == [(type(value), value) for value in values]


def test_repeats_are_acknowledged_and_not_stored_again(store: Store, told: Told) -> None:
    commits: list[Commit] = []
    store.subscribe(commits.append)
    for number in (1, 2, 1):
        store.offer(delivery(number, told))
    told.wait(lambda: len(told.acknowledged) == 3)
    store.offer(delivery(2, told))
    told.wait(lambda: len(told.acknowledged) == 4)
    store.close()
    assert sum(commit.repeats for commit in commits) == 2
    assert sum(commit.readings for commit in commits) == 2
    assert store.stats().repeats == 2


def test_repeats_are_known_after_a_restart(path: Path, told: Told) -> None:
    for _ in range(2):
        store = open_store(path, told)
        store.offer(delivery(1, told))
        store.close()
    assert told.acknowledged == [1, 1]
    reopened = open_store(path, told)
    assert stored(reopened) == [1]
    reopened.close()


def test_a_refused_message_is_no_repeat_once_it_is_accepted(store: Store, told: Told) -> None:
    accepted = delivery(1, told)
    refused = reject(1, told)
    store.offer(replace(refused, identity=accepted.identity))
    store.offer(accepted)
    told.wait(lambda: len(told.acknowledged) == 2)
    assert stored(store) == [1]


def test_a_commit_says_which_readings_it_holds(store: Store, told: Told) -> None:
    commits: list[Commit] = []
    store.subscribe(commits.append)
    store.offer(delivery(1, told, readings=3))
    store.close()
    (commit,) = commits
    assert (commit.first_reading, commit.last_reading, commit.readings, commit.deliveries) == (1, 3, 3, 1)
    assert commit.seconds >= 0


def test_offers_beyond_the_limit_are_refused_and_counted(path: Path, told: Told) -> None:
    store = open_store(path, told, queue_limit=2, group_count=1000, group_ms=60_000)
    assert [store.offer(delivery(number, told)) for number in range(3)] == [True, True, False]
    assert store.stats().refused == 1
    assert store.stats().waiting == 2
    store.close()
    assert told.acknowledged == [0, 1]
    assert not store.offer(delivery(4, told))


def test_a_write_resolves_after_its_commit_and_sees_what_was_offered_before(store: Store, told: Told) -> None:
    store.offer(delivery(1, told))
    future = store.write(lambda connection: connection.execute("SELECT count(*) FROM readings").fetchone()[0])
    assert future.result(10) == 1


def test_a_write_that_raises_takes_back_its_own_rows_only(store: Store) -> None:
    def bad(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO cursors VALUES ('bad', 1)")
        raise ValueError

    store.write(lambda connection: cursors.advance(connection, "before", 1)).result(10)
    with pytest.raises(ValueError):
        store.write(bad).result(10)
    with store.read() as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM cursors")] == ["before"]


def test_writes_beyond_the_limit_are_refused(path: Path, told: Told) -> None:
    store = open_store(path, told, writes_limit=1)
    entered = store.write(lambda connection: [store.write(lambda c: None), _refused(store)])
    assert entered.result(10)[1]
    store.close()


def _refused(store: Store) -> bool:
    try:
        store.write(lambda connection: None)
    except StoreBacklogError:
        return True
    return False


def test_readers_cannot_write(store: Store) -> None:
    with store.read() as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("INSERT INTO cursors VALUES ('x', 1)")


def test_a_reader_sees_one_moment(store: Store, told: Told) -> None:
    with store.read() as connection:
        before = connection.execute("SELECT count(*) FROM readings").fetchone()[0]
        store.offer(delivery(1, told))
        told.wait(lambda: told.acknowledged == [1])
        assert connection.execute("SELECT count(*) FROM readings").fetchone()[0] == before
    assert stored(store) == [1]


def test_a_closed_store_refuses_work(store: Store, told: Told) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreClosedError):
        store.write(lambda connection: None)
    with pytest.raises(StoreClosedError), store.read():
        pass


def test_only_the_owner_may_read_the_files(store: Store, path: Path, told: Told) -> None:
    store.offer(delivery(1, told))
    told.wait(lambda: told.acknowledged == [1])
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {
        "store.db": 0o600,
        "store.db-wal": 0o600,
        "store.db-shm": 0o600,
        "store.db.lock": 0o600,
    }


def test_a_second_process_is_told_who_has_the_store(store: Store, path: Path, told: Told) -> None:
    with pytest.raises(StoreLockedError, match=r"in use by process \d+"):
        open_store(path, told)


def test_a_missing_directory_is_named(tmp_path: Path, told: Told) -> None:
    with pytest.raises(StoreUnusableError, match="missing"):
        open_store(tmp_path / "missing" / "store.db", told)


def test_a_closed_store_is_one_file(path: Path, told: Told) -> None:
    store = open_store(path, told)
    store.offer(delivery(1, told))
    told.wait(lambda: told.acknowledged == [1])
    assert stored(store) == [1]
    store.close()
    assert not path.with_name(f"{path.name}-wal").exists()
