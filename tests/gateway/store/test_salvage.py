"""Damage of every kind: the file is set aside, never lost, and what can be read is saved."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.store import Store, findings, shipments
from gateway.store.migrations import applied, migrate, shipped
from gateway.store.salvage import finish_swap, salvage
from tests.gateway.store.helpers import NOW_MS, Faults, Told, delivery, open_store, stored
from tests.gateway.store.test_tables import finding, shipment

ROWS = 400
PAGE = 4096


def fill(path: Path, told: Told) -> None:
    store = open_store(path, told)
    for number in range(ROWS):
        store.offer(delivery(number, told))
    store.write(lambda connection: shipments.insert(connection, shipment())).result(20)
    store.write(lambda connection: findings.insert(connection, finding(), created_ms=1)).result(20)
    store.close()


def patch(offset: int, data: bytes) -> Callable[[Path], None]:
    def apply(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(data)

    return apply


def cut(pages: int) -> Callable[[Path], None]:
    def apply(path: Path) -> None:
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - pages * PAGE)

    return apply


def hurt_table(table: str, which: int, data: bytes) -> Callable[[Path], None]:
    """Overwrites the beginning of one page of a table."""

    def apply(path: Path) -> None:
        connection = sqlite3.connect(path)
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        connection.close()
        raw = path.read_bytes()
        page = raw[(root - 1) * PAGE : root * PAGE]
        assert page[0] == 0x05, "an inner page"
        at = int.from_bytes(page[12 + 2 * which : 14 + 2 * which], "big")
        child = int.from_bytes(page[at : at + 4], "big")
        patch((child - 1) * PAGE, data)(path)

    return apply


@pytest.mark.parametrize(
    ("damage", "at_least"),
    [
        (patch(0, bytes(100)), ROWS),
        (patch(0, b"\xff" * 16), ROWS),
        (patch(0, bytes(PAGE)), ROWS),
        (patch(100, b"\xa5" * 64), ROWS),
        (cut(3), 1),
        (cut(8), 0),
        (hurt_table("readings", 1, b"\x00" * 64), ROWS - 60),
        (hurt_table("readings", 0, b"\xff" * PAGE), ROWS - 60),
        (hurt_table("deliveries", 1, b"\xff" * 8), ROWS),
    ],
    ids=[
        "header zeroed",
        "magic changed",
        "first page zeroed",
        "schema page garbled",
        "cut",
        "cut deep",
        "page",
        "first page",
        "other table",
    ],
)
def test_damage_is_set_aside_and_salvaged_at_open(path: Path, told: Told, damage: Callable[[Path], None], at_least: int) -> None:
    fill(path, told)
    damage(path)
    damaged = path.read_bytes()
    store = open_store(path, told)
    saved = stored(store)
    assert len(saved) >= at_least
    assert set(saved) <= set(range(ROWS))
    assert told.names() == [("store.salvaged", True)]
    text = told.conditions[0][2]
    assert f"{len(saved)} readings" in text or not saved
    (quarantined,) = path.parent.glob("store.db.damaged-*[0-9]")
    assert str(quarantined) in text
    assert quarantined.read_bytes() == damaged
    assert not list(path.parent.glob("*.salvage*")) + list(path.parent.glob("*.graft*"))
    # It goes on: new rows get new numbers, what was saved is still known as a repeat.
    told.acknowledged.clear()
    store.offer(delivery(ROWS, told))
    told.wait(lambda: told.acknowledged == [ROWS])
    assert stored(store) == [*saved, ROWS]
    store.close()
    check_sound(path)


def check_sound(path: Path) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone() == (1,)
    connection.close()


def test_flips_of_single_bytes_never_stop_the_store(path: Path, told: Told) -> None:
    fill(path, told)
    sound = path.read_bytes()
    # In the schema's text too, where SQLite quotes what it does not understand.
    schema = [sound.index(b"CREATE TABLE devices") + n for n in (0, 3, 8, 13)]
    for offset in (*range(0, len(sound), len(sound) // 40), *schema):
        path.write_bytes(sound)
        patch(offset, bytes([sound[offset] ^ 0xFF]))(path)
        store = open_store(path, told)
        assert len(stored(store)) >= ROWS - 130
        store.close()


def test_a_garbled_name_in_the_schema_hides_no_rows(path: Path, told: Told) -> None:
    fill(path, told)
    sound = path.read_bytes()
    patch(sound.index(b"device      TEXT", sound.index(b"CREATE TABLE readings")), b"\xffevice")(path)
    store = open_store(path, told)
    assert told.names() == [("store.salvaged", True)]
    assert len(stored(store)) == ROWS
    store.close()


def test_rows_still_in_the_log_are_saved(path: Path, told: Told, tmp_path: Path) -> None:
    store = open_store(path, told)
    for number in range(50):
        store.offer(delivery(number, told))
    told.wait(lambda: len(told.acknowledged) == 50)
    # As a power cut leaves it: file and log copied under way.
    other = tmp_path / "cut" / "store.db"
    other.parent.mkdir()
    for suffix in ("", "-wal"):
        (other.parent / f"store.db{suffix}").write_bytes((path.parent / f"store.db{suffix}").read_bytes())
    store.close()
    other.write_bytes(bytes(100) + other.read_bytes()[100:])
    again = open_store(other, told)
    assert len(stored(again)) == 50
    again.close()


def test_damage_met_while_running_is_salvaged_and_the_group_is_not_lost(path: Path, told: Told) -> None:
    faults = Faults()
    store = open_store(path, told, faults.connection())
    store.offer(delivery(1, told))
    told.wait(lambda: told.acknowledged == [1])
    stored(store)  # a reader of the old file is pooled
    faults.script = [("INSERT INTO readings", sqlite3.SQLITE_CORRUPT, False)]
    store.offer(delivery(2, told))
    told.wait(lambda: told.acknowledged == [1, 2])
    assert stored(store) == [1, 2]
    assert sorted(told.names()) == [("store.corrupt", False), ("store.corrupt", True), ("store.salvaged", True)]
    assert len(list(path.parent.glob("store.db.damaged-*[0-9]"))) == 1
    store.close()
    check_sound(path)


def test_numbers_of_pruned_readings_are_not_given_again_after_salvage(path: Path, told: Told) -> None:
    fill(path, told)
    patch(0, bytes(100))(path)
    store = open_store(path, told)
    store.offer(delivery(ROWS, told))
    with_last = store.write(lambda connection: connection.execute("SELECT max(id) FROM readings").fetchone()[0]).result(20)
    assert with_last == ROWS + 1
    store.close()


@pytest.mark.parametrize("step", ["-wal", "-shm", ""])
def test_a_power_cut_during_the_swap_is_finished_at_the_next_open(
    path: Path, told: Told, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fill(path, told)
    (path.parent / "store.db-wal").write_bytes(b"old log")
    (path.parent / "store.db-shm").write_bytes(b"old memory")
    rename = Path.rename

    def cut_at(self: Path, target: Path) -> Path:
        if self.name == f"store.db{step}":
            raise PowerCutError
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", cut_at)
    with pytest.raises(PowerCutError):
        salvage(path, shipped(), lambda: NOW_MS)
    monkeypatch.undo()
    # Later than the cut, and yet log and file get one name.
    set_aside = finish_swap(path, lambda: NOW_MS + 5000)
    assert set_aside is not None
    assert {file.name for file in path.parent.glob("store.db.damaged-*")} == {
        f"{set_aside.name}{suffix}" for suffix in ("", "-wal", "-shm")
    }
    store = open_store(path, told)
    assert len(stored(store)) == ROWS
    store.close()


class PowerCutError(Exception):
    pass


def test_a_half_filled_salvage_is_begun_again(path: Path, told: Told) -> None:
    fill(path, told)
    patch(0, bytes(100))(path)
    (path.parent / "store.db.salvage").write_bytes(b"half")
    (path.parent / "store.db.graft").write_bytes(b"half")
    store = open_store(path, told)
    assert len(stored(store)) == ROWS
    store.close()


def test_nothing_is_swapped_without_a_finished_salvage(path: Path) -> None:
    assert finish_swap(path, lambda: NOW_MS) is None


def test_a_file_that_is_no_database_at_all_is_set_aside(path: Path, told: Told) -> None:
    path.write_bytes(b"not a database, but somebody may miss it" * 300)
    store = open_store(path, told)
    assert stored(store) == []
    store.close()
    assert len(list(path.parent.glob("store.db.damaged-*[0-9]"))) == 1


def test_a_large_file_is_opened_without_the_check(path: Path, told: Told) -> None:
    fill(path, told)
    hurt_table("readings", 1, b"\x00" * 64)(path)
    store: Store = open_store(path, told, check_max_bytes=1)
    assert told.conditions == []
    store.close()


def test_a_damaged_file_of_the_first_release_is_saved_and_then_migrated(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    old = sqlite3.connect(path, isolation_level=None)
    migrate(old, path, shipped()[:1], lambda: NOW_MS)
    old.execute("INSERT INTO shipments VALUES ('00/1', 'reefer-1', 'vaccine', 10, 20, 'closed')")
    old.execute("INSERT INTO manifests VALUES (?, x'00')", (bytes(32),))
    old.close()
    saved = salvage(path, shipped(), lambda: NOW_MS)
    assert {"shipments": 1, "manifests": 1}.items() <= dict(saved.saved).items()
    fresh = sqlite3.connect(path)
    assert applied(fresh) == tuple(name for name, _ in shipped())
    assert fresh.execute("SELECT subject, device, from_ms, to_ms FROM attachments").fetchall() == [("00/1", "reefer-1", 10, 20)]
    fresh.close()
