"""Whatever callers ask and whatever endpoints answer: a result, or a refusal with a name; never a defect, never a crash."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightclient.rpc.methods import METHODS
from tests.fullnode.execution.builders import deploy, make_chain, signed
from tests.fullnode.execution.contract import GET, SET, word
from tests.lightclient.rpc.stage import Stage

HEX = st.one_of(
    st.sampled_from(
        ["0x", "0x0", "0x1", "0x" + "11" * 20, "0x" + "22" * 32, "latest", "finalized", "pending", "earliest", "0x" + "f" * 64]
    ),
    st.text(max_size=8),
)
LEAF = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), HEX)
NAMES = st.sampled_from(
    ["to", "from", "data", "input", "gas", "value", "address", "topics", "fromBlock", "toBlock", "blockHash", "accessList"]
)
JSON = st.recursive(LEAF, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)), max_leaves=8)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def told() -> Iterator[Stage]:
    """A chain with a contract, a log and a transfer, and what an honest server says of it."""
    chain = make_chain()
    contract = deploy(chain, chain.accounts[0])
    stage = Stage(chain)
    chain.submit(signed(chain.accounts[0], 1, to=contract, value=0, gas=100_000, data=SET + word(5)))
    chain.submit(signed(chain.accounts[1], 0))
    stage.mine()
    yield stage
    stage.close()


def questions(stage: Stage) -> list[tuple[str, list[Any]]]:
    contract, block = stage.chain.at(1).receipts[0].contract_address, stage.chain.head
    assert contract is not None
    to, sent = "0x" + contract.hex(), "0x" + block.receipts[0].transaction.hash.hex()
    return [
        ("eth_getBalance", [to]),
        ("eth_getStorageAt", [to, "0x0"]),
        ("eth_getCode", [to]),
        ("eth_getProof", [to, ["0x0", "0x1"], "latest"]),
        ("eth_getBlockByNumber", ["latest", True]),
        ("eth_getBlockReceipts", ["latest"]),
        ("eth_getTransactionByHash", [sent]),
        ("eth_getTransactionReceipt", [sent]),
        ("eth_getLogs", [{"address": to, "fromBlock": "0x0"}]),
        ("eth_call", [{"to": to, "data": "0x" + GET.hex()}]),
        ("eth_feeHistory", ["0x2", "latest", [50]]),
        ("eth_gasPrice", []),
        ("eth_sendRawTransaction", ["0x" + signed(stage.chain.accounts[2], 0).hex()]),
    ]


@QUICK
@given(method=st.sampled_from(sorted(METHODS)), params=st.one_of(st.lists(JSON, max_size=4), JSON))
def test_no_question_finds_a_defect(told: Stage, method: str, params: Any) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    answer = told.post(body).json()
    assert answer["verified"]["by"] != "InternalError", answer


def _twist(value: Any, path: list[int], other: Any) -> Any:
    """The value with one part of it, found by walking the path, replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return other
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    value[key] = _twist(value[key], path[1:], other)
    return value


@QUICK
@given(number=st.integers(0, 12), path=st.lists(st.integers(0, 50), max_size=4), other=JSON, touched=st.integers(0, 3))
def test_no_answer_finds_a_defect_or_becomes_another_result(told: Stage, number: int, path: list[int], other: Any, touched: int) -> None:
    method, params = questions(told)[number]
    stage = Stage(told.chain)
    true = stage.servers[0].endpoint.ask
    expected = stage.raw(method, *params).get("result") if method not in {"eth_gasPrice", "eth_feeHistory"} else None
    calls = 0

    async def twisted(method: str, *params: Any) -> Any:
        nonlocal calls
        calls += 1
        answer = await true(method, *params)
        return _twist(copy.deepcopy(answer), path, other) if calls > touched else answer

    fresh = Stage(told.chain)
    fresh.servers[0].endpoint.ask = twisted  # type: ignore[method-assign]
    answer = fresh.raw(method, *params)
    assert answer["verified"]["by"] != "InternalError", answer
    if answer["verified"]["status"] == "verified" and "result" in answer and expected is not None:
        assert answer["result"] == expected or method == "eth_getProof"
    for one in (stage, fresh):
        one.close()
