"""What kind of trouble a failed write is. Pure: an exception and the free space in, a word out."""

import errno
import sqlite3
from enum import StrEnum

from gateway.store.errors import StoreUnusableError

FULL_BELOW_BYTES = 64 * 1024
"""An input/output error with less free space than this is a full disk: SQLite says so for writes, but not for growing its shared memory."""


DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a damaged file raises: when SQLite quotes garbled bytes in its message, Python fails to decode the message."""


class Failure(StrEnum):
    """Trouble that is not the fault of the rows being written; the value is the condition's name."""

    FULL = "store.disk_full"
    """No space. Making room cures it."""
    BUSY = "store.busy"
    """Another process holds the file's lock, such as an inspection by hand. Waiting cures it."""
    CORRUPT = "store.corrupt"
    """The file is damaged. Quarantine and salvage follow."""
    IO = "store.io_error"
    """The disk or its mount fails, or permissions were taken away."""


_PRIMARY = {
    sqlite3.SQLITE_FULL: Failure.FULL,
    sqlite3.SQLITE_BUSY: Failure.BUSY,
    sqlite3.SQLITE_LOCKED: Failure.BUSY,
    sqlite3.SQLITE_CORRUPT: Failure.CORRUPT,
    sqlite3.SQLITE_NOTADB: Failure.CORRUPT,
    sqlite3.SQLITE_FORMAT: Failure.CORRUPT,
    sqlite3.SQLITE_IOERR: Failure.IO,
    sqlite3.SQLITE_READONLY: Failure.IO,
    sqlite3.SQLITE_CANTOPEN: Failure.IO,
    sqlite3.SQLITE_PERM: Failure.IO,
    sqlite3.SQLITE_NOMEM: Failure.IO,
    sqlite3.SQLITE_PROTOCOL: Failure.BUSY,
}
"""Primary result codes, https://www.sqlite.org/rescode.html; extended codes carry the primary one in their low byte."""


def classify(error: BaseException, free_bytes: int) -> Failure | None:
    """Returns what kind of trouble `error` is, or None if the rows or the caller are at fault."""
    if isinstance(error, StoreUnusableError):
        # Said while opening anew, such as when the disk was unplugged: for who has the store open it is trouble like any other.
        error = error.__cause__ or OSError()
    if isinstance(error, OSError):
        return Failure.FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else Failure.IO
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", None)
    failure = None if code is None else _PRIMARY.get(code & 0xFF)
    return Failure.FULL if failure is Failure.IO and free_bytes < FULL_BELOW_BYTES else failure
