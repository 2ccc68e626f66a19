"""Opening the file: modes, durability, the lock that keeps a second process out. No table is known here."""

import fcntl
import os
import sqlite3
from pathlib import Path

from gateway.store.errors import StoreLockedError, StoreUnusableError
from gateway.store.settings import StoreSettings

Factory = type[sqlite3.Connection]
"""How connections are made: `sqlite3.Connection`, or a test's subclass that fails on purpose."""

JOURNAL_LIMIT_BYTES = 64 * 1024 * 1024
"""A write-ahead log that a long reader let grow is cut back to this."""


def create_file(path: Path) -> None:
    """Makes the file, readable by its owner alone, and fsyncs the directory so that a power cut cannot take the name away.

    Raises:
        StoreUnusableError: the directory does not exist or is not writable.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        os.close(descriptor)
        sync_directory(path.parent)
    except OSError as error:
        raise StoreUnusableError(path, str(error)) from error


def sync_directory(directory: Path) -> None:
    """Makes the names in a directory durable; SQLite does so for its journals but not for the database file itself."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def connect_writer(path: Path, settings: StoreSettings, factory: Factory = sqlite3.Connection) -> sqlite3.Connection:
    """Returns the one connection that writes: WAL, every commit fsynced, foreign keys enforced, transactions by hand."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=factory, cached_statements=512, timeout=2.0)
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA wal_autocheckpoint={settings.wal_pages}").fetchone()
        connection.execute(f"PRAGMA journal_size_limit={JOURNAL_LIMIT_BYTES}").fetchone()
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Returns a connection that can only read."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=2.0
    )
    connection.execute("PRAGMA query_only=ON")
    connection.row_factory = sqlite3.Row
    return connection


class ProcessLock:
    """An advisory lock on a file beside the store.

    On a file of its own, because closing any descriptor of the database would drop SQLite's own POSIX locks on it.
    """

    def __init__(self, path: Path) -> None:
        """Takes the lock of the store at `path`.

        Raises:
            StoreLockedError: another process holds it.
            StoreUnusableError: the lock file cannot be made.
        """
        lock_path = path.with_name(path.name + ".lock")
        try:
            self._descriptor = os.open(lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnusableError(path, str(error)) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise StoreLockedError(path, holder) from error
        self._note_holder()

    def _note_holder(self) -> None:
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            # On a full disk the number is missing and the lock holds all the same.
            return

    def release(self) -> None:
        """Lets the next process in."""
        os.close(self._descriptor)
