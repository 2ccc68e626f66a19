"""The reading leaf: how one reading enters a Merkle tree. Pure.

leaf = keccak256(keccak256(abi.encode(bytes32 device, bytes32 quantity, int256 value, uint64 time, uint64 sequence, bytes32 evidence)))
with device and quantity as keccak256 of their names, value in fixed point 1e-9, time in milliseconds, evidence as sha256 of the payload
as received. Unit and quality do not enter: a leaf speaks of what the device sent, and the evidence hash covers the whole payload.
"""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from oracle import abi
from oracle.errors import UnprovableValueError
from oracle.keccak import keccak256, keccak_of_name

DECIMALS = 9
"""Digits after the point: 1e-9 keeps every sensor's resolution and 57 digits before the point."""
NO_SEQUENCE = (1 << 64) - 1
"""Stands for a device without a counter. Not 0, which is what counters start with."""

_CACHED_VALUES = 4096
"""A sensor's readings repeat: a month of temperatures has a few hundred distinct values."""
_LIMIT = Decimal((1 << 255) - 1).scaleb(-DECIMALS, Context(prec=100))
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""100 digits hold every int256, so nothing but the last step rounds."""


def fixed_point(value: object) -> int:
    """Returns the value in units of 1e-9, rounded half to even from its shortest decimal form; true is 1 and false is 0.

    The shortest decimal form (repr) is what the device's JSON said; the binary expansion of 0.1 is not.

    Raises:
        UnprovableValueError: text, bytes, not a number, infinite, or beyond int256.

    """
    if isinstance(value, bool):
        return 10**DECIMALS if value else 0
    if not isinstance(value, (int, float)):
        raise UnprovableValueError(value, f"it is {type(value).__name__}, not a number")
    if not math.isfinite(value):
        raise UnprovableValueError(value, "it is not finite")
    return _fixed_point(value)


@lru_cache(maxsize=_CACHED_VALUES)
def _fixed_point(value: float) -> int:
    decimal = Decimal(repr(value))
    if abs(decimal) > _LIMIT:
        raise UnprovableValueError(value, "it is beyond int256 in units of 1e-9")
    return int(decimal.scaleb(DECIMALS, _EXACT).to_integral_value(ROUND_HALF_EVEN, _EXACT))


@lru_cache(maxsize=_CACHED_VALUES)
def canonical_value(value: float) -> float:
    """Returns the number that stands for every value with the same leaf: the float nearest to its fixed point.

    `fixed_point(canonical_value(x)) == fixed_point(x)` for every x that has a fixed point.
    """
    return float(Decimal(fixed_point(value)).scaleb(-DECIMALS, _EXACT))


def reading_leaf(*, device: str, quantity: str, value: object, time_ms: int, sequence: int | None, evidence: bytes) -> bytes:
    """Returns the leaf of one reading, 32 bytes.

    Raises:
        UnprovableValueError: the value has no fixed point.
        FieldRangeError: time, sequence or evidence does not fit its ABI type.

    """
    words = (
        keccak_of_name(device),
        keccak_of_name(quantity),
        abi.int256("value", fixed_point(value)),
        abi.uint("time", time_ms, 64),
        abi.uint("sequence", NO_SEQUENCE if sequence is None else sequence, 64),
        abi.bytes32("evidence", evidence),
    )
    return keccak256(keccak256(b"".join(words)))
