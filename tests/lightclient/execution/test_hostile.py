"""Whatever a server sends, it is either proven or refused on purpose: no other error, and no guess."""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightclient.errors import LightClientError
from lightclient.execution.blocks import verify_block, verify_chain, verify_withdrawals
from lightclient.execution.header import header_from_json, header_from_rlp
from lightclient.execution.history import HISTORY_ADDRESS, verify_history
from lightclient.execution.logs import LogFilter, check_logs_answer, complete_logs, parse_filter
from lightclient.execution.payload import verify_payload
from lightclient.execution.proof import verify_proof_answer
from lightclient.execution.receipt import decode_receipt
from lightclient.execution.receipts import check_receipt, verify_receipts
from lightclient.execution.transactions import decode_pooled_transaction, transaction_from_json, verify_transactions
from tests.lightclient.execution.chain import recorded, stored_chain, tohex, unhex

NAMES = st.sampled_from([
    "hash", "number", "logs", "topics", "data", "transactions", "type", "status", "address", "accessList", "storageProof", "key", "proof"
])  # fmt: skip
TEXT = st.one_of(
    st.text(max_size=8), st.binary(max_size=40).map(lambda data: f"0x{data.hex()}"), st.sampled_from(["0x", "0x0", "0X1", "0xg", "-1"])
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | TEXT
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXT, inner, max_size=4), max_leaves=8)


@cache
def readers() -> dict[str, tuple[Callable[[Any], Any], Any]]:
    """Each way in, with an honest answer for it."""
    server, contract = stored_chain()
    header, head, block = server.header(3), server.header(8), server.block(3)
    transactions = verify_transactions(block["transactions"], header)
    receipts = verify_receipts(server.receipts(3), header, transactions)
    known = {header.block_hash: transactions}
    logs = complete_logs(LogFilter(), 3, 3, [header], {header.block_hash: server.receipts(3)}, known)
    address = tohex(contract)
    zero = tohex(bytes(32))
    payload = recorded("mainnet", "capella", "blocks", "7109344.json")["data"]["message"]["body"]["execution_payload"]
    payload = payload | {"transactions": payload["transactions"][:1]}
    return {
        "block": (lambda answer: verify_block(answer, header.block_hash), block),
        "header": (header_from_json, block),
        "chain": (lambda answer: verify_chain([answer], server.header(4)), block),
        "transaction": (transaction_from_json, block["transactions"][2]),
        "transactions": (lambda answer: verify_transactions(answer, header), block["transactions"]),
        "receipts": (lambda answer: verify_receipts(answer, header, transactions), server.receipts(3)),
        "receipt": (lambda answer: check_receipt(answer, receipts[4], header), server.receipts(3)[4]),
        "complete logs": (
            lambda answer: complete_logs(LogFilter(), 3, 3, [header], {header.block_hash: answer}, known),
            server.receipts(3),
        ),
        "logs": (lambda answer: check_logs_answer(answer, logs), server.ask("eth_getLogs", {"fromBlock": "0x3", "toBlock": "0x3"})),
        "filter": (parse_filter, {"address": [address], "topics": [zero, None]}),
        "withdrawals": (lambda answer: verify_withdrawals(answer, head.withdrawals_root or b""), []),
        "history": (lambda answer: verify_history(answer, 0, head), server.ask("eth_getProof", tohex(HISTORY_ADDRESS), [zero], "0x8")),
        "proof": (
            lambda answer: verify_proof_answer(answer, state_root=head.state_root, address=contract, keys=[bytes(32)]),
            server.ask("eth_getProof", address, [zero], "0x8"),
        ),
        "payload": (lambda answer: verify_payload(answer, unhex(payload["block_hash"])), payload),
    }


WAYS_IN = list(readers())


def refuses_garbage(way: str, answer: Any) -> None:
    read, _ = readers()[way]
    try:
        read(answer)
    except LightClientError:
        return
    assert way in {"filter", "withdrawals"}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, entry in inner for found in places(entry, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    result = copy.copy(value)
    result[path[0]] = replaced(value[path[0]], path[1:], other)
    return result


def refuses_what_is_replaced(way: str, data: st.DataObject) -> None:
    read, honest = readers()[way]
    expected = None if way == "payload" else read(honest)
    answer = replaced(honest, data.draw(st.sampled_from(places(honest))), data.draw(JSON))
    try:
        found = read(answer)
    except LightClientError:
        return
    # What nothing commits to (a size, a hash that is computed anyway) may change; what is proven may not.
    assert found == expected or way in {"filter", "header", "transaction"}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\1", b"\2", b"\3", b"\4", b"\x02\xf8", b"\xf8\xff"]))
def test_garbage_bytes_are_refused_on_purpose(tail: bytes, head: bytes) -> None:
    for read in (decode_pooled_transaction, decode_receipt, header_from_rlp):
        with pytest.raises(LightClientError):
            read(head + tail)


@settings(max_examples=60, deadline=None)
@given(way=st.sampled_from(WAYS_IN), answer=JSON)
def test_garbage_is_refused_on_purpose(way: str, answer: Any) -> None:
    refuses_garbage(way, answer)


@settings(max_examples=100, deadline=None)
@given(way=st.sampled_from(WAYS_IN), data=st.data())
def test_an_honest_answer_with_one_value_replaced_is_refused_or_changes_nothing(way: str, data: st.DataObject) -> None:
    refuses_what_is_replaced(way, data)


@pytest.mark.slow
@pytest.mark.arithmetic
@pytest.mark.parametrize("way", WAYS_IN)
@settings(max_examples=1500, deadline=None)
@given(answer=JSON, data=st.data())
def test_both_for_longer(way: str, answer: Any, data: st.DataObject) -> None:
    refuses_garbage(way, answer)
    refuses_what_is_replaced(way, data)
