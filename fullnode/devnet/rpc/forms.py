"""JSON values to bytes and integers, and back (execution-apis `base-types`, EIP-1474).

Pure. The one place where untrusted parameters become typed values; each parser raises InvalidParamsError naming what it refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from fullnode.devnet.rpc.errors import InvalidParamsError

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
    canonical: bool = False
    """Whether a hash must be of the canonical chain (EIP-1898)."""


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
        raise InvalidParamsError(f"invalid argument: {shown(value)} is not a hex quantity such as 0x1a")
    return int(value, 16)


def data(value: Any) -> bytes:
    """Returns DATA of any length."""
    if not isinstance(value, str) or not value.startswith("0x") or len(value) % 2 or not _HEX.issuperset(value[2:]):
        raise InvalidParamsError(f"invalid argument: {shown(value)} is not hex data such as 0x00ff")
    return bytes.fromhex(value[2:])


def _sized(size: int, name: str) -> Callable[[Any], bytes]:
    def parse(value: Any) -> bytes:
        parsed = data(value)
        if len(parsed) != size:
            raise InvalidParamsError(f"invalid argument: {shown(value)} is not {name} of {size} bytes")
        return parsed

    return parse


address = _sized(20, "an address")
hash32 = _sized(32, "a hash")


def slot(value: Any) -> tuple[bytes, bool]:
    """Returns a storage slot as 32 bytes, and whether it was given in full length, which the answer repeats (geth's rule)."""
    if not isinstance(value, str) or not value.startswith("0x") or not 3 <= len(value) <= 66 or not _HEX.issuperset(value[2:]):
        raise InvalidParamsError(f"invalid argument: {shown(value)} is not a storage key of at most 32 bytes")
    return int(value, 16).to_bytes(32, "big"), len(value) == 66


def slots(value: Any) -> tuple[tuple[bytes, bool], ...]:
    """Returns a list of storage slots."""
    return tuple(slot(item) for item in list_of(value))


def flag(value: Any) -> bool:
    """Returns a boolean."""
    if not isinstance(value, bool):
        raise InvalidParamsError(f"invalid argument: {shown(value)} is not true or false")
    return value


def block(value: Any) -> BlockRef:
    """Returns the block a tag, a number, a hash or an object (EIP-1898) names."""
    if value is None:
        return LATEST
    if isinstance(value, dict):
        if ("blockHash" in value) == ("blockNumber" in value):
            raise InvalidParamsError("invalid argument: a block object has either blockHash or blockNumber")
        if "blockHash" in value:
            return BlockRef(hash=hash32(value["blockHash"]), canonical=flag(value.get("requireCanonical", False)))
        return block(value["blockNumber"])
    if isinstance(value, str) and value in TAGS:
        return BlockRef(tag=value)
    if isinstance(value, str) and len(value) == 66:
        return BlockRef(hash=hash32(value))
    return BlockRef(number=quantity(value))


def percentiles(value: Any) -> tuple[float, ...]:
    """Returns ascending percentiles, each 0 to 100."""
    items = list_of(value)
    good = all(isinstance(item, int | float) and not isinstance(item, bool) and 0 <= item <= 100 for item in items)
    if not good or list(items) != sorted(items) or len(items) > 100:
        raise InvalidParamsError("invalid argument: percentiles are at most 100 ascending numbers from 0 to 100")
    return tuple(float(item) for item in items)


def count(value: Any) -> int:
    """Returns a number of blocks, as a QUANTITY or as web3 sends it, a plain integer."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return quantity(value)


def object_of(value: Any) -> dict[str, Any]:
    """Returns an object."""
    if not isinstance(value, dict):
        raise InvalidParamsError(f"invalid argument: {shown(value)} is not an object")
    return value


def list_of(value: Any) -> list[Any]:
    """Returns a list of bounded length."""
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise InvalidParamsError(f"invalid argument: {shown(value)} is not a list of at most {MAX_LIST}")
    return value


def shown(value: Any) -> str:
    """Returns a value as a message shows it, shortened."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
