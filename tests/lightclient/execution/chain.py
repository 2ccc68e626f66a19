"""A small execution chain in process, asked as a server would be asked, and recorded answers of real ones."""

import json
from functools import cache
from typing import Any

from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.rpc.methods import answer
from fullnode.devnet.rpc.settings import RpcSettings
from lightclient.execution.evm import AccountAnswer, AccountRequest
from lightclient.execution.header import ExecutionHeader, header_from_json
from tests.fullnode.execution.builders import call_data, deploy, make_chain, mine, signed
from tests.fullnode.execution.contract import FAIL, SET, word
from tests.vectors import vectors

Json = dict[str, Any]


def unhex(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def tohex(data: bytes) -> str:
    return f"0x{data.hex()}"


def recorded(*parts: str) -> Any:
    return json.loads(vectors(*parts).read_text())


def mainnet(name: str) -> Any:
    return recorded("mainnet", "execution-proofs", "rpc", name)


class Server:
    """Answers of one chain, as JSON would carry them."""

    def __init__(self, chain: ExecutionChain) -> None:
        self.chain = chain

    def ask(self, method: str, *params: Any) -> Any:
        return json.loads(json.dumps(answer(self.chain, RpcSettings(), method, list(params))))

    def block(self, number: int) -> Json:
        found: Json = self.ask("eth_getBlockByNumber", hex(number), True)
        return found

    def header(self, number: int) -> ExecutionHeader:
        return header_from_json(self.block(number))

    def receipts(self, number: int) -> Any:
        return self.ask("eth_getBlockReceipts", hex(number))


class Reader:
    """State of a server at one block; counts its batches and what was asked."""

    def __init__(self, server: Server, number: int) -> None:
        self.server = server
        self.number = hex(number)
        self.batches: list[tuple[AccountRequest, ...]] = []

    def read(self, requests: Any) -> list[AccountAnswer]:
        self.batches.append(tuple(requests))
        return [self.answer(request) for request in requests]

    def answer(self, request: AccountRequest) -> AccountAnswer:
        address = tohex(request.address)
        proof = self.server.ask("eth_getProof", address, [tohex(key) for key in request.keys], self.number)
        return AccountAnswer(proof, unhex(self.server.ask("eth_getCode", address, self.number)) if request.with_code else b"")


@cache
def stored_chain() -> tuple[Server, bytes]:
    """Returns a chain of eight blocks in which a contract was set and failed, and the contract's address."""
    chain = make_chain()
    first, second, _ = chain.accounts
    contract = deploy(chain, first)
    mine(chain)
    for nonce, data in ((1, SET + word(5)), (2, FAIL), (3, SET + word(6))):
        chain.submit(signed(first, nonce, **call_data(contract, data)))
    chain.submit(signed(second, 0, type=None, maxFeePerGas=None, maxPriorityFeePerGas=None, gasPrice=10**10))
    chain.submit(signed(second, 1, type=1, maxFeePerGas=None, maxPriorityFeePerGas=None, gasPrice=10**10, accessList=[]))
    mine(chain)
    mine(chain)
    chain.submit(signed(second, 2, **call_data(contract, SET + word(7))))
    mine(chain)
    for _ in range(3):
        mine(chain)
    return Server(chain), contract
