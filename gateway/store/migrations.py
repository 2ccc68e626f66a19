"""Numbered migrations: plain SQL files, each applied in one transaction together with the record that it ran.

Plain files, not a library, because a migration is read and run by hand when things go wrong (docs/decisions/0003-plain-sql-migrations.md).
A file is never edited once released. There is no way down: a salvage makes a fresh file instead.
"""

import sqlite3
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

from gateway.store.errors import MigrationFailedError, NewerSchemaError
from gateway.store.failure import classify

Migration = tuple[str, str]
"""File name and SQL text."""


def shipped() -> tuple[Migration, ...]:
    """Returns the migrations of this release in their order."""
    folder = resources.files("gateway.store") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple((name, (folder / name).read_text(encoding="utf-8")) for name in names)


def applied(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Returns the names of the migrations that ran, in order; changes nothing."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'").fetchone()
    return tuple(row[0] for row in connection.execute("SELECT name FROM migrations ORDER BY name")) if known else ()


def migrate(connection: sqlite3.Connection, path: Path, migrations: tuple[Migration, ...], now_ms: Callable[[], int]) -> tuple[str, ...]:
    """Applies what is pending and returns its names.

    Raises:
        NewerSchemaError: the file has a migration that is not among `migrations`; nothing was changed.
        MigrationFailedError: one did not apply; those before it stand, and of it nothing does.
    """
    done = applied(connection)
    unknown = [name for name in done if name not in {name for name, _ in migrations}]
    if unknown:
        raise NewerSchemaError(path, unknown[0])
    pending = [migration for migration in migrations if migration[0] not in done]
    for name, sql in pending:
        _apply(connection, name, sql, now_ms())
    return tuple(name for name, _ in pending)


def _apply(connection: sqlite3.Connection, name: str, sql: str, now_ms: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY, applied_ms INTEGER NOT NULL) STRICT")
        # Statement by statement: executescript would commit the open transaction first.
        for statement in statements(sql):
            connection.execute(statement)
        connection.execute("INSERT INTO migrations VALUES (?, ?)", (name, now_ms))
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if classify(error, free_bytes=FAR_FROM_FULL) is not None:
            raise
        raise MigrationFailedError(name, str(error)) from error


FAR_FROM_FULL = 1 << 40
"""Migrations tell the disk's faults from their own by the result code alone."""


def statements(sql: str) -> Iterator[str]:
    """Yields the statements of a script; SQLite itself says where one ends, so triggers with inner semicolons stay whole."""
    begun = ""
    for line in sql.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            yield begun.strip()
            begun = ""
    if begun.strip():
        yield begun.strip()
