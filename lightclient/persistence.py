"""One file, and its last good copy, on a disk that may lose power at any moment.

The file is a line with a SHA-256 of the rest, then the payload. A write goes to a new file, is fsynced, and takes the name only then; what
had the name before becomes the last good copy, unless it was found damaged. So at every instant at least one whole copy exists under one
of the two names.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from lightclient.errors import DamagedStoreFile, PeerError

T = TypeVar("T")

MAGIC = b"aios-lightclient-1"
"""First word of the file: what it is and the version of this envelope."""

MAX_BYTES = 256 * 1024 * 1024
"""Largest file read: a trace of three years with 512-member committees is some 150 MB."""


class StoreFile:
    """The file of one light client; used by one process, one call at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last_good = path.with_name(path.name + ".last-good")
        self._newest_is_good = False
        self.bytes_written = 0
        """Payload bytes written since the start, for the flash-wear figure."""

    def load(self, decode: Callable[[bytes], T]) -> tuple[T, DamagedStoreFile | None] | None:
        """Returns what `decode` makes of the newest whole copy, and the damage of the newer one if there was any; None where no file is.

        Raises:
            DamagedStoreFile: files exist, and neither is whole.
        """
        damage: DamagedStoreFile | None = None
        for path in (self.path, self.last_good):
            try:
                value = decode(_open_envelope(path))
            except FileNotFoundError:
                continue
            except DamagedStoreFile as error:
                damage = damage or error
            except PeerError as error:
                damage = damage or DamagedStoreFile(str(path), str(error))
            else:
                self._newest_is_good = path == self.path
                return value, damage
        if damage is not None:
            raise damage
        return None

    def save(self, payload: bytes) -> None:
        """Writes the payload; when this returns it is on the disk, and what was there before is the last good copy.

        Raises:
            OSError: the disk refuses; the file under the name is still the previous one.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(self.path.name + ".new")
        with fresh.open("wb") as file:
            file.write(MAGIC + b" " + sha256(payload).hexdigest().encode() + b"\n" + payload)
            file.flush()
            os.fsync(file.fileno())
        # Now: the new content is durable under a third name; a restart still finds the previous one.
        if self._newest_is_good:
            spare = self.last_good.with_name(self.last_good.name + ".new")
            spare.unlink(missing_ok=True)
            os.link(self.path, spare)
            spare.replace(self.last_good)
        # Now: both names hold the previous content.
        fresh.replace(self.path)
        _sync_folder(self.path.parent)
        # Now: the name holds the new content, and the copy the previous one.
        self._newest_is_good = True
        self.bytes_written += len(payload)


def _open_envelope(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise DamagedStoreFile(str(path), f"larger than {MAX_BYTES} bytes")
    head, _, payload = path.read_bytes().partition(b"\n")
    magic, _, digest = head.partition(b" ")
    if magic != MAGIC:
        raise DamagedStoreFile(str(path), "not a store file of this version")
    if sha256(payload).hexdigest().encode() != digest:
        raise DamagedStoreFile(str(path), "checksum differs: it was cut off or altered")
    return payload


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
