"""ABI words of static types, by hand: 32 bytes each, big-endian; and calldata, whose dynamic arguments stand behind the head. Pure.

Not a general ABI codec: leaves and statements are static tuples, and writing their words directly is ten times faster than eth_abi,
against which the tests compare every function. Specification: Solidity ABI, "Formal Specification of the Encoding".
"""

from dataclasses import dataclass

from oracle.errors import FieldRangeError
from oracle.keccak import keccak256

WORD = 32
"""Bytes in one ABI word."""

_HALF = 1 << 255


def uint(field: str, value: int, bits: int) -> bytes:
    """Returns the word of an unsigned integer; raises FieldRangeError if it does not fit `bits`."""
    if isinstance(value, bool) or not 0 <= value < 1 << bits:
        raise FieldRangeError(field, value, f"uint{bits}")
    return value.to_bytes(WORD, "big")


def int256(field: str, value: int) -> bytes:
    """Returns the word of a signed integer in two's complement; raises FieldRangeError if it does not fit."""
    if not -_HALF <= value < _HALF:
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


# Arguments of dynamic types: the head holds their offset, the tail what they are


@dataclass(frozen=True, slots=True)
class Dynamic:
    """An argument whose content stands behind the head."""

    content: bytes
    """Its encoding, a whole number of words."""


def dynamic_bytes(value: bytes) -> Dynamic:
    """Returns `bytes`, or a `string` in UTF-8: its length, then its content padded to whole words."""
    return Dynamic(len(value).to_bytes(WORD, "big") + value + bytes(-len(value) % WORD))


def dynamic_tuple(*parts: bytes | Dynamic) -> Dynamic:
    """Returns a struct that has a dynamic member."""
    return Dynamic(arguments(*parts))


def dynamic_list(*words: bytes) -> Dynamic:
    """Returns a list of static values."""
    return Dynamic(len(words).to_bytes(WORD, "big") + b"".join(words))


def arguments(*parts: bytes | Dynamic) -> bytes:
    """Returns the encoding of arguments in their order; each static one is given as its words."""
    offset = sum(WORD if isinstance(part, Dynamic) else len(part) for part in parts)
    head, tail = [], []
    for part in parts:
        if isinstance(part, Dynamic):
            head.append(offset.to_bytes(WORD, "big"))
            tail.append(part.content)
            offset += len(part.content)
        else:
            head.append(part)
    return b"".join(head + tail)


def call(signature: str, *parts: bytes | Dynamic) -> bytes:
    """Returns the calldata of a function: the four bytes that name it, then its arguments."""
    return keccak256(signature.encode())[:4] + arguments(*parts)
