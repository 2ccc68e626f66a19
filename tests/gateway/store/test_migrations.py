import sqlite3
from pathlib import Path

import pytest

from gateway.store.errors import MigrationFailedError, NewerSchemaError
from gateway.store.migrations import Migration, applied, migrate, shipped, statements
from tests.gateway.store.helpers import NOW_MS

GOOD: tuple[Migration, ...] = (("0001_a.sql", "CREATE TABLE a (x INTEGER);\nINSERT INTO a VALUES (1);\n"),)
PATH = Path("store.db")


@pytest.fixture
def connection() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


def run(connection: sqlite3.Connection, migrations: tuple[Migration, ...]) -> tuple[str, ...]:
    return migrate(connection, PATH, migrations, lambda: NOW_MS)


def test_the_shipped_migrations_apply_once(connection: sqlite3.Connection) -> None:
    names = tuple(name for name, _ in shipped())
    assert names[0] == "0001_initial.sql"
    assert run(connection, shipped()) == names == applied(connection)
    assert run(connection, shipped()) == ()


@pytest.mark.parametrize(
    "bad",
    [
        "CREATE TABLE b (x);\nINSERT INTO b VALUES (1);\nINSERT INTO nowhere VALUES (1);",
        "UPDATE a SET x = 2;\nDROP TABLE a;\nCREATE TABLE migrations (x);",
        "CREATE TABLE b (x);\nthis is not SQL;",
    ],
)
def test_a_failure_in_the_middle_leaves_the_file_as_it_was(connection: sqlite3.Connection, bad: str) -> None:
    run(connection, GOOD)
    before = list(connection.iterdump())
    with pytest.raises(MigrationFailedError, match="failed and was undone"):
        run(connection, (*GOOD, ("0002_b.sql", bad)))
    assert list(connection.iterdump()) == before
    assert run(connection, (*GOOD, ("0002_b.sql", "CREATE TABLE b (x);"))) == ("0002_b.sql",)


def test_a_file_of_a_later_release_is_refused_untouched(connection: sqlite3.Connection) -> None:
    run(connection, (*GOOD, ("0009_later.sql", "CREATE TABLE later (x);")))
    before = list(connection.iterdump())
    with pytest.raises(NewerSchemaError, match="0009_later"):
        run(connection, GOOD)
    assert list(connection.iterdump()) == before


def test_a_trigger_is_one_statement() -> None:
    sql = "CREATE TABLE a (x); -- comment; with semicolon\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM a;\n  SELECT 1;\nEND;\n"
    assert len(list(statements(sql))) == 2


def test_a_last_statement_without_semicolon_counts(connection: sqlite3.Connection) -> None:
    run(connection, (("0001_a.sql", "CREATE TABLE a (x)"),))
    assert connection.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_signatures_of_both_curves_fit_and_old_ones_stay(connection: sqlite3.Connection) -> None:
    run(connection, shipped()[:1])
    columns = [(row[1], row[2]) for row in connection.execute("PRAGMA table_info(attestations)")]
    sizes = {"verifying_contract": 20, "recipient": 20, "attester": 20, "signature": 65}
    row: dict[str, object] = {
        name: bytes(sizes.get(name, 32)) if kind == "BLOB" else 1 if kind == "INTEGER" else "t" for name, kind in columns
    }
    row |= {"batch": None, "position": None, "signature": bytes(range(65))}
    insert = f"INSERT INTO attestations ({','.join(row)}) VALUES ({','.join('?' * len(row))})"  # noqa: S608 - our own schema
    connection.execute(insert, tuple(row.values()))
    run(connection, shipped())
    assert connection.execute("SELECT signature FROM attestations").fetchone() == (bytes(range(65)),)
    for size in (64, 66, 127, 129):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE attestations SET signature = zeroblob(?)", (size,))
    connection.execute("UPDATE attestations SET signature = zeroblob(128)")
