"""JSON from strangers, with its nesting bounded before any parser sees it.

Parsers recurse, and stop at the interpreter's recursion limit; but some libraries (py_ecc among them) raise that limit for the whole
process past what the C stack holds, and then a megabyte of opening brackets ends the process. Linear in the size of the text.
"""

import re
from typing import Any

import msgspec

from lightclient.errors import MalformedMessage

MAX_DEPTH = 32
"""Deepest nesting accepted; a light-client message has five levels, a trace eight."""

_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def decode(text: bytes) -> Any:
    """Returns the value of JSON text.

    Raises:
        MalformedMessage: it is not JSON, or nests too deep.
    """
    check_depth(text)
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedMessage("", f"not JSON: {error}") from error


def check_depth(text: bytes, limit: int = MAX_DEPTH) -> None:
    """Returns if a parser may safely recurse into the text.

    Raises:
        MalformedMessage: brackets nest deeper than `limit`.
    """
    # Without what a backslash escapes, every second part between quotes is the inside of a string.
    outside = b"".join(_ESCAPE.sub(b"", text).split(b'"')[::2])
    depth = 0
    for bracket in outside.translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > limit:
            raise MalformedMessage("", f"nests deeper than {limit}")
