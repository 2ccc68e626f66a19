"""Images by their hash, on disk: content-addressed, bounded, the oldest forgotten first.

A statement names an image by its sha256 alone; who keeps the image can show it. Files lie below two hexadecimal digits of their hash. A
file is written whole and fsynced under another name before it gets its own, so what has a name is an image. A reader compares the hash:
what the disk changed is no image any more, and is removed. The store keeps frames too, until they are pruned by age; this outlives them.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from gateway.errors import GatewayError
from gateway.files import write_whole


@dataclass(frozen=True, slots=True)
class ImageSettings:
    """Whether images are kept beside the store, and how many."""

    directory: Annotated[str, Meta(min_length=1)] = "images"
    """Folder, below the data directory."""
    max_bytes: Annotated[int, Meta(ge=0)] = 0
    """Bytes of images kept together, the newest; 0 keeps none beyond what the store holds."""


class ImageHashError(GatewayError):
    """An image is not the one that its hash names."""

    def __init__(self, sha256: bytes) -> None:
        """Holds the hash that was expected."""
        self.sha256 = sha256
        super().__init__(f"the image stored as {sha256.hex()} was changed on disk, so it is removed")


class Images:
    """The images of one folder. May be used from any thread."""

    def __init__(self, directory: Path, max_bytes: int) -> None:
        """Looks through the folder once; what was left half-written is removed."""
        self._directory = directory
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()
        """Size by hexadecimal hash, the oldest first."""
        found = []
        for path in directory.glob("??/*") if directory.is_dir() else ():
            if len(path.name) == 64:
                kept = path.stat()
                found.append((kept.st_mtime_ns, path.name, kept.st_size))
            else:
                path.unlink()
        for _, name, size in sorted(found):
            self._sizes[name] = size
        self._bytes = sum(self._sizes.values())
        self._prune()

    @property
    def bytes_kept(self) -> int:
        """How many bytes the images have together."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._sizes)

    def __contains__(self, sha256: bytes) -> bool:
        with self._lock:
            return sha256.hex() in self._sizes

    def keep(self, image: bytes) -> bytes:
        """Keeps an image and returns its sha256; on return it is durable, unless it alone is larger than the bound.

        Raises:
            OSError: the disk does not take it; nothing was changed.
        """
        digest = hashlib.sha256(image).digest()
        name = digest.hex()
        with self._lock:
            if name in self._sizes or len(image) > self._max_bytes:
                return digest
            write_whole(self._path(name), image, make_folder=True)
            # True now: a whole file lies under its hash. A restart finds it by looking through the folder.
            self._sizes[name] = len(image)
            self._bytes += len(image)
            self._prune()
        return digest

    def get(self, sha256: bytes) -> bytes | None:
        """Returns the image with that hash, or None.

        Raises:
            ImageHashError: the file is not that image any more.
        """
        name = sha256.hex()
        try:
            image = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(image).digest() != sha256:
            with self._lock:
                self._forget(name)
            raise ImageHashError(sha256)
        return image

    def _prune(self) -> None:
        while self._bytes > self._max_bytes:
            self._forget(next(iter(self._sizes)))

    def _forget(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)
        self._bytes -= self._sizes.pop(name, 0)

    def _path(self, name: str) -> Path:
        return self._directory / name[:2] / name


def open_images(settings: ImageSettings, data_dir: Path) -> Images | None:
    """Returns the images that the settings keep, or None where they keep none."""
    if not settings.max_bytes:
        return None
    os.makedirs(data_dir / settings.directory, mode=0o700, exist_ok=True)  # noqa: PTH103 - Path.mkdir gives the mode to the last folder only
    return Images(data_dir / settings.directory, settings.max_bytes)
