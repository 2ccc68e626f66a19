"""Finds the cases in a directory of the official layout, and reads their files.

Layout: `<preset>/<fork>/<runner>/<handler>/<suite>/<case>/`, see `tests/formats/README.md` of ethereum/consensus-specs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cramjam
from ruamel.yaml import YAML

PRESET_FOLDERS = ("general", "minimal", "mainnet")


@dataclass(frozen=True, slots=True)
class Case:
    """One test of the official suite."""

    path: Path
    preset: str
    fork: str
    runner: str
    handler: str
    suite: str

    def yaml(self, name: str) -> Any:
        """Returns the document with every scalar as text, so that `0x00` stays what it is."""
        return _yaml((self.path / name).read_text())

    def ssz(self, name: str) -> bytes:
        """Returns the uncompressed SSZ bytes."""
        return bytes(cramjam.snappy.decompress_raw((self.path / f"{name}.ssz_snappy").read_bytes()))

    def has(self, name: str) -> bool:
        """Returns whether the case has the file."""
        return (self.path / name).exists()


def find_cases(root: Path, *, fork: str | None = None, preset: str | None = None) -> Iterator[Case]:
    """Yields every case below a directory, in order; the directory may be the release or hold it."""
    for base in sorted({path.parent for name in PRESET_FOLDERS for path in root.rglob(name) if path.is_dir() and _is_preset(path)}):
        for path in sorted(base.glob("*/*/*/*/*/*")):
            parts = path.relative_to(base).parts
            if path.is_dir() and parts[0] in PRESET_FOLDERS and preset in (None, parts[0]) and fork in (None, parts[1]):
                yield Case(path, *parts[:5])


def _is_preset(path: Path) -> bool:
    forks = ("phase0", "altair", "bellatrix", "capella", "deneb", "electra", "fulu")
    return any((path / fork).is_dir() for fork in forks)


@cache
def _loader() -> YAML:
    return YAML(typ="base")


def _yaml(text: str) -> Any:
    return _loader().load(text)


def unhex(text: str) -> bytes:
    """Returns the bytes of 0x-prefixed text."""
    return bytes.fromhex(text.removeprefix("0x"))
