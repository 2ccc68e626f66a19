"""Canonical JSON (RFC 8785): one byte string per document, so that documents can be hashed and compared. Pure.

msgspec's encoder already writes RFC 8785 for everything but a few floats and keys; those go to the rfc8785 package, which is a hundred
times slower and is the reference in the tests.
"""

from typing import Any

import msgspec
import rfc8785

from oracle import strict_json
from oracle.errors import MalformedDocumentError, MisuseError

MAX_DEPTH = 16
"""Nesting of a file that is read."""
MAX_INTEGER = (1 << 53) - 1
"""Larger integers do not survive JSON readers that know only floats (RFC 8785 section 3.2.2.3); write them as text."""

_ENCODER = msgspec.json.Encoder(order="sorted")
_FREE = {str, bool, type(None)}
"""Types of which a list (a column, a committee) needs no look at each item."""
_SMALLEST = 1e-4
"""From here to MAX_INTEGER msgspec and ECMAScript write a float alike; beyond, one of them writes an exponent, or ends in `.0`."""


def canonical(document: Any) -> bytes:
    """Returns the canonical UTF-8 text of a JSON document.

    Raises:
        MisuseError: it holds what canonical JSON cannot, such as an integer beyond 2^53, NaN, or a lone surrogate.

    """
    try:
        plain, easy = _plain(document)
        if not easy:
            return rfc8785.dumps(document)
        return _ENCODER.encode(plain)
    except (rfc8785.CanonicalizationError, ValueError, RecursionError, TypeError, AttributeError) as error:
        raise MisuseError(f"no canonical JSON: {error}") from error


def read(data: bytes, *, limit: int) -> Any:
    """Returns the document in a file of canonical JSON, white space around it allowed.

    Raises:
        MalformedDocumentError: it has more than `limit` bytes, is not JSON, or is spelled otherwise, as with a name that occurs twice.

    """
    if len(data) > limit:
        raise MalformedDocumentError("$", f"more than {limit} bytes")
    try:
        document = strict_json.parse(data, depth=MAX_DEPTH)
        canonical_text = canonical(document)
    except MisuseError as error:
        raise MalformedDocumentError("$", f"not JSON: {error}") from error
    if canonical_text != data.strip():
        raise MalformedDocumentError("$", "not canonical JSON (RFC 8785); take the file as it was written")
    return document


def same(left: Any, right: Any) -> bool:
    """Returns whether two JSON documents are equal as JSON; Python's own equality takes true for 1."""
    return canonical(left) == canonical(right)


def _plain(value: Any) -> tuple[Any, bool]:
    """Returns the value with whole floats as integers, and whether msgspec then writes it canonically."""
    if isinstance(value, dict):
        items = {key: _plain(child) for key, child in value.items()}
        # Canonical order is by UTF-16 units, Python's by code points: the same for ASCII.
        easy = all(key.isascii() for key in items) and all(child[1] for child in items.values())
        return {key: child[0] for key, child in items.items()}, easy
    if isinstance(value, list):
        kinds = set(map(type, value))
        if kinds <= _FREE or (kinds == {int} and -MAX_INTEGER <= min(value) <= max(value) <= MAX_INTEGER):
            return value, True
        if kinds == {float} and -MAX_INTEGER <= min(value) <= max(value) <= MAX_INTEGER:
            # A NaN passes the line above and fails here.
            easy = all(abs(number) >= _SMALLEST or number == 0 for number in value)
            return [int(number) if number.is_integer() else number for number in value], easy
        children = [_plain(child) for child in value]
        return [child for child, _ in children], all(easy for _, easy in children)
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> tuple[Any, bool]:
    if isinstance(value, float):
        if value.is_integer() and abs(value) <= MAX_INTEGER:
            return int(value), True
        return value, _SMALLEST <= abs(value) <= MAX_INTEGER
    if type(value) is int:
        if abs(value) > MAX_INTEGER:
            raise ValueError(f"integer {value} is beyond 2^53")
    elif type(value) not in _FREE:
        raise TypeError(f"{type(value).__name__} is no JSON")
    return value, True
