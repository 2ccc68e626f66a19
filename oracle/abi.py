"""ABI words of static types, by hand: 32 bytes each, big-endian. Pure.

Not a general ABI codec: leaves and statements are static tuples, and writing their words directly is ten times faster than eth_abi,
against which the tests compare every function. Specification: Solidity ABI, "Formal Specification of the Encoding".
"""

from oracle.errors import FieldRangeError

WORD = 32
"""Bytes in one ABI word."""


def uint(field: str, value: int, bits: int) -> bytes:
    """Returns the word of an unsigned integer; raises FieldRangeError if it does not fit `bits`."""
    if isinstance(value, bool) or not 0 <= value < 1 << bits:
        raise FieldRangeError(field, value, f"uint{bits}")
    return value.to_bytes(WORD, "big")


def int256(field: str, value: int) -> bytes:
    """Returns the word of a signed integer in two's complement; raises FieldRangeError if it does not fit."""
    if not -(1 << 255) <= value < 1 << 255:
        raise FieldRangeError(field, value, "int256")
    return value.to_bytes(WORD, "big", signed=True)


def bytes32(field: str, value: bytes) -> bytes:
    """Returns the word of a bytes32; raises FieldRangeError for any other length."""
    if len(value) != WORD:
        raise FieldRangeError(field, value, "bytes32")
    return value


def address(field: str, value: bytes) -> bytes:
    """Returns the word of an address; raises FieldRangeError unless it is 20 bytes long."""
    if len(value) != 20:
        raise FieldRangeError(field, value, "address")
    return bytes(12) + value
