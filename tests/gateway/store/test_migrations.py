import sqlite3
from pathlib import Path

import pytest

from gateway.store import lots
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


def put(connection: sqlite3.Connection, table: str, values: tuple[object, ...]) -> None:
    connection.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(values))})", values)  # noqa: S608 - the test's own names


def filled(connection: sqlite3.Connection) -> None:
    """Rows as the first release left them: a shipment, its finding, and the batched attestation about it."""
    run(connection, shipped()[:1])
    connection.execute("PRAGMA foreign_keys=ON")
    put(connection, "shipments", ("00/1", "reefer-1", "vaccine", 10, 20, "bundled"))
    put(connection, "shipments", ("00/2", "reefer-2", "vaccine", 30, None, "open"))
    for number in (3, 7):
        judged = (number, "a", bytes(32), "shipment", f"00/{number}", "", "reefer-1", 0, "x", 1.0, 1, 2, 3, "[]", bytes(32), 1, 9, 5)
        put(connection, "findings", judged)
    put(connection, "batches", (4, bytes(20), 0, bytes(32), 1, 5))
    word, address = bytes(32), bytes(20)
    signed = (2, word, "00/3", 3, "1.4.0", 1, address, word, address, 1, 0, 1, word, b"d", word, address, bytes(65), word, b"e", 5, 4, 0)
    put(connection, "attestations", signed)


def test_a_store_of_the_first_release_keeps_everything_and_gains_lives_and_attachments(connection: sqlite3.Connection) -> None:
    filled(connection)
    run(connection, shipped())
    rows = connection.execute("SELECT subject, life, edition, revision FROM shipments ORDER BY subject").fetchall()
    assert rows == [("00/1", "received", 0, 0), ("00/2", "commissioned", 0, 0)]
    attached = connection.execute("SELECT subject, device, from_ms, to_ms FROM attachments ORDER BY subject").fetchall()
    assert attached == [("00/1", "reefer-1", 10, 20), ("00/2", "reefer-2", 30, None)]
    found = connection.execute("SELECT id, subject, edition, last_reading FROM findings ORDER BY id").fetchall()
    assert found == [(3, "00/3", 0, 9), (7, "00/7", 0, 9)]
    assert connection.execute("SELECT id, finding, batch, position, length(signature) FROM attestations").fetchall() == [(2, 3, 4, 0, 65)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE attestations SET finding = 99")
    # Numbers go on where they were: a cursor or a reference never meets a number twice.
    connection.execute("CREATE TEMP TABLE again AS SELECT * FROM findings WHERE id = 7")
    connection.execute("UPDATE again SET id = NULL, edition = 1")
    connection.execute("INSERT INTO findings SELECT * FROM again")
    assert connection.execute("SELECT max(id) FROM findings").fetchone() == (8,)


AGENT, OTHER_AGENT, BUYER = b"\xa9" * 32, b"\xaa" * 32, b"\xb1" * 20


def before_ballots() -> tuple[Migration, ...]:
    return tuple(one for one in shipped() if one[0] < "0008")


def attest(connection: sqlite3.Connection, number: int, finding: int, ref_uid: bytes, agent: bytes) -> None:
    address, uid = b"\x07" * 20, bytes([number]) * 32
    data = bytes(224) + agent
    signed = (
        *(number, uid, "00/3", finding, "1.4.0", number, address, bytes(32), bytes(20), 1, 0, 1, ref_uid, data, uid, address, bytes(65)),
        *(uid, b"e", 5, None, None),
    )
    put(connection, "attestations", signed)


def test_an_earlier_store_keeps_what_is_awaited_and_made_under_recipient_and_agent(connection: sqlite3.Connection) -> None:
    run(connection, before_ballots())
    judged = (3, "a", AGENT, "shipment", "00/3", "", 0, "reefer-1", 0, "x", 1.0, 1, 2, 3, "[]", bytes(32), 1, 9, 5)
    put(connection, "findings", judged)
    attest(connection, 2, 3, bytes(32), AGENT)
    put(connection, "awaited", ("00/3", BUYER))
    put(connection, "awaited", ("00/4", b"\xb2" * 20))
    put(connection, "verdicts", (bytes([2]) * 32, bytes(20), "00/3", 0))
    put(connection, "verdicts", (bytes([9]) * 32, bytes(20), "00/9", 1))
    assert run(connection, shipped())[0] == "0008_ballots.sql"
    awaited = connection.execute("SELECT subject, recipient, agent FROM awaited ORDER BY id").fetchall()
    assert awaited == [("00/3", BUYER, b""), ("00/4", b"\xb2" * 20, b"")]
    made = connection.execute("SELECT statement, subject, recipient, agent, batch_index FROM verdicts ORDER BY batch_index").fetchall()
    # What an earlier release lost track of names nobody, and so holds nobody up.
    assert made == [(bytes([2]) * 32, "00/3", BUYER, AGENT, 0), (bytes([9]) * 32, "00/9", bytes(20), bytes(32), 1)]
    assert connection.execute("SELECT beside FROM findings").fetchall() == [(0,)]
    with pytest.raises(sqlite3.IntegrityError):
        put(connection, "verdicts", (bytes(32), bytes(20), "00/3", BUYER, AGENT, 2))
    put(connection, "verdicts", (bytes(32), bytes(20), "00/3", BUYER, OTHER_AGENT, 2))
    put(connection, "verdicts", (bytes(32), bytes(20), "00/3", b"\xb2" * 20, AGENT, 3))


def test_each_agents_corrections_never_fork(connection: sqlite3.Connection) -> None:
    run(connection, shipped())
    for number, agent in ((3, AGENT), (4, OTHER_AGENT), (5, AGENT)):
        judged = (number, "a", agent, "shipment", "00/3", "", number, "reefer-1", 0, "x", 1.0, 1, 2, 3, "[]", bytes(32), 1, 9, 5, 0)
        put(connection, "findings", judged)
    corrected = b"\x01" * 32
    connection.execute("PRAGMA foreign_keys=ON")
    attest(connection, 2, 3, corrected, AGENT)
    attest(connection, 3, 4, corrected, OTHER_AGENT)
    connection.execute("UPDATE attestations SET domain_chain_id = 1")
    with pytest.raises(sqlite3.IntegrityError):
        attest(connection, 1, 5, corrected, AGENT)


def test_a_power_cut_in_the_middle_of_it_leaves_the_store_as_it_was(connection: sqlite3.Connection) -> None:
    run(connection, before_ballots())
    put(connection, "awaited", ("00/3", BUYER))
    before = list(connection.iterdump())
    (name, text) = next(one for one in shipped() if one[0].startswith("0008"))
    cut = "".join(f"{one}\n" for one in list(statements(text))[:-1])
    with pytest.raises(MigrationFailedError):
        run(connection, (*before_ballots(), (name, f"{cut}INSERT INTO nowhere VALUES (1);")))  # noqa: S608 - the shipped migration
    assert list(connection.iterdump()) == before
    assert name in run(connection, shipped())


def test_lots_that_have_a_bundle_are_not_bundled_again(connection: sqlite3.Connection) -> None:
    run(connection, tuple(one for one in shipped() if one[0] < "0009"))
    for name, state in (("1", "judged"), ("2", "judged"), ("3", "closed")):
        judged = (0, 20, 1) if state == "judged" else (None, None, None)
        put(connection, "lots", (f"01/{name}", "g", "s", "m", 50, "II", "1.0", "normal", 0, 1, 2, state, *judged))
    put(connection, "bundles", ("01/1", "p", bytes(32), 5))
    assert run(connection, shipped())[0] == "0009_bundles.sql"
    assert connection.execute("SELECT subject, bundled FROM lots ORDER BY subject").fetchall() == [("01/1", 1), ("01/2", 0), ("01/3", 0)]
    assert [lot.subject for lot in lots.select_unbundled(connection)] == ["01/2"]
