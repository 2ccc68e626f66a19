"""The verified RPC over real nodes: anvil and geth in developer mode. They have no consensus, so a test names their head as trusted."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3RPCError
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3.types import Nonce

from lightclient.endpoints.endpoint import HttpEndpoint
from lightclient.endpoints.errors import EndpointRefused
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.server import create_app
from tests.fullnode.execution.contract import ABI, INIT, RUNTIME
from tests.lightclient.rpc.stage import FakeLight, Rim
from tests.oracle.anvil import FUNDED, anvil
from tests.peers.geth import geth

pytestmark = pytest.mark.peer

Twist = Callable[[str, Any], Any]
"""Method and true answer to what the server says instead."""


class Peer(Rim):
    """A node, a light client that trusts its head, and a verified RPC over it."""

    name = "peer"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self._http = httpx.AsyncClient()
        self._true = HttpEndpoint(url, self._http)
        self.twist: Twist | None = None
        self.light = FakeLight(int(self.true("eth_chainId"), 16))
        self.verified = VerifiedChain(self.light, [self])
        self.app = create_app(self.verified)
        if "anvil" in self.true("web3_clientVersion"):
            self.true("evm_mine")  # its first header commits to another state than it has
        self.light.follow(self.true("eth_getBlockByNumber", "latest", False))
        self.account: LocalAccount = Account.from_key(FUNDED)
        self.w3 = Web3(self)
        self.w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(self.account), layer=0)
        self.w3.eth.default_account = self.account.address

    # `ask` of an endpoint; what a caller of the verified RPC asks goes through `w3`.
    async def ask(self, method: str, *params: Any) -> Any:
        answer = await self._true.ask(method, *params)
        return answer if self.twist is None else self.twist(method, answer)

    def true(self, method: str, *params: Any) -> Any:
        return self.runner.run(self._true.ask(method, *params))

    def mined(self, sent: Any) -> Any:
        self._mined("0x" + bytes(sent).hex())
        return self.w3.eth.get_transaction_receipt(sent)

    def _mined(self, sent: str) -> None:
        for _ in range(2000):
            with suppress(EndpointRefused):  # a young geth answers with an error while it still indexes
                if self.true("eth_getTransactionReceipt", sent) is not None:
                    break
            self.runner.run(asyncio.sleep(0.05))
        self.light.follow(self.true("eth_getBlockByNumber", "latest", False))

    def close(self) -> None:
        self.runner.run(self._http.aclose())
        super().close()


@contextmanager
def running(kind: str, folder: Path) -> Iterator[Peer]:
    with anvil("--hardfork", "osaka") if kind == "anvil" else geth(folder) as url:
        peer = Peer(url)
        try:
            yield peer
        finally:
            peer.close()


@pytest.fixture(params=["anvil", "geth"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    with running(request.param, tmp_path) as made:
        yield made


def test_web3_does_all_over_it_and_every_lie_is_caught(peer: Peer) -> None:
    w3 = peer.w3
    address = peer.mined(w3.eth.contract(abi=ABI, bytecode=INIT.hex()).constructor().transact())["contractAddress"]
    contract = w3.eth.contract(address=address, abi=ABI)
    sent = [contract.functions.set(value).transact() for value in (41, 42)]
    receipts = [peer.mined(one) for one in sent]
    assert [receipt["status"] for receipt in receipts] == [1, 1]
    assert contract.functions.get().call() == 42
    assert w3.eth.get_storage_at(address, 0) == (42).to_bytes(32, "big")
    assert w3.eth.get_storage_at(address, 2**200) == bytes(32)
    assert w3.eth.get_code(address) == RUNTIME
    assert w3.eth.get_balance(peer.account.address) == int(peer.true("eth_getBalance", peer.account.address, "latest"), 16)
    assert [log["args"]["value"] for log in contract.events.Stored().get_logs(from_block=1)] == [41, 42]
    assert w3.eth.get_transaction(sent[0])["hash"] == sent[0]
    size = int(peer.true("eth_getBlockByNumber", "latest", False)["size"], 16)
    assert w3.eth.get_block("latest")["size"] in {size, size + 1}  # anvil forgets a byte
    with pytest.raises(ContractLogicError, match="nope"):
        contract.functions.fail().call()
    change = {"from": peer.account.address, "to": address, "data": contract.encode_abi("set", [43])}
    estimate = int(peer.true("eth_estimateGas", change), 16)
    assert contract.functions.set(43).estimate_gas() == pytest.approx(estimate, rel=0.05)
    assert w3.eth.gas_price > 0
    assert len(w3.eth.fee_history(2, "latest", [50])["reward"]) == 2
    for twist, ask in (
        (_balance, lambda: w3.eth.get_balance(peer.account.address)),
        (_word, lambda: w3.eth.get_storage_at(address, 0)),
        (_word, lambda: contract.functions.get().call()),
        (_node, lambda: w3.eth.get_balance(w3.to_checksum_address("0x" + "12" * 20))),
        (_code, lambda: _fresh(peer, lambda: w3.eth.get_code(address))),
        (_status, lambda: _fresh(peer, lambda: w3.eth.get_transaction_receipt(sent[1]))),
        (_log, lambda: _fresh(peer, lambda: contract.events.Stored().get_logs(from_block=1))),
        (_header, lambda: _fresh(peer, lambda: w3.eth.get_block("latest"))),
        (_swallow, lambda: w3.eth.send_transaction({"to": address, "gas": 21_000, "gasPrice": w3.to_wei(5, "gwei"), "nonce": Nonce(9)})),
    ):
        peer.twist = twist
        with pytest.raises(Web3RPCError, match=r"\[NoSourceAnswers\]"):
            ask()
        assert sum(peer.verified.asking.refusals.values()) > 0
        peer.twist = None
    assert w3.eth.get_storage_at(address, 0) == (42).to_bytes(32, "big")


def _fresh(peer: Peer, ask: Callable[[], Any]) -> Any:
    """Asks with nothing remembered."""
    peer.verified = VerifiedChain(peer.light, [peer])
    peer.app = create_app(peer.verified)
    return ask()


def _balance(method: str, answer: Any) -> Any:
    return answer | {"balance": hex(int(answer["balance"], 16) + 1)} if method == "eth_getProof" else answer


def _word(method: str, answer: Any) -> Any:
    if method != "eth_getProof":
        return answer
    return answer | {"storageProof": [word | {"value": hex(int(word["value"], 16) ^ 1)} for word in answer["storageProof"]]}


def _node(method: str, answer: Any) -> Any:
    if method != "eth_getProof":
        return answer
    return answer | {"accountProof": [*answer["accountProof"][:-1], _flip(answer["accountProof"][-1])]}


def _code(method: str, answer: Any) -> Any:
    return _flip(answer) if method == "eth_getCode" else answer


def _status(method: str, answer: Any) -> Any:
    return [receipt | {"status": "0x0"} for receipt in answer] if method == "eth_getBlockReceipts" else answer


def _log(method: str, answer: Any) -> Any:
    if method != "eth_getBlockReceipts":
        return answer
    return [receipt | {"logs": [log | {"data": _flip(log["data"])} for log in receipt["logs"]]} for receipt in answer]


def _header(method: str, answer: Any) -> Any:
    return answer | {"stateRoot": _flip(answer["stateRoot"])} if method.startswith("eth_getBlockBy") else answer


def _swallow(method: str, answer: Any) -> Any:
    return None if method == "eth_getTransactionByHash" else answer


def _flip(text: str) -> str:
    return f"{text[:-1]}{int(text[-1], 16) ^ 1:x}"
