"""A bundle as bytes: JSON for people and tools, CBOR for QR codes and small links. Pure.

Both hold the same document. In CBOR, text that is `0x` and lower-case hexadecimal becomes a byte string, half the size; the way back is
exact, because no field has another spelling. CBOR is accepted only as deterministic encoding (RFC 8949 section 4.2), without tags.
Untrusted bytes enter here: sizes and depths are bounded before anything is built.
"""

import json
import re
from typing import Any, NoReturn

import cbor2

from oracle import strict_json
from oracle.bundle import Bundle
from oracle.bundle_json import from_json, to_json
from oracle.errors import MalformedDocumentError

MAX_BYTES = 32 * 1024 * 1024
"""Size of a file; a year of mainnet committees is 17 MB, a month of all readings at one a minute 5 MB."""
MAX_DEPTH = 24
"""Nesting of a document; an attestation inside a quorum needs 8, an event 9."""

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*", re.ASCII)
_CBOR_MAP = 5
"""The major type of a bundle in CBOR, in the upper bits of its first byte."""
_TAGS_OF_CBOR2 = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
"""Tags that cbor2 would turn into objects by itself; two of them make a small file into a huge document."""


def dumps_json(bundle: Bundle) -> bytes:
    """Returns the bundle as one line of JSON."""
    return json.dumps(to_json(bundle), separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def dumps_cbor(bundle: Bundle) -> bytes:
    """Returns the bundle as deterministic CBOR."""
    return cbor2.dumps(_to_cbor(to_json(bundle)), canonical=True)


def loads(data: bytes) -> Bundle:
    """Returns the bundle in a file of either kind; raises MalformedDocumentError for anything else. Call `verify` next."""
    return from_json(parse(data))


def parse(data: bytes) -> Any:
    """Returns the document in a file of either kind, still without shape.

    Raises:
        MalformedDocumentError: too large, too deep, a name twice in one object, not a number, or neither JSON nor deterministic CBOR.

    """
    if len(data) > MAX_BYTES:
        raise MalformedDocumentError("$", f"{len(data)} bytes, at most {MAX_BYTES}")
    first = data.lstrip()[:1]
    if not first:
        raise MalformedDocumentError("$", "the file is empty")
    if first == b"{":
        return strict_json.parse(data, depth=MAX_DEPTH)
    if data[0] >> 5 != _CBOR_MAP:
        raise MalformedDocumentError("$", "neither a JSON object nor a CBOR map")
    return _parse_cbor(data)


def _parse_cbor(data: bytes) -> Any:
    try:
        document = cbor2.loads(
            data,
            tag_hook=_refuse_tag,
            semantic_decoders=dict.fromkeys(_TAGS_OF_CBOR2, _refuse_tag),
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
        )
        converted = _from_cbor(document)
        # Written from what was read: so hexadecimal digits that came as text, twice as long, are another spelling too.
        deterministic = cbor2.dumps(_to_cbor(converted), canonical=True) == data
    except (ValueError, TypeError, RecursionError, cbor2.CBORError) as error:
        raise MalformedDocumentError("$", f"not CBOR: {error}") from error
    if not deterministic:
        raise MalformedDocumentError("$", "CBOR, but not in deterministic encoding")
    _bound(converted, MAX_DEPTH)
    return converted


def _refuse_tag(*_: object) -> NoReturn:
    raise ValueError("a tag, of which this format has none")


def _to_cbor(value: Any) -> Any:
    if isinstance(value, str):
        return bytes.fromhex(value[2:]) if _HEX.fullmatch(value) else value
    if isinstance(value, dict):
        return {name: _to_cbor(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_to_cbor(child) for child in value]
    return value


def _from_cbor(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise ValueError("a name that is no text")
        return {name: _from_cbor(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_from_cbor(child) for child in value]
    return value


def _bound(value: Any, left: int) -> None:
    if left == 0:
        raise MalformedDocumentError("$", f"nested deeper than {MAX_DEPTH}")
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        if isinstance(child, dict | list):
            _bound(child, left - 1)
