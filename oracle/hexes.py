"""Hexadecimal text in its one accepted form: `0x`, lower case, even; addresses with the checksum of EIP-55. Pure.

One form only, because a verifier that accepts two spellings of the same bytes lets a file be altered without anyone noticing.
"""

import re

from oracle.errors import MalformedDocumentError, shorten
from oracle.keccak import keccak256

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def to_hex(data: bytes) -> str:
    """Returns the bytes as `0x` and lower-case digits."""
    return f"0x{data.hex()}"


def from_hex(path: str, value: object, *, length: int | None = None, limit: int | None = None) -> bytes:
    """Returns the bytes; raises MalformedDocumentError naming `path` for any other spelling, `length` or more than `limit` bytes."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise MalformedDocumentError(path, f"expected 0x and lower-case hexadecimal digits, got {shorten(value)}")
    size = len(value) // 2 - 1
    if length is not None and size != length:
        raise MalformedDocumentError(path, f"{size} bytes, expected {length}")
    if limit is not None and size > limit:
        raise MalformedDocumentError(path, f"{size} bytes, at most {limit}")
    return bytes.fromhex(value[2:])


def to_checksum(address: bytes) -> str:
    """Returns the address with the checksum of EIP-55."""
    digits = address.hex()
    marks = keccak256(digits.encode()).hex()
    return "0x" + "".join(digit.upper() if int(mark, 16) >= 8 else digit for digit, mark in zip(digits, marks, strict=False))


def from_checksum(path: str, value: object) -> bytes:
    """Returns the address; raises MalformedDocumentError naming `path` unless it is spelled with its EIP-55 checksum."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise MalformedDocumentError(path, f"expected an address, got {shorten(value)}")
    address = bytes.fromhex(value[2:])
    if to_checksum(address) != value:
        raise MalformedDocumentError(path, f"address {value} lacks its EIP-55 checksum, expected {to_checksum(address)}")
    return address
