import math
from decimal import Decimal
from typing import Any

import eth_abi
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oracle.errors import FieldRangeError, UnprovableValueError
from oracle.keccak import keccak256
from oracle.leaves import NO_SEQUENCE, canonical_value, fixed_point, reading_leaf

TYPES = ["bytes32", "bytes32", "int256", "uint64", "uint64", "bytes32"]
U64 = st.integers(0, 2**64 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e60, max_value=1e60)


@given(
    device=st.text(), quantity=st.text(), value=FINITE, time_ms=U64, sequence=st.none() | U64, evidence=st.binary(min_size=32, max_size=32)
)
def test_a_leaf_is_the_double_hash_of_eth_abi(
    *, device: str, quantity: str, value: float, time_ms: int, sequence: int | None, evidence: bytes
) -> None:
    fields = (
        keccak256(device.encode()),
        keccak256(quantity.encode()),
        fixed_point(value),
        time_ms,
        NO_SEQUENCE if sequence is None else sequence,
        evidence,
    )
    expected = keccak256(keccak256(eth_abi.encode(TYPES, fields)))  # type: ignore[attr-defined]
    leaf = reading_leaf(device=device, quantity=quantity, value=value, time_ms=time_ms, sequence=sequence, evidence=evidence)
    assert leaf == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, 100_000_000),
        (-18.25, -18_250_000_000),
        (4, 4_000_000_000),
        (True, 1_000_000_000),
        (False, 0),
        (5e-10, 0),
        (1.5e-9, 2),
        (2.5e-9, 2),
        (-1.5e-9, -2),
        (1e300 * 0, 0),
        (-0.0, 0),
    ],
)
def test_fixed_point_rounds_half_to_even(value: float, expected: int) -> None:
    assert fixed_point(value) == expected


@given(FINITE)
@example(5000000.1234567894)
@example(9007199.254740993)
@example(1e-9)
def test_the_canonical_value_has_the_same_leaf(value: float) -> None:
    assert fixed_point(canonical_value(value)) == fixed_point(value)
    assert abs(Decimal(fixed_point(value)).scaleb(-9) - Decimal(repr(value))) <= Decimal("5e-10")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e70, 10**70, "4.2", b"\x89PNG", None])
def test_what_is_no_finite_number_is_refused(value: Any) -> None:
    with pytest.raises(UnprovableValueError):
        fixed_point(value)


@pytest.mark.parametrize("wrong", [{"time_ms": -1}, {"time_ms": 2**64}, {"sequence": -1}, {"sequence": 2**64}, {"evidence": b""}])
def test_a_field_beyond_its_type_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(FieldRangeError):
        reading_leaf(**{"device": "d", "quantity": "q", "value": 1.0, "time_ms": 0, "sequence": 0, "evidence": bytes(32), **wrong})
