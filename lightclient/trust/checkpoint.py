"""A checkpoint as a person gives it: a block root, by hand or in a file."""

import json
from dataclasses import dataclass
from pathlib import Path

from lightclient.errors import InvalidCheckpoint

MAX_FILE_BYTES = 64 * 1024
"""Largest file read; a root takes 66 characters."""


@dataclass(frozen=True, slots=True)
class ProvidedCheckpoint:
    """A block that someone calls finalized."""

    slot: int
    """Its slot."""
    root: bytes
    """Its root."""


def parse_checkpoint(text: str, *, source: str) -> bytes:
    """Returns the block root of its 0x-prefixed text; `source` names it in the refusal.

    Raises:
        InvalidCheckpoint: it is none.
    """
    try:
        root = bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        root = b""
    if len(root) != 32 or not any(root):
        raise InvalidCheckpoint(source, f"{text.strip()[:80]!r} is not 0x and 64 hexadecimal digits of a block root")
    return root


def read_checkpoint(path: Path) -> bytes:
    """Returns the block root that a file names: the text alone, or JSON with `root`, `block_root`, or the beacon API's `data.root`.

    Raises:
        InvalidCheckpoint: the file cannot be read or names none.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidCheckpoint(str(path), str(error)) from error
    if not text.startswith("{"):
        return parse_checkpoint(text, source=str(path))
    try:
        document = json.loads(text)
        document = document.get("data", document)
        root = document.get("root", document.get("block_root"))
    except (AttributeError, ValueError, RecursionError) as error:
        raise InvalidCheckpoint(str(path), f"not a JSON object with a root: {error}") from error
    return parse_checkpoint(str(root), source=str(path))
