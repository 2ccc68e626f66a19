"""Finds the official vectors, which are used in place and never copied into the project."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""


def vectors(*parts: str) -> Path:
    """Returns the path of a vector file or folder, or skips the test with the reason why it cannot run."""
    base = Path(os.environ.get("AIOS_VECTORS", ROOT.parent / "shared" / "vectors"))
    path = base.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"official vectors are not here: {path} (set AIOS_VECTORS to the folder that holds them)", allow_module_level=True)
    return path
