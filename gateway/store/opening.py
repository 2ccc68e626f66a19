"""From a path to a connection that is fit to write: made if missing, checked, salvaged if damaged, migrated."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from gateway.store.connection import Factory, connect_writer, create_file
from gateway.store.failure import DAMAGE, Failure, classify
from gateway.store.migrations import FAR_FROM_FULL, Migration, migrate
from gateway.store.salvage import finish_swap, salvage
from gateway.store.settings import StoreSettings

SALVAGED = "store.salvaged"
"""The condition that says a damaged store was set aside; it stands until the gateway restarts, because a person should know."""


def open_file(
    settings: StoreSettings,
    migrations: tuple[Migration, ...],
    *,
    damaged: bool,
    factory: Factory,
    now_ms: Callable[[], int],
    on_condition: Callable[[str, str | None, str], None],
) -> sqlite3.Connection:
    """Returns the writing connection; with `damaged` the file is set aside and salvaged without asking it again.

    Raises:
        StoreUnusableError, NewerSchemaError, MigrationFailedError: see there.
        sqlite3.Error, OSError: the disk fails; `failure.classify` says how.
    """
    path = Path(settings.path)
    finish_swap(path, now_ms)
    create_file(path)
    if not damaged:
        try:
            return _connect(path, settings, migrations, factory, now_ms)
        except DAMAGE as error:
            if isinstance(error, sqlite3.Error) and classify(error, FAR_FROM_FULL) is not Failure.CORRUPT:
                raise
    report = salvage(path, migrations, now_ms)
    connection = _connect(path, settings, migrations, factory, now_ms)
    on_condition(
        SALVAGED, "warning", f"the store was damaged; it stands aside as {report.quarantined}, and saved from it were: {report.summary()}"
    )
    return connection


def _connect(
    path: Path, settings: StoreSettings, migrations: tuple[Migration, ...], factory: Factory, now_ms: Callable[[], int]
) -> sqlite3.Connection:
    connection = connect_writer(path, settings, factory)
    try:
        check(connection, path, settings)
        migrate(connection, path, migrations, now_ms)
    except BaseException:
        connection.close()
        raise
    return connection


def check(connection: sqlite3.Connection, path: Path, settings: StoreSettings) -> bool:
    """Returns True if the whole file was looked at and found sound, False if time or size did not allow that.

    Raises:
        sqlite3.DatabaseError: it is damaged.
    """
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not settings.check_seconds or path.stat().st_size > settings.check_max_bytes:
        return False
    deadline = time.monotonic() + settings.check_seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return False
        raise
    finally:
        connection.set_progress_handler(None, 0)
    if found != "ok":
        damage = sqlite3.DatabaseError(f"quick_check: {found}")
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage
    return True
