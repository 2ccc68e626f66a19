"""An agent's manifest as a verifier reads it: TOML by a stranger, of bounded depth. Pure.

What cannot be read is no error here: a verifier then says that the manifest states nothing which it understands. Both verifiers read alike,
so the page has a reader of its own (verifier/src/toml.js) that takes exactly what Python's takes.
"""

import re
import tomllib
from typing import Any

MAX_DEPTH = 32
"""Lists and tables in each other; a route's corridor, the deepest of ours, needs 5."""

_NESTED = re.compile(r"[\[{][\[{ \t\r\n]{64}")
"""More brackets in a row than any manifest has; tomllib recurses into them."""


def load(manifest: str) -> dict[str, Any] | None:
    """Returns the table that a manifest describes, or None where it is no TOML or too deep."""
    if _NESTED.search(manifest):
        return None
    try:
        found = tomllib.loads(manifest)
    except (ValueError, RecursionError):  # TOMLDecodeError is a ValueError, and so is an integer of more digits than Python reads
        return None
    return None if _is_deeper(found, MAX_DEPTH) else found


def _is_deeper(value: Any, left: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    return left == 0 or any(_is_deeper(child, left - 1) for child in (value.values() if isinstance(value, dict) else value))
