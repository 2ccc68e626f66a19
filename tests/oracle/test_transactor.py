"""One person's transactions, against a chain that answers as told."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest
from eth_account import Account

from oracle.chain import ChainRpc
from oracle.fees import GWEI, FeePolicy
from oracle.keccak import keccak256
from oracle.publication_errors import (
    FeeCeilingError,
    NodeRefusesError,
    NotMinedError,
    TransactionFailedError,
    TransactionRevertsError,
    WrongChainError,
)
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.transactor import Transactor

SIGNER = LocalSigner(SecretKey(bytes(range(1, 33))))
TO = b"\x22" * 20
ABI = [{"type": "error", "name": "TooLate", "inputs": [{"name": "deadline", "type": "uint256"}]}]
REVERTED = {"code": 3, "message": "execution reverted", "data": "0x" + keccak256(b"TooLate(uint256)")[:4].hex() + "07".rjust(64, "0")}
T = TypeVar("T")


class Node:
    """Answers the questions of a transactor; what a test sets decides how."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            "eth_chainId": "0x7a69",
            "eth_estimateGas": "0x186a0",
            "eth_feeHistory": {"baseFeePerGas": [hex(GWEI)] * 2, "reward": [[hex(GWEI)]]},
            "eth_getTransactionCount": "0x5",
            "eth_sendRawTransaction": "0x" + "00" * 32,
        }
        self.errors: dict[str, Any] = {}
        self.sent: list[bytes] = []
        self.status = "0x1"
        self.unmined_questions = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        question = json.loads(request.content)
        method = question["method"]
        answer = {"jsonrpc": "2.0", "id": question["id"]}
        if method in self.errors:
            return httpx.Response(200, json=answer | {"error": self.errors[method]})
        if method == "eth_sendRawTransaction":
            self.sent.append(bytes.fromhex(question["params"][0][2:]))
        if method == "eth_getTransactionReceipt":
            return httpx.Response(200, json=answer | {"result": self._receipt(question["params"][0])})
        return httpx.Response(200, json=answer | {"result": self.answers[method]})

    def _receipt(self, tx_hash: str) -> dict[str, Any] | None:
        self.unmined_questions -= 1
        if self.unmined_questions >= 0:
            return None
        return {"transactionHash": tx_hash, "blockHash": "0x" + "0b" * 32, "blockNumber": "0x1", "status": self.status, "gasUsed": "0x1"}


def do(node: Node, work: Callable[[Transactor], Awaitable[T]], **options: Any) -> T:
    async def run() -> T:
        async def no_time(_: float) -> None:
            return None

        async with httpx.AsyncClient(transport=httpx.MockTransport(node)) as client:
            chain = ChainRpc(client, "http://127.0.0.1:8545")
            return await work(Transactor(chain, SIGNER, 31337, abis=[ABI], **{"sleep": no_time, **options}))

    return asyncio.run(run())


def test_a_transaction_is_estimated_sent_once_and_followed() -> None:
    node = Node()
    node.unmined_questions = 3
    receipt = do(node, lambda t: t.transact("create it", TO, b"data", 7))
    (raw,) = node.sent
    assert receipt.tx_hash == keccak256(raw)
    assert Account.recover_transaction(raw).lower() == "0x" + SIGNER.address.hex()


def test_a_node_that_refuses_a_receipt_for_a_while_is_asked_again() -> None:
    node = Node()
    node.errors["eth_getTransactionReceipt"] = {"code": -32000, "message": "transaction indexing is in progress"}
    refusals = iter(range(3))

    async def pause(_: float) -> None:
        if next(refusals) == 2:
            node.errors.clear()

    assert do(node, lambda t: t.transact("create it", TO, b""), sleep=pause).succeeded
    assert len(node.sent) == 1


def test_what_it_may_cost_is_known_before_anything_is_signed() -> None:
    node = Node()
    prepared = do(node, lambda t: t.prepare("create it", TO, b"data", 7))
    assert prepared.transaction.gas_limit == 120_000
    assert prepared.most_wei == 120_000 * prepared.fees.max_fee_wei + 7
    assert not node.sent


def test_what_would_revert_is_not_sent_and_says_the_contracts_own_error() -> None:
    node = Node()
    node.errors["eth_estimateGas"] = REVERTED
    with pytest.raises(
        TransactionRevertsError, match=r"dispute it: the contract refuses: .*; settle closes by the proposal \(TooLate\(deadline=7\)\)"
    ):
        do(node, lambda t: t.transact("dispute it", TO, b""))
    assert not node.sent


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda n: n.answers.update({"eth_chainId": "0x1"}), WrongChainError),
        (lambda n: n.errors.update({"eth_sendRawTransaction": {"code": -32000, "message": "insufficient funds"}}), NodeRefusesError),
        (lambda n: setattr(n, "status", "0x0"), TransactionFailedError),
        (lambda n: setattr(n, "unmined_questions", 10_000), NotMinedError),
    ],
)
def test_each_way_to_fail_has_its_name(change: Callable[[Node], None], refusal: type[Exception]) -> None:
    node = Node()
    change(node)
    with pytest.raises(refusal):
        do(node, lambda t: t.transact("create it", TO, b""))


def test_a_fee_above_the_ceiling_is_not_paid() -> None:
    node = Node()
    with pytest.raises(FeeCeilingError):
        do(node, lambda t: t.transact("create it", TO, b""), fees=FeePolicy(max_fee_ceiling_wei=GWEI // 2))
    assert not node.sent
