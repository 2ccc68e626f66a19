from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullnode.devnet.rpc import forms, queries
from fullnode.devnet.rpc.errors import InvalidParamsError
from fullnode.devnet.rpc.forms import BlockRef

HASH = "0x" + "ab" * 32
ADDRESS = "0x" + "cd" * 20
SCALARS = st.none() | st.booleans() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("latest", BlockRef(tag="latest")),
        (None, BlockRef(tag="latest")),
        ("0x10", BlockRef(number=16)),
        (HASH, BlockRef(hash=b"\xab" * 32)),
        ({"blockNumber": "0x10"}, BlockRef(number=16)),
        ({"blockNumber": "safe"}, BlockRef(tag="safe")),
        ({"blockHash": HASH, "requireCanonical": True}, BlockRef(hash=b"\xab" * 32, canonical=True)),
    ],
)
def test_blocks_are_named_in_every_form(value: Any, meant: BlockRef) -> None:
    assert forms.block(value) == meant


REFUSED: list[tuple[Any, list[Any]]] = [
    (forms.quantity, ["", "0x", "10", "0xg", "0x" + "1" * 65, 1, None, "-0x1", "0x_1", "0x1 "]),
    (forms.data, ["", "0x1", "00", "0xgg", 1, None, "0x 1"]),
    (forms.address, ["0x", HASH, ADDRESS[:-1]]),
    (forms.hash32, ["0x", ADDRESS]),
    (forms.slot, ["0x", "0", HASH + "0", 1]),
    (forms.flag, [0, "true", None]),
    (forms.block, ["newest", {}, {"blockHash": HASH, "blockNumber": "0x1"}, {"blockHash": HASH, "requireCanonical": 1}, 1, []]),
    (forms.percentiles, [[2, 1], [-1], [101], ["1"], [True], 1, [float("nan")]]),
    (forms.count, [-1, True, "1"]),
    (queries.call, [[], {"to": "0x1"}, {"data": "0x1"}, {"data": "0x", "input": "0x00"}, {"gas": "1"}, {"accessList": [1]}]),
    (forms.slots, ["0x", [1], ["0x0"] * 1025]),
]


@pytest.mark.parametrize(("parse", "value"), [(parse, value) for parse, values in REFUSED for value in values])
def test_what_is_malformed_is_refused(parse: Any, value: Any) -> None:
    with pytest.raises(InvalidParamsError):
        parse(value)


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c), max_leaves=8)
)
def test_any_json_is_parsed_or_refused(value: Any) -> None:
    for parse, _ in REFUSED:
        try:
            parse(value)
        except InvalidParamsError as error:
            assert len(error.message) < 300  # noqa: PT017  (both outcomes are fine, anything else is not)


def test_a_slot_remembers_how_it_was_given() -> None:
    assert forms.slot("0x1") == ((1).to_bytes(32, "big"), False)
    assert forms.slot(HASH) == (b"\xab" * 32, True)


def test_a_call_object_is_read() -> None:
    call = queries.call(
        {"from": ADDRESS, "to": None, "value": "0x1", "gas": "0x5208", "maxFeePerGas": "0x2", "input": "0xff", "nonce": "0x9"}
    )
    assert (call.sender, call.to, call.value, call.gas, call.gas_price, call.data) == (b"\xcd" * 20, None, 1, 21_000, 2, b"\xff")
    listed = queries.call({"to": ADDRESS, "accessList": [{"address": ADDRESS, "storageKeys": [HASH]}]})
    assert listed.access_list == ((b"\xcd" * 20, (b"\xab" * 32,)),)
