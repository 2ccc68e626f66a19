"""What real nodes answer, proven: anvil and geth in developer mode. Their heads are named as trusted, as they have no consensus."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account

from lightclient.execution.blocks import Block, verify_block, verify_chain
from lightclient.execution.evm import AccountAnswer, AccountRequest, Call, EvmRules, call, create_access_list, estimate_gas, run
from lightclient.execution.header import ExecutionHeader, header_from_json
from lightclient.execution.history import history_request, verify_history
from lightclient.execution.logs import LogFilter, blocks_needed, check_logs_answer, complete_logs
from lightclient.execution.proof import verify_proof_answer
from lightclient.execution.receipts import check_receipt, verify_receipts
from lightclient.execution.render import block_to_json, receipt_to_json
from lightclient.execution.transactions import check_placed
from tests.fullnode.execution.contract import FAIL, GET, INIT, SET, TOPIC, word
from tests.lightclient.execution.chain import tohex, unhex
from tests.oracle.anvil import FUNDED, anvil
from tests.peers.geth import geth

pytestmark = pytest.mark.peer

FEES = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}


class Node:
    """A node with a short history of every type of transaction."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.chain_id = int(self.ask("eth_chainId"), 16)
        self.account = Account.from_key(FUNDED)
        self.other = Account.create()
        self.nonce = 0
        self.contract = unhex(self.send(type=2, **FEES, gas=500_000, data=INIT)["contractAddress"])
        stored = {"to": self.contract, "gas": 100_000}
        self.send(gasPrice=10**10, **stored, data=SET + word(5))
        self.send(type=1, gasPrice=10**10, **stored, data=SET + word(6), accessList=[{"address": tohex(self.contract), "storageKeys": [0]}])
        self.send(type=2, **FEES, **stored, data=FAIL)
        authorization = self.other.sign_authorization({"chainId": self.chain_id, "address": self.contract, "nonce": 0})
        self.send(type=4, **FEES, to=unhex(self.other.address), gas=200_000, data=SET + word(7), authorizationList=[authorization])
        self.send(type=2, **FEES, to=b"\x11" * 20, gas=21_000, value=3)

    def raw(self, method: str, *params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._http.post("/", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()
        return answer

    def ask(self, method: str, *params: Any) -> Any:
        answer = self.raw(method, *params)
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def send(self, **fields: Any) -> Any:
        base = {"nonce": self.nonce, "chainId": self.chain_id, "value": 0, "data": b"", "to": b""}
        self.nonce += 1
        raw = self.account.sign_transaction(base | fields).raw_transaction
        return self._mined(self.ask("eth_sendRawTransaction", tohex(bytes(raw))))

    def _mined(self, sent: str) -> Any:
        for _ in range(2000):
            # A young geth answers with an error while it still indexes; that is no receipt yet, like null.
            receipt = self.raw("eth_getTransactionReceipt", sent).get("result")
            if receipt is not None:
                return receipt
            time.sleep(0.05)
        pytest.fail("the node does not seal")

    def block(self, number: int) -> Any:
        return self.ask("eth_getBlockByNumber", hex(number), True)

    # A reader of state for local calls.
    def read(self, requests: Any) -> list[AccountAnswer]:
        return [self._account(request, hex(self.head.number)) for request in requests]

    def _account(self, request: AccountRequest, at: str) -> AccountAnswer:
        proof = self.ask("eth_getProof", tohex(request.address), [tohex(key) for key in request.keys], at)
        return AccountAnswer(proof, unhex(self.ask("eth_getCode", tohex(request.address), at)) if request.with_code else b"")

    @property
    def head(self) -> ExecutionHeader:
        return header_from_json(self.ask("eth_getBlockByNumber", "latest", False))


@pytest.fixture(scope="module", params=["anvil", "geth"])
def node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder: Path = tmp_path_factory.mktemp("node")
    with anvil("--hardfork", "osaka") if request.param == "anvil" else geth(folder) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield Node(http)


def blocks(node: Node) -> list[Block]:
    head = node.head
    headers = [head, *verify_chain([node.block(number) for number in range(head.number - 1, -1, -1)], head)]
    return [verify_block(node.block(header.number), header.block_hash) for header in reversed(headers)]


def test_every_block_transaction_and_receipt_is_proven_and_shown_as_the_node_shows_it(node: Node) -> None:
    kinds = set()
    for block in blocks(node):
        header = block.header
        answer = node.block(header.number)
        shown = block_to_json(block, full=True)
        assert {name: value for name, value in shown.items() if name != "transactions"} == {
            name: answer[name] for name in shown if name != "transactions"
        }
        for own, theirs in zip(shown["transactions"], answer["transactions"], strict=True):
            assert {name: own[name] for name in theirs if name in own} == {name: theirs[name] for name in theirs if name in own}
        receipts = verify_receipts(node.ask("eth_getBlockReceipts", hex(header.number)), header, block.transactions)
        for index, (transaction, receipt) in enumerate(zip(block.transactions, receipts, strict=True)):
            kinds.add(transaction.kind)
            check_placed(node.ask("eth_getTransactionByHash", tohex(transaction.hash)), transaction, index, header)
            theirs = node.ask("eth_getTransactionReceipt", tohex(transaction.hash))
            check_receipt(theirs, receipt, header)
            own = receipt_to_json(receipt, header)
            same = [name for name in own if name not in {"logs", "contractAddress"} and name in theirs]
            assert {name: own[name] for name in same} == {name: theirs[name] for name in same}
    assert kinds == {0, 1, 2, 4}


def test_logs_are_complete_and_what_the_node_says(node: Node) -> None:
    known = blocks(node)
    headers = [block.header for block in known]
    for wanted in (LogFilter(), LogFilter(addresses=frozenset([node.contract])), LogFilter(topics=(frozenset([TOPIC]),))):
        needed = {header.block_hash: node.ask("eth_getBlockReceipts", hex(header.number)) for header in blocks_needed(wanted, headers)}
        transactions = {block.header.block_hash: block.transactions for block in known}
        found = complete_logs(wanted, 0, headers[-1].number, headers, needed, transactions)
        filters: dict[str, Any] = {"fromBlock": "0x0", "toBlock": hex(headers[-1].number)}
        filters |= {"address": [tohex(address) for address in wanted.addresses]} if wanted.addresses else {}
        asked = filters | {"topics": [[tohex(TOPIC)]]} if wanted.topics else filters
        check_logs_answer(node.ask("eth_getLogs", asked), found)
        assert len(found.logs) == (2 if wanted.addresses else 3)


def test_proofs_in_the_nodes_own_spelling_verify(node: Node) -> None:
    head = node.head
    for address in (node.contract, unhex(node.account.address), unhex(node.other.address), b"\x77" * 20):
        for keys in ([], [bytes(32)], [word(1), bytes(32)]):
            answer = node.ask("eth_getProof", tohex(address), [tohex(key) for key in keys], hex(head.number))
            proven = verify_proof_answer(answer, state_root=head.state_root, address=address, keys=keys)
            assert proven.account.balance == int(node.ask("eth_getBalance", tohex(address), hex(head.number)), 16)
            assert proven.exists == (address != b"\x77" * 20)
            for key, value in zip(keys, proven.storage, strict=True):
                assert value == int(node.ask("eth_getStorageAt", tohex(address), tohex(key), hex(head.number)), 16)


def test_history_is_proven_where_the_node_keeps_it(node: Node) -> None:
    head = node.head
    for number in range(head.number):
        address, key = history_request(number, head)
        answer = node.ask("eth_getProof", tohex(address), [tohex(key)], hex(head.number))
        assert verify_history(answer, number, head) == unhex(node.block(number)["hash"])


def test_calls_come_to_what_the_node_says(node: Node) -> None:
    head, rules = node.head, EvmRules(node.chain_id, "osaka")
    sender = unhex(node.account.address)
    assert run(call(head, rules, Call(to=node.contract, data=GET)), node).output == word(6)
    assert run(call(head, rules, Call(to=node.contract, data=FAIL)), node).error == "Revert"
    assert run(call(head, rules, Call(to=unhex(node.other.address), data=GET)), node).output == word(7)
    for to, data in (
        (node.contract, SET + word(9)),
        (node.contract, SET + word(0)),
        (None, INIT),
        (unhex(node.other.address), SET + word(8)),
    ):
        message = Call(sender=sender, to=to, data=data)
        request = {"from": tohex(sender), "data": tohex(data)} | ({} if to is None else {"to": tohex(to)})
        estimate = run(estimate_gas(head, rules, message), node)
        assert estimate == pytest.approx(int(node.ask("eth_estimateGas", request, hex(head.number)), 16), rel=0.05)
        listed = run(create_access_list(head, rules, message), node)
        answer = node.ask("eth_createAccessList", request, hex(head.number))
        shown = {tohex(address): [tohex(key) for key in keys] for address, keys in listed.access_list}
        # Nodes differ on addresses without slots, whose place in the list costs more than it saves; on slots they agree.
        theirs = {entry["address"]: sorted(entry["storageKeys"]) for entry in answer["accessList"] if entry["storageKeys"]}
        assert {address: keys for address, keys in shown.items() if keys} == theirs
