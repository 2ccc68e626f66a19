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


@contextlib.contextmanager
def open_store(settings: Settings) -> Iterator[sqlite3.Connection]:
    """Gives a read-only connection to the store that the settings name.

    Raises:
        NoStoreError: it does not exist or cannot be opened.
    """
    path = settings.below(settings.store.path)
    if not path.is_file():
        raise NoStoreError(path)
    try:
        connection = connect_reader(path)
    except sqlite3.Error as error:
        raise NoStoreError(path) from error
    with contextlib.closing(connection):
        yield connection


def moment(time_ms: int | None) -> str:
    """Returns a time for a table: UTC, to the second; a dash where there is none."""
    return "-" if time_ms is None else datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
