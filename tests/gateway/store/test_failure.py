import errno
import sqlite3
from pathlib import Path

import pytest

from gateway.store.errors import StoreUnusableError
from gateway.store.failure import Failure, classify
from tests.gateway.store.helpers import failure

PLENTY = 1 << 40


def unusable(number: int) -> StoreUnusableError:
    error = StoreUnusableError(Path("store.db"), "no")
    error.__cause__ = OSError(number, "")
    return error


@pytest.mark.parametrize(
    ("error", "free", "expected"),
    [
        (failure(sqlite3.SQLITE_FULL), PLENTY, Failure.FULL),
        (failure(sqlite3.SQLITE_IOERR_FSYNC), PLENTY, Failure.IO),
        (failure(sqlite3.SQLITE_IOERR_SHMSIZE), 0, Failure.FULL),
        (failure(sqlite3.SQLITE_BUSY_SNAPSHOT), PLENTY, Failure.BUSY),
        (failure(sqlite3.SQLITE_CORRUPT_INDEX), PLENTY, Failure.CORRUPT),
        (failure(sqlite3.SQLITE_NOTADB), PLENTY, Failure.CORRUPT),
        (failure(sqlite3.SQLITE_READONLY), PLENTY, Failure.IO),
        (failure(sqlite3.SQLITE_CONSTRAINT_UNIQUE), PLENTY, None),
        (failure(sqlite3.SQLITE_ERROR), PLENTY, None),
        (OSError(errno.ENOSPC, ""), PLENTY, Failure.FULL),
        (OSError(errno.EDQUOT, ""), PLENTY, Failure.FULL),
        (OSError(errno.EIO, ""), PLENTY, Failure.IO),
        (unusable(errno.ENOSPC), PLENTY, Failure.FULL),
        (unusable(errno.ENOENT), PLENTY, Failure.IO),
        (sqlite3.ProgrammingError("no code"), PLENTY, None),
        (ValueError(), PLENTY, None),
    ],
)
def test_trouble_has_a_kind(error: BaseException, free: int, expected: Failure | None) -> None:
    assert classify(error, free) is expected
