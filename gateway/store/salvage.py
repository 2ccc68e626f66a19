"""Setting a damaged store aside and saving from it what can be read, row by row, through SQL.

The damaged file is renamed with its write-ahead log beside it, never changed, never deleted. Order of the swap, and what a power cut finds:
1. `store.db.salvage` is filled: the damaged file still has its name; the next open begins again;
2. it is fsynced and renamed to `store.db.salvaged`: from now on `finish_swap` ends the work, here or at the next open;
3. log, shared memory and file get their quarantine names, the log first, because an old log beside a new file would be replayed into it;
4. `store.db.salvaged` becomes `store.db`.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.store.connection import create_file, sync_directory
from gateway.store.failure import DAMAGE
from gateway.store.migrations import Migration, applied, migrate
from gateway.store.rows import Rows

_HEADER_BYTES = 100
"""Length of the database header on the first page, https://www.sqlite.org/fileformat2.html section 1.3."""

_SKIPPED_TABLES = frozenset({"migrations", "sqlite_sequence"})


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was saved."""

    quarantined: Path
    """Where the damaged file stands now."""
    saved: tuple[tuple[str, int], ...]
    """Rows per table, in the order of the schema."""
    lost_ranges: tuple[tuple[str, int], ...]
    """Ranges of row numbers that could not be read, per table that has any; how many rows were in them is not known."""

    def summary(self) -> str:
        """Returns the counts as one line."""
        saved = ", ".join(f"{count} {table}" for table, count in self.saved if count) or "nothing"
        lost = ", ".join(f"{count} of {table}" for table, count in self.lost_ranges)
        return f"{saved}; unreadable ranges: {lost}" if lost else f"{saved}; no range was unreadable"


def salvage(path: Path, migrations: tuple[Migration, ...], now_ms: Callable[[], int]) -> Salvage:
    """Replaces the store at `path` by a fresh one with what could be read of it, and says what that was.

    Raises:
        sqlite3.Error, OSError: the fresh file cannot be written; the damaged one is as it was.
    """
    fresh_path = _beside(path, ".salvage")
    graft_path = _beside(path, ".graft")
    for leftover in (fresh_path, graft_path):
        _remove(leftover)
    create_file(fresh_path)
    fresh = sqlite3.connect(fresh_path, isolation_level=None)
    try:
        # No journal: if this is interrupted the file is made anew.
        fresh.execute("PRAGMA journal_mode=OFF").fetchone()
        fresh.execute("PRAGMA synchronous=OFF")
        # An earlier release's rows go into an earlier release's tables, and only then through the migrations that came since.
        migrate(fresh, path, _applied(path, migrations), now_ms)
        saved, lost = _copy_all(path, graft_path, fresh)
        migrate(fresh, path, migrations, now_ms)
    finally:
        fresh.close()
        _remove(graft_path)
    with fresh_path.open("rb") as file:
        os.fsync(file.fileno())
    fresh_path.rename(_beside(path, ".salvaged"))
    sync_directory(path.parent)
    return Salvage(finish_swap(path, now_ms) or path, saved, lost)


def _applied(path: Path, migrations: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """Returns the migrations that the damaged file says it went through; all of them where it cannot say."""
    damaged = _open_damaged(path)
    if damaged is None:
        return migrations
    with contextlib.closing(damaged):
        try:
            names = applied(damaged)
        except DAMAGE:
            return migrations
    known = tuple(migration for migration in migrations if migration[0] in names)
    # Only a beginning makes sense: a name that is missing in between was damaged, not skipped.
    return known if known and known == migrations[: len(known)] else migrations


def finish_swap(path: Path, now_ms: Callable[[], int]) -> Path | None:
    """Ends a swap that stands at step 3 or 4, wherever a power cut stopped it, and returns the quarantined file; None if there is none."""
    salvaged = _beside(path, ".salvaged")
    if not salvaged.exists():
        return None
    quarantined = _begun(path) or _beside(path, f".damaged-{now_ms()}")
    for suffix in ("-wal", "-shm", ""):
        part = _beside(path, suffix)
        if part.exists():
            part.rename(_beside(quarantined, suffix))
    sync_directory(path.parent)
    salvaged.rename(path)
    sync_directory(path.parent)
    return quarantined


def _begun(path: Path) -> Path | None:
    """Returns the quarantine name that a swap had chosen before a power cut: its log is there, the file is not."""
    files = (log.with_name(log.name.removesuffix("-wal")) for log in path.parent.glob(f"{path.name}.damaged-*-wal"))
    return next((file for file in files if not file.exists()), None)


def _copy_all(path: Path, graft_path: Path, fresh: sqlite3.Connection) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    damaged = _open_damaged(path)
    if damaged is None or _schema_is_garbled(damaged, fresh):
        if damaged is not None:
            damaged.close()
        _graft(path, fresh, graft_path)
        damaged = _open_damaged(graft_path)
    tables = [row[0] for row in fresh.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")]
    saved, lost = [], []
    fresh.execute("BEGIN")
    # Orphans are removed at the end; the gap rule of batches must not refuse what stands after a lost row.
    triggers = [(row[0], row[1]) for row in fresh.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")]
    for name, _ in triggers:
        fresh.execute(f"DROP TRIGGER {name}")
    for table in tables:
        if table not in _SKIPPED_TABLES:
            count, holes = (0, 0) if damaged is None else _copy_table(damaged, fresh, table)
            saved.append((table, count))
            if holes:
                lost.append((table, holes))
    orphans = _remove_orphans(fresh)
    for _, sql in triggers:
        fresh.execute(sql)
    fresh.execute("COMMIT")
    if damaged is not None:
        damaged.close()
    return tuple((table, count - orphans.get(table, 0)) for table, count in saved), tuple(lost)


def _schema_is_garbled(damaged: sqlite3.Connection, fresh: sqlite3.Connection) -> bool:
    """Returns whether the same migrations ran and yet the schema reads differently: a column's changed name would hide its table."""
    try:
        same_release = applied(damaged) == applied(fresh)
    except DAMAGE:
        return True
    schemas = [connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall() for connection in (damaged, fresh)]
    return same_release and sorted(map(repr, schemas[0])) != sorted(map(repr, schemas[1]))


def _copy_table(damaged: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> tuple[int, int]:
    columns = [row[1] for row in fresh.execute(f"PRAGMA table_info({table})")]
    rows = Rows(damaged, table, columns)
    # A row number that is also a column of the table is copied under that name.
    names = ("rowid", *columns)
    sql = f"INSERT OR REPLACE INTO {table} ({','.join(names)}) VALUES ({','.join('?' * len(names))})"  # noqa: S608 - names from our schema
    count = 0
    for row in rows:
        # A row whose bytes were changed may break the schema; it is lost, the next is not.
        with contextlib.suppress(sqlite3.IntegrityError, sqlite3.DataError):
            fresh.execute(sql, row)
            count += 1
    return count, rows.holes


def _remove_orphans(fresh: sqlite3.Connection) -> dict[str, int]:
    removed: dict[str, int] = {}
    while orphans := fresh.execute("PRAGMA foreign_key_check").fetchall():
        for table, rowid, *_ in orphans:
            removed[table] = removed.get(table, 0) + fresh.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,)).rowcount  # noqa: S608
    return removed


def _open_damaged(path: Path) -> sqlite3.Connection | None:
    """Returns a connection that leaves the file as it is, or None if not even its schema can be read."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    # Lets SQLite open a file that is shorter than its header says.
    connection.execute("PRAGMA writable_schema=ON")
    # Bytes that are no longer text become visible as such instead of ending the walk.
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    except DAMAGE:
        tables = 0
    if not tables:
        connection.close()
        return None
    return connection


def _graft(path: Path, fresh: sqlite3.Connection, graft_path: Path) -> None:
    """Makes a copy of the damaged file whose schema pages come from a fresh one.

    The same migrations lay out the same pages, so as long as no table was added by hand the fresh schema names the right ones.
    Committed pages that are still in the write-ahead log are laid over it as always.
    """
    template = fresh.serialize()
    size = int.from_bytes(template[16:18], "big")
    schema_pages = _schema_pages(fresh)
    with path.open("rb") as source, graft_path.open("xb") as target:
        graft_path.chmod(0o600)
        number = 1
        while page := source.read(size):
            if number in schema_pages:
                page = template[(number - 1) * size : number * size]
            if number == 1:
                # In log mode; the size field is marked stale, so that SQLite goes by the file's length; no free list.
                head = bytearray(page)
                head[18:20] = b"\x02\x02"
                head[24:28], head[92:96] = b"\x00\x00\x00\x02", b"\x00\x00\x00\x01"
                head[32:40] = bytes(8)
                page = bytes(head)
            target.write(page.ljust(size, b"\x00"))
            number += 1
    if _beside(path, "-wal").exists():
        shutil.copyfile(_beside(path, "-wal"), _beside(graft_path, "-wal"))


def _schema_pages(fresh: sqlite3.Connection) -> frozenset[int]:
    """Returns the pages that hold the schema table: the first, and those its tree points to."""
    template = fresh.serialize()
    size = int.from_bytes(template[16:18], "big")
    pages = {1}
    if template[_HEADER_BYTES] == 0x05:
        cells = int.from_bytes(template[_HEADER_BYTES + 3 : _HEADER_BYTES + 5], "big")
        pages.add(int.from_bytes(template[_HEADER_BYTES + 8 : _HEADER_BYTES + 12], "big"))
        for cell in range(cells):
            at = int.from_bytes(template[_HEADER_BYTES + 12 + 2 * cell : _HEADER_BYTES + 14 + 2 * cell], "big")
            pages.add(int.from_bytes(template[at : at + 4], "big"))
    return frozenset(page for page in pages if page * size <= len(template))


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        _beside(path, suffix).unlink(missing_ok=True)
