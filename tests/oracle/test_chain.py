import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.chain import ChainRpc, Sent
from oracle.chain_settings import ChainSettings
from oracle.fees import FeeHistory
from oracle.publication import Inclusion
from oracle.publication_errors import ProofRefusedError, RpcAnswerError, RpcRefusedError, RpcUnreachableError
from oracle.publication_steps import ReportedState
from oracle.rpc_answers import fee_history, quantity, receipt

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

    with pytest.raises(RpcAnswerError, match="compresses"):
        ask(lambda chain: chain.chain_id(), answer)


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")])
def test_a_broken_connection_is_no_answer(error: httpx.HTTPError) -> None:
    def answer(question: dict[str, Any]) -> httpx.Response:
        raise error

    with pytest.raises(RpcUnreachableError) as refusal:
        ask(lambda chain: chain.chain_id(), answer)
    assert refusal.value.__cause__ is not None
    assert refusal.value.__cause__.__cause__ is error


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
    with pytest.raises(RpcAnswerError, match="more than"):
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
        b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 4_000 + b"]" * 4_000 + b"}",
        b'{"jsonrpc":"2.0","id":1,"other":' + b"[" * 9_000 + b"}",
    ],
    ids=lambda body: f"{len(body)} bytes {body[:30]!r}",
)
def test_refuses_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(RpcAnswerError):
        ask(lambda chain: chain.chain_id(), lambda question: httpx.Response(200, content=body))


@given(st.binary(max_size=200) | st.text().map(str.encode))
@settings(max_examples=30)
def test_any_bytes_are_an_answer_or_refused(body: bytes) -> None:
    with pytest.raises(RpcAnswerError):
        ask(lambda chain: chain.chain_id(), lambda question: httpx.Response(200, content=body))


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


# Several endpoints


class Endpoints:
    """Endpoints by host name, each with answers of its own, and who was asked what."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        question = json.loads(request.content)
        self.asked.append((request.url.host, question["method"]))
        if question["method"] == "eth_chainId":
            return says("0x2" if request.url.host == "foreign" else "0x1")(question)
        return self.answers[request.url.host](question)

    def ask(self, question: Callable[[ChainRpc], Awaitable[T]]) -> T:
        async def run() -> T:
            async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as client:
                return await question(ChainRpc(client, [f"http://{host}" for host in self.answers], chain_id=1))

        return asyncio.run(run())

    def hosts(self, method: str) -> list[str]:
        return [host for host, asked in self.asked if asked == method]


def down(question: dict[str, Any]) -> httpx.Response:
    return httpx.Response(503)


def test_the_next_endpoint_is_asked_where_one_fails_and_the_better_one_first_from_then_on() -> None:
    async def twice(chain: ChainRpc) -> list[int]:
        return [await chain.block_number(), await chain.block_number()]

    endpoints = Endpoints(first=down, second=says("0x5"))
    assert endpoints.ask(twice) == [5, 5]
    assert endpoints.hosts("eth_blockNumber") == ["first", "second", "second"]


def test_an_endpoint_of_another_chain_is_passed_over() -> None:
    endpoints = Endpoints(foreign=says("0x7"), honest=says("0x5"))
    assert endpoints.ask(lambda chain: chain.block_number()) == 5
    assert endpoints.hosts("eth_blockNumber") == ["honest"]
    assert Endpoints(foreign=says("0x7")).ask(lambda chain: chain.chain_id()) == 2
    assert Endpoints(foreign=says("0x7"), honest=says("0x5")).ask(lambda chain: chain.chain_id()) == 1


def test_a_transaction_goes_to_every_endpoint_and_is_taken_if_any_takes_it() -> None:
    endpoints = Endpoints(low=fails("nonce too low"), down=down, taken=says("0x" + "aa" * 32))
    assert endpoints.ask(lambda chain: chain.send_raw_transaction(b"\x02")) is Sent.TAKEN
    assert endpoints.hosts("eth_sendRawTransaction") == ["low", "down", "taken"]
    assert Endpoints(low=fails("nonce too low"), down=down).ask(lambda chain: chain.send_raw_transaction(b"\x02")) is Sent.NONCE_TOO_LOW
    with pytest.raises(RpcUnreachableError):
        Endpoints(down=down).ask(lambda chain: chain.send_raw_transaction(b"\x02"))


def test_a_receipt_is_looked_for_everywhere_and_a_disproven_one_costs_its_endpoint() -> None:
    async def story(chain: ChainRpc) -> None:
        assert await chain.receipt(HASH) is not None
        assert chain.scores[1].refused == 0
        chain.disbelieve(HASH)
        chain.disbelieve(HASH)
        assert (chain.scores[0].refused, chain.scores[1].refused) == (0, 1)

    Endpoints(blind=says(None), liar=says(RECEIPT)).ask(story)
    assert Endpoints(blind=says(None), down=down).ask(lambda chain: chain.receipt(HASH)) is None
    with pytest.raises(RpcUnreachableError):
        Endpoints(down=down).ask(lambda chain: chain.receipt(HASH))


def test_a_proof_that_does_not_hold_is_asked_for_elsewhere() -> None:
    def check(answer: Mapping[str, Any]) -> str:
        if answer["is"] != "true":
            raise ProofRefusedError(ADDRESS, 1, "it is made up")
        return "proven"

    async def story(chain: ChainRpc) -> tuple[str, int]:
        return await chain.checked_proof(ADDRESS, [], 1, check), chain.scores[0].refused

    assert Endpoints(liar=says({"is": "false"}), honest=says({"is": "true"})).ask(story) == ("proven", 1)
    with pytest.raises(ProofRefusedError):
        Endpoints(liar=says({"is": "false"})).ask(story)


def test_what_is_called_final_is_a_block_and_a_nonce() -> None:
    def answer(question: dict[str, Any]) -> httpx.Response:
        return says({"number": "0x10"} if question["method"] == "eth_getBlockByNumber" else "0x3")(question)

    assert Endpoints(one=answer).ask(lambda chain: chain.reported(ADDRESS)) == ReportedState(16, 3)
