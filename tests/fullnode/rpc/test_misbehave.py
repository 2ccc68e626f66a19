import pytest

from fullnode.devnet.rpc.misbehave import Lie
from tests.fullnode.execution.builders import call_data, deploy, make_chain, mine, receipt_of, signed
from tests.fullnode.execution.contract import FAIL, GET, SET, word
from tests.fullnode.rpc.client import Client


class Stage:
    """A chain with one event, and a server that can be made to lie about it."""

    def __init__(self) -> None:
        self.chain = make_chain()
        self.account = self.chain.accounts[0]
        address = deploy(self.chain, self.account)
        self.contract = "0x" + address.hex()
        self.sent = "0x" + self.chain.submit(signed(self.account, 1, **call_data(address, SET + word(5)))).hex()
        mine(self.chain)
        self.client = Client(self.chain)
        self.switches = self.client.misbehaviour
        self.ask = self.client.ask


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_nothing_is_on_by_default(stage: Stage) -> None:
    assert (stage.switches.lies, stage.switches.stale_head, stage.switches.status, stage.switches.garbage) == (set(), 0, None, False)


def test_lies_about_proofs_differ_from_the_truth_in_one_place(stage: Stage) -> None:
    def proof() -> dict[str, object]:
        answer: dict[str, object] = stage.ask("eth_getProof", stage.contract, ["0x0"], "latest")
        return answer

    true = proof()
    changed = {
        Lie.PROOF_VALUE: {"storageProof"},
        Lie.PROOF_BALANCE: {"balance"},
        Lie.PROOF_NODE: {"accountProof", "storageProof"},
        Lie.PROOF_ACCOUNT: {"accountProof", "codeHash", "storageHash", "storageProof"},
    }
    for lie, fields in changed.items():
        stage.switches.lies = {lie}
        told = proof()
        assert {field for field in true if true[field] != told[field]} == fields, lie
        assert told["address"] == stage.contract
    stage.switches.lies = set()
    assert proof() == true


def test_a_receipt_of_success_says_failure_or_is_missing(stage: Stage) -> None:
    stage.switches.lies = {Lie.RECEIPT_STATUS}
    assert stage.ask("eth_getTransactionReceipt", stage.sent)["status"] == "0x0"
    assert [r["status"] for r in stage.ask("eth_getBlockReceipts", "latest")] == ["0x0"]
    assert stage.ask("eth_getTransactionReceipt", "0x" + "00" * 32) is None
    stage.switches.lies = {Lie.RECEIPT_MISSING}
    assert stage.ask("eth_getTransactionReceipt", stage.sent) is None


def test_a_receipt_of_failure_says_success(stage: Stage) -> None:
    failed = stage.chain.submit(signed(stage.account, 2, **call_data(bytes.fromhex(stage.contract[2:]), FAIL)))
    mine(stage.chain)
    stage.switches.lies = {Lie.RECEIPT_STATUS}
    assert not receipt_of(stage.chain, failed).succeeded
    assert stage.ask("eth_getTransactionReceipt", "0x" + failed.hex())["status"] == "0x1"


def test_a_swallowed_transaction_has_a_hash_and_no_future(stage: Stage) -> None:
    raw = signed(stage.account, 2)
    stage.switches.lies = {Lie.SWALLOW}
    told = stage.ask("eth_sendRawTransaction", "0x" + raw.hex())
    mine(stage.chain)
    assert stage.ask("eth_getTransactionByHash", told) is None
    assert stage.client.error("eth_sendRawTransaction", "0x00")[0] == -32000
    stage.switches.lies = set()
    assert stage.ask("eth_sendRawTransaction", "0x" + raw.hex()) == told
    mine(stage.chain)
    assert stage.ask("eth_getTransactionReceipt", told)["status"] == "0x1"


def test_logs_are_forged_or_left_out(stage: Stage) -> None:
    (true,) = stage.ask("eth_getLogs", {"fromBlock": "0x0"})
    stage.switches.lies = {Lie.LOGS_FORGED}
    (told,) = stage.ask("eth_getLogs", {"fromBlock": "0x0"})
    assert (told["data"], told["topics"]) == (f"{true['data'][:-1]}4", true["topics"])
    stage.switches.lies = {Lie.LOGS_OMITTED}
    assert stage.ask("eth_getLogs", {"fromBlock": "0x0"}) == []


def test_calls_and_the_chain_id_are_lied_about(stage: Stage) -> None:
    stage.switches.lies = {Lie.CALL_RESULT, Lie.CHAIN_ID}
    assert stage.ask("eth_call", {"to": stage.contract, "input": "0x" + GET.hex()}) == "0x" + word(4).hex()
    assert (stage.ask("eth_chainId"), stage.ask("net_version")) == ("0x53a", "1338")


def test_lies_can_be_kept_to_some_methods(stage: Stage) -> None:
    stage.switches.lies = {Lie.CHAIN_ID}
    stage.switches.methods = frozenset({"net_version"})
    assert (stage.ask("eth_chainId"), stage.ask("net_version")) == ("0x539", "1338")


def test_a_stale_head_hides_what_came_after(stage: Stage) -> None:
    newest = stage.ask("eth_getBlockByNumber", "latest")["hash"]
    stage.switches.stale_head = 1
    assert stage.ask("eth_blockNumber") == "0x1"
    assert stage.ask("eth_getBlockByNumber", "latest")["number"] == "0x1"
    assert stage.ask("eth_getBlockByNumber", "pending")["number"] == "0x1"
    assert stage.ask("eth_getBlockByNumber", "0x2") is None
    assert stage.ask("eth_getBlockByHash", newest) is None
    assert stage.ask("eth_getTransactionReceipt", stage.sent) is None
    assert stage.ask("eth_getStorageAt", stage.contract, "0x0") == "0x" + word(0).hex()
    assert stage.ask("eth_getBlockByNumber", "finalized")["number"] == "0x0"
    stage.chain.set_finalized(stage.chain.head.hash)
    assert stage.ask("eth_getBlockByNumber", "finalized")["number"] == stage.ask("eth_getBlockByNumber", "safe")["number"] == "0x1"
    assert stage.ask("eth_call", {"to": stage.contract, "input": "0x" + GET.hex()}) == "0x" + word(0).hex()


def test_the_transport_fails_on_demand(stage: Stage) -> None:
    stage.switches.status = 500
    assert stage.client.post(b"{}").status_code == 500
    stage.switches.status = None
    stage.switches.garbage = True
    assert stage.client.post(b"{}").content == b"\x00\xff<html>"
    stage.switches.garbage = False
    stage.switches.hang_seconds = 0.001
    assert stage.ask("eth_chainId") == "0x539"
