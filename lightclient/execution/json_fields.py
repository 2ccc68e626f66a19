"""Reads fields of JSON-RPC answers into bytes and ints, refusing by field name what is not of its form."""

from collections.abc import Mapping
from typing import Any

from lightclient.execution.errors import MalformedAnswer

_HEX = frozenset("0123456789abcdefABCDEF")


def get(answer: Mapping[str, Any], field: str) -> Any:
    """Returns a field that must be there."""
    if not isinstance(answer, Mapping):
        raise MalformedAnswer(field, "it should be in an object, which is missing")
    if field not in answer:
        raise MalformedAnswer(field, "missing")
    return answer[field]


def mapping(value: Any, field: str) -> Mapping[str, Any]:
    """Returns an object."""
    if not isinstance(value, Mapping):
        raise MalformedAnswer(field, "not an object")
    return value


def data(value: Any, field: str, *, length: int | None = None, max_length: int = 4096) -> bytes:
    """Returns the bytes of 0x-prefixed hexadecimal; `length` demands exactly so many, `max_length` bounds the rest."""
    digits = _digits(value, field, 2 * (max_length if length is None else length))
    try:
        result = bytes.fromhex(digits)
    except ValueError:
        raise MalformedAnswer(field, f"{value[:40]!r} is not hexadecimal of whole bytes") from None
    if 2 * len(result) != len(digits):  # white space, which Python skips
        raise MalformedAnswer(field, f"{value[:40]!r} has white space in it")
    if length is not None and len(result) != length:
        raise MalformedAnswer(field, f"{len(result)} bytes instead of {length}")
    return result


def quantity(value: Any, field: str, *, bits: int = 256) -> int:
    """Returns an unsigned integer written in hexadecimal; leading zeros, which some servers write, are tolerated."""
    digits = _digits(value, field, 64)
    if not _HEX.issuperset(digits):
        raise MalformedAnswer(field, f"{value[:40]!r} is not hexadecimal")
    result = int(digits or "0", 16)
    if result >> bits:
        raise MalformedAnswer(field, f"{value} does not fit {bits} bits")
    return result


def _digits(value: Any, field: str, limit: int) -> str:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise MalformedAnswer(field, f"{str(value)[:40]!r} is not 0x-prefixed hexadecimal")
    if len(value) - 2 > limit:
        raise MalformedAnswer(field, f"{len(value) - 2} digits where at most {limit} may be")
    return value[2:]
