"""Read-only access to the store for commands: the gateway may be running or not."""

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gateway.errors import GatewayError
from gateway.settings import Settings
from gateway.store.connection import connect_reader


class NoStoreError(GatewayError):
    """There is no store where the settings say."""

    def __init__(self, path: Path) -> None:
        """Names the file."""
        self.path = path
        super().__init__(f"{path}: no store is here yet; it is made by the first `aios run`")


class StoreUnreadableError(GatewayError):
    """The store cannot be read as it is."""

    def __init__(self, path: Path, reason: str) -> None:
        """Names the file and what SQLite said."""
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: cannot be read: {reason}; the next `aios run` migrates or salvages it")


@contextlib.contextmanager
def open_store(settings: Settings) -> Iterator[sqlite3.Connection]:
    """Gives a read-only connection to the store that the settings name.

    Raises:
        NoStoreError: it does not exist.
        StoreUnreadableError: it cannot be opened, or is damaged, or of another release.
    """
    path = settings.below(settings.store.path)
    if not path.is_file():
        raise NoStoreError(path)
    try:
        with contextlib.closing(connect_reader(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreUnreadableError(path, str(error)) from error


def moment(time_ms: int | None) -> str:
    """Returns a time for a table: UTC, to the second; a dash where there is none."""
    return "-" if time_ms is None else datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
