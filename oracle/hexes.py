"""Hexadecimal text in its one accepted form: `0x`, lower case, even; addresses with the checksum of EIP-55. Pure.

One form only, because a verifier that accepts two spellings of the same bytes lets a file be altered without anyone noticing.
"""

import re
from collections.abc import Iterable, Sequence
from struct import unpack

from oracle.errors import MalformedDocumentError, shorten
from oracle.keccak import keccak256

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def to_hex(data: bytes) -> str:
    """Returns the bytes as `0x` and lower-case digits."""
    return f"0x{data.hex()}"


def to_hexes(values: Iterable[bytes], length: int) -> list[str]:
    """Returns what `to_hex` returns for each of many byte strings of one length."""
    return [f"0x{digits}" for digits in b"".join(values).hex(" ", length).split()]


def from_hex(path: str, value: object, *, length: int | None = None, limit: int | None = None) -> bytes:
    """Returns the bytes; raises MalformedDocumentError naming `path` for any other spelling, `length` or more than `limit` bytes."""
    if not isinstance(value, str):
        raise MalformedDocumentError(path, f"expected 0x and lower-case hexadecimal digits, got {shorten(value)}")
    try:
        data = bytes.fromhex(value[2:])
    except ValueError:
        data = b""
    # Written again and compared: faster than a pattern, and nothing that fromhex lets pass, such as spaces, is left.
    if f"0x{data.hex()}" != value:
        raise MalformedDocumentError(path, f"expected 0x and lower-case hexadecimal digits, got {shorten(value)}")
    if length is not None and len(data) != length:
        raise MalformedDocumentError(path, f"{len(data)} bytes, expected {length}")
    if limit is not None and len(data) > limit:
        raise MalformedDocumentError(path, f"{len(data)} bytes, at most {limit}")
    return data


def from_hexes(path: str, values: Sequence[str], length: int) -> tuple[bytes, ...]:
    """Returns many byte strings of one length; raises what `from_hex` raises for the first that is none."""
    text = "".join(values)
    try:
        joined = bytes.fromhex(text.replace("0x", ""))
    except ValueError:
        joined = b""
    # All of one length, and written again as one text: then each is in its one form.
    if {len(value) for value in values} != {2 + 2 * length} or "0x" + joined.hex("x", length).replace("x", "0x") != text:
        return tuple(from_hex(path, value, length=length) for value in values)
    return unpack(f"{length}s" * len(values), joined)


def to_checksum(address: bytes) -> str:
    """Returns the address with the checksum of EIP-55."""
    digits = address.hex()
    marks = keccak256(digits.encode()).hex()
    return "0x" + "".join([digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False)])


def from_checksum(path: str, value: object) -> bytes:
    """Returns the address; raises MalformedDocumentError naming `path` unless it is spelled with its EIP-55 checksum."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise MalformedDocumentError(path, f"expected an address, got {shorten(value)}")
    address = bytes.fromhex(value[2:])
    if to_checksum(address) != value:
        raise MalformedDocumentError(path, f"address {value} lacks its EIP-55 checksum, expected {to_checksum(address)}")
    return address
