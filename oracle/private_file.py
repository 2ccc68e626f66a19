"""Small files that only their owner may read: read whole or refused, written whole or not at all."""

import os
import secrets
import stat
from pathlib import Path

from oracle.key_errors import KeyFileExposedError, KeyFileMalformedError, KeyFileMissingError, KeyFileTakenError

MAX_BYTES = 16_384
"""Longest such file; a key file has about 500 bytes, a passphrase fewer."""


def read_private(path: Path) -> bytes:
    """Returns the bytes of a small regular file that nobody else may read.

    Raises KeyFileExposedError or KeyFileMissingError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            # Asked of the open file, so that nothing can be exchanged between the question and the reading.
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise KeyFileMissingError(path, "it is not a regular file")
            if stat.S_IMODE(status.st_mode) & 0o077:
                raise KeyFileExposedError(path, stat.S_IMODE(status.st_mode))
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KeyFileMissingError(path, error.strerror or str(error)) from error
    if len(content) > MAX_BYTES:
        raise KeyFileMalformedError(path, f"it is longer than {MAX_BYTES} bytes")
    return content


def write_new(path: Path, content: bytes) -> None:
    """Writes a new file with mode 0600; raises KeyFileTakenError where one exists."""
    # open(0600), write, fsync; link, which fails where a file exists; fsync of the folder. A crash leaves nothing or everything,
    # and at worst a temporary file that nobody reads.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)
    except FileExistsError:
        raise KeyFileTakenError(path) from None
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
