import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.chain import ChainRpc, Sent
from oracle.chain_settings import ChainSettings
from oracle.fees import FeeHistory
from oracle.publication import Inclusion
from oracle.publication_errors import RpcAnswerError, RpcRefusedError, RpcUnreachableError
from oracle.rpc_answers import MAX_BRACKETS, fee_history, quantity, receipt, result

HASH = b"\xaa" * 32
ADDRESS = b"\x11" * 20
RECEIPT = {
    "transactionHash": "0x" + HASH.hex(),
    "blockHash": "0x" + "0b" * 32,
    "blockNumber": "0x64",
    "status": "0x1",
    "gasUsed": "0xcf08",
    "logs": [],
}
T = TypeVar("T")
Answer = Callable[[dict[str, Any]], httpx.Response]
Question = Callable[[ChainRpc], Awaitable[Any]]


def ask(question: Callable[[ChainRpc], Awaitable[T]], answer: Answer) -> T:
    async def run() -> T:
        transport = httpx.MockTransport(lambda request: answer(json.loads(request.content)))
        async with httpx.AsyncClient(transport=transport) as client:
            return await question(ChainRpc(client, "http://127.0.0.1:8545", ChainSettings(max_response_bytes=10_000)))

    return asyncio.run(run())


def says(value: Any) -> Answer:
    return lambda question: httpx.Response(200, json={"jsonrpc": "2.0", "id": question["id"], "result": value})


def fails(message: str, code: int = -32000) -> Answer:
    return lambda question: httpx.Response(
        200, json={"jsonrpc": "2.0", "id": question["id"], "error": {"code": code, "message": message, "data": {"any": "thing"}}}
    )


# Questions


@pytest.mark.parametrize(
    ("question", "method", "params", "value", "meaning"),
    [
        (lambda c: c.chain_id(), "eth_chainId", [], "0x1", 1),
        (lambda c: c.block_number(), "eth_blockNumber", [], "0x0", 0),
        (lambda c: c.nonce(ADDRESS, "pending"), "eth_getTransactionCount", ["0x" + "11" * 20, "pending"], "0x10", 16),
        (lambda c: c.balance(ADDRESS), "eth_getBalance", ["0x" + "11" * 20, "latest"], "0xde0b6b3a7640000", 10**18),
        (lambda c: c.get_code(ADDRESS), "eth_getCode", ["0x" + "11" * 20, "latest"], "0x6001", b"\x60\x01"),
        (lambda c: c.call(ADDRESS, b"\x01"), "eth_call", [{"to": "0x" + "11" * 20, "data": "0x01"}, "latest"], "0x", b""),
        (lambda c: c.send_raw_transaction(b"\x02"), "eth_sendRawTransaction", ["0x02"], "0x" + "aa" * 32, Sent.TAKEN),
        (lambda c: c.receipt(HASH), "eth_getTransactionReceipt", ["0x" + "aa" * 32], None, None),
        (
            lambda c: c.receipt(HASH),
            "eth_getTransactionReceipt",
            ["0x" + "aa" * 32],
            RECEIPT,
            Inclusion(HASH, 100, b"\x0b" * 32, succeeded=True, gas_used=53_000),
        ),
        (
            lambda c: c.fee_history(2),
            "eth_feeHistory",
            ["0x2", "latest", [50]],
            {"baseFeePerGas": ["0x5", "0x6", "0x7"], "reward": [["0x1"], ["0x2"]], "gasUsedRatio": [0.5, 0.1], "oldestBlock": "0x1"},
            FeeHistory(7, (1, 2)),
        ),
        (lambda c: c.get_proof(ADDRESS, [HASH], 16), "eth_getProof", ["0x" + "11" * 20, ["0x" + "aa" * 32], "0x10"], {"a": 1}, {"a": 1}),
    ],
)
def test_asks_and_understands(
    question: Callable[[ChainRpc], Awaitable[Any]], method: str, params: list[Any], value: Any, meaning: Any
) -> None:
    def answer(asked: dict[str, Any]) -> httpx.Response:
        assert (asked["jsonrpc"], asked["method"], asked["params"]) == ("2.0", method, params)
        return says(value)(asked)

    assert ask(question, answer) == meaning


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("already known", Sent.TAKEN),  # geth
        ("AlreadyKnown", Sent.TAKEN),  # Nethermind
        ("Known transaction", Sent.TAKEN),  # Besu
        ("transaction already imported", Sent.TAKEN),  # anvil
        ("nonce too low: next nonce 5, tx nonce 4", Sent.NONCE_TOO_LOW),
        ("OldNonce, Current nonce: 5, nonce of rejected tx: 4", Sent.NONCE_TOO_LOW),
        ("Nonce below sender account nonce", Sent.NONCE_TOO_LOW),
        ("replacement transaction underpriced", Sent.UNDERPRICED),
        ("ReplacementNotAllowed", Sent.UNDERPRICED),
        ("transaction underpriced: tip needed 1, tip permitted 0", Sent.UNDERPRICED),
        ("max fee per gas less than block base fee: address 0x1", Sent.UNDERPRICED),
        ("FeeTooLow, MaxFeePerGas too low", Sent.UNDERPRICED),
        ("insufficient funds for gas * price + value: balance 0", Sent.UNFUNDED),
        ("Upfront cost exceeds account balance", Sent.UNFUNDED),
    ],
)
def test_understands_what_nodes_say_of_a_transaction(words: str, meaning: Sent) -> None:
    assert ask(lambda chain: chain.send_raw_transaction(b"\x02"), fails(words)) is meaning


def test_unknown_words_are_a_refusal() -> None:
    with pytest.raises(RpcRefusedError) as refusal:
        ask(lambda chain: chain.send_raw_transaction(b"\x02"), fails("x" * 10_00, -32003))
    assert refusal.value.code == -32003
    assert len(str(refusal.value)) < 300


# Refusals


@pytest.mark.parametrize("status", [301, 401, 404, 429, 500, 503])
def test_a_status_of_http_is_no_answer(status: int) -> None:
    with pytest.raises(RpcUnreachableError):
        ask(lambda chain: chain.chain_id(), lambda question: httpx.Response(status, headers={"location": "http://example.org"}))


def test_a_compressed_answer_is_refused() -> None:
    def answer(question: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, content=gzip.compress(b"[" * 100_000), headers={"content-encoding": "gzip"})

    with pytest.raises(RpcAnswerError, match="compressed"):
        ask(lambda chain: chain.chain_id(), answer)


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")])
def test_a_broken_connection_is_no_answer(error: httpx.HTTPError) -> None:
    def answer(question: dict[str, Any]) -> httpx.Response:
        raise error

    with pytest.raises(RpcUnreachableError) as refusal:
        ask(lambda chain: chain.chain_id(), answer)
    assert refusal.value.__cause__ is error


def test_an_answer_that_drips_is_given_up() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0)

    async def run() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, content=drip()))
        async with httpx.AsyncClient(transport=transport) as client:
            await ChainRpc(client, "http://127.0.0.1:8545", ChainSettings(timeout_seconds=0.01)).chain_id()

    with pytest.raises(RpcUnreachableError, match="no whole answer within"):
        asyncio.run(run())


def test_an_overlong_answer_is_not_read_to_its_end() -> None:
    with pytest.raises(RpcAnswerError, match="longer than"):
        ask(lambda chain: chain.chain_id(), says("0x" + "0" * 20_000))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b'{"jsonrpc":"2.0","id":2,"result":"0x1"}',
        b'{"jsonrpc":"2.0","id":null,"result":"0x1"}',
        b'{"jsonrpc":"2.0","id":1,"result":}',
        b'{"jsonrpc":"2.0","id":1,"error":"no object"}',
        b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * MAX_BRACKETS + b"]" * MAX_BRACKETS + b"}",
        b'{"jsonrpc":"2.0","id":1,"other":' + b"[" * (MAX_BRACKETS - 10) + b"}",
    ],
    ids=lambda body: f"{len(body)} bytes {body[:30]!r}",
)
def test_refuses_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(RpcAnswerError):
        result("eth_chainId", 1, body)


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_an_answer_or_refused(body: bytes) -> None:
    with pytest.raises(RpcAnswerError):
        result("eth_chainId", 1, body)


@pytest.mark.parametrize("value", [None, 1, True, "1", "0x", "0x01", "0X1", "0xG", "0x1 ", "-0x1", "0x" + "f" * 65, [], {}, "0x1\n"])
def test_refuses_what_is_no_quantity(value: Any) -> None:
    with pytest.raises(RpcAnswerError):
        quantity("eth_chainId", value)


@pytest.mark.parametrize(
    "change",
    [
        {"transactionHash": "0x" + "bb" * 32},
        {"transactionHash": None},
        {"blockNumber": None},
        {"blockNumber": 100},
        {"blockHash": "0x0b"},
        {"status": "0x2"},
        {"status": None},
        {"gasUsed": "53000"},
    ],
)
def test_refuses_a_receipt_that_is_malformed_or_anothers(change: dict[str, Any]) -> None:
    with pytest.raises(RpcAnswerError):
        receipt(RECEIPT | change, HASH)


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"baseFeePerGas": []},
        {"baseFeePerGas": ["0x1", "0x1", "0x1", "0x1"]},
        {"baseFeePerGas": ["0x1"], "reward": [[]]},
        {"baseFeePerGas": ["0x1"], "reward": [["0x1", "0x1"]]},
        {"baseFeePerGas": ["0x1"], "reward": [["0x1"]] * 3},
        {"baseFeePerGas": [1]},
        {"baseFeePerGas": ["0x1"], "reward": {"0": 1}},
    ],
)
def test_refuses_a_malformed_fee_history(value: Any) -> None:
    with pytest.raises(RpcAnswerError):
        fee_history(value, 2)


def test_a_chain_without_rewards_has_a_fee_history() -> None:
    assert fee_history({"baseFeePerGas": ["0x1", "0x2"], "reward": None}, 2) == FeeHistory(2, ())
