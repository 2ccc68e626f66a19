"""Files put in place as a whole."""

import contextlib
import os
from pathlib import Path


def write_whole(path: Path, data: bytes, *, make_folder: bool = False) -> None:
    """Puts a file in place as a whole: a reader, or a restart after a power cut, sees the old file or the new one.

    Raises:
        OSError: it cannot be written, or its folder is not there and is not to be made. The error names `path`; nothing else is left.

    """
    new_folder = make_folder and not path.parent.exists()
    if new_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    _sync(path.parent)
    if new_folder:
        _sync(path.parent.parent)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
