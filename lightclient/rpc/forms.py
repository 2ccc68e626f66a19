"""JSON parameters of strangers to bytes and integers, and back (execution-apis `base-types`, EIP-1474, EIP-1898).

Pure. The one place where parameters become typed values; each parser raises InvalidParameter naming what it refused.
"""

from dataclasses import dataclass
from typing import Any, Final

from lightclient.rpc.errors import InvalidParameter

TAGS: Final = frozenset({"latest", "pending", "safe", "finalized", "earliest"})
"""Names of blocks."""

MAX_LIST: Final = 1024
"""Longest list in a parameter."""

_HEX: Final = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class BlockRef:
    """Which block is meant: exactly one of the three."""

    tag: str | None = None
    """One of TAGS."""
    number: int | None = None
    """Height."""
    hash: bytes | None = None
    """Hash, 32 bytes."""


LATEST: Final = BlockRef(tag="latest")
"""What is meant where no block is named."""


def hex_quantity(value: int) -> str:
    """Returns the integer as a QUANTITY."""
    return hex(value)


def hex_data(value: bytes) -> str:
    """Returns the bytes as DATA."""
    return "0x" + value.hex()


def quantity(value: Any) -> int:
    """Returns a QUANTITY of at most 256 bits; leading zeros are forgiven, as clients send them."""
    if not isinstance(value, str) or not value.startswith("0x") or not 3 <= len(value) <= 66 or not _HEX.issuperset(value[2:]):
        raise InvalidParameter(value, "a hexadecimal quantity such as 0x1a")
    return int(value, 16)


def count(value: Any) -> int:
    """Returns a number of blocks, as a QUANTITY or, as web3.py sends it, a plain integer."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return value
    return quantity(value)


def data(value: Any) -> bytes:
    """Returns DATA of any length; the length of the whole request bounds it."""
    if not isinstance(value, str) or not value.startswith("0x") or len(value) % 2 or not _HEX.issuperset(value[2:]):
        raise InvalidParameter(value, "hexadecimal data such as 0x00ff")
    return bytes.fromhex(value[2:])


def address(value: Any) -> bytes:
    """Returns an address, 20 bytes, in any case of letters."""
    return _sized(value, 20, "an address of 20 bytes")


def hash32(value: Any) -> bytes:
    """Returns a hash, 32 bytes."""
    return _sized(value, 32, "a hash of 32 bytes")


def slot(value: Any) -> bytes:
    """Returns a storage key as 32 bytes, whether written short or long."""
    if not isinstance(value, str) or not value.startswith("0x") or not 3 <= len(value) <= 66 or not _HEX.issuperset(value[2:]):
        raise InvalidParameter(value, "a storage key of at most 32 bytes")
    return int(value, 16).to_bytes(32, "big")


def slots(value: Any) -> tuple[bytes, ...]:
    """Returns a list of storage keys."""
    return tuple(slot(item) for item in list_of(value))


def flag(value: Any) -> bool:
    """Returns a boolean."""
    if not isinstance(value, bool):
        raise InvalidParameter(value, "true or false")
    return value


def block(value: Any) -> BlockRef:
    """Returns the block that a tag, a number, a hash or an object (EIP-1898) names; only canonical ones are served, demanded or not."""
    if isinstance(value, dict):
        if ("blockHash" in value) == ("blockNumber" in value):
            raise InvalidParameter(value, "a block object with either blockHash or blockNumber")
        return BlockRef(hash=hash32(value["blockHash"])) if "blockHash" in value else BlockRef(number=quantity(value["blockNumber"]))
    if isinstance(value, str) and value in TAGS:
        return BlockRef(tag=value)
    if isinstance(value, str) and len(value) == 66:
        return BlockRef(hash=hash32(value))
    return BlockRef(number=quantity(value))


def percentiles(value: Any) -> tuple[float, ...]:
    """Returns at most 100 ascending percentiles, each 0 to 100."""
    items = list_of(value)
    good = all(isinstance(item, int | float) and not isinstance(item, bool) and 0 <= item <= 100 for item in items)
    if not good or len(items) > 100 or list(items) != sorted(items):
        raise InvalidParameter(value, "at most 100 ascending numbers from 0 to 100")
    return tuple(float(item) for item in items)


def object_of(value: Any) -> dict[str, Any]:
    """Returns an object."""
    if not isinstance(value, dict):
        raise InvalidParameter(value, "an object")
    return value


def list_of(value: Any) -> list[Any]:
    """Returns a list of bounded length."""
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise InvalidParameter(value, f"a list of at most {MAX_LIST}")
    return value


def _sized(value: Any, size: int, expected: str) -> bytes:
    if not isinstance(value, str) or len(value) != 2 + 2 * size:
        raise InvalidParameter(value, expected)
    return data(value)
