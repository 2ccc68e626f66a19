import json
from typing import Any

import pytest
import rlp
from trie.hexary import HexaryTrie

from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.execution.encoding import keccak
from fullnode.devnet.execution.system_contracts import BEACON_ROOTS
from fullnode.devnet.rpc.methods import METHODS
from fullnode.devnet.rpc.settings import RpcSettings
from tests.fullnode.execution.builders import call_data, deploy, make_chain, mine, signed
from tests.fullnode.execution.contract import FAIL, GET, SET, SPIN, TOPIC, word
from tests.fullnode.rpc.client import Client
from tests.vectors import vectors

NOBODY = "0x" + "99" * 20


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


@pytest.fixture(scope="module")
def chain() -> ExecutionChain:
    """Block 1 deploys the contract, block 2 stores 5 and fails once, block 3 is empty."""
    chain = make_chain()
    a, b, _ = chain.accounts
    contract = deploy(chain, a)
    chain.submit(signed(a, 1, **call_data(contract, SET + word(5))))
    chain.submit(signed(b, 0, maxPriorityFeePerGas=1, **call_data(contract, FAIL)))
    mine(chain)
    mine(chain)
    return chain


@pytest.fixture(scope="module")
def client(chain: ExecutionChain) -> Client:
    return Client(chain)


@pytest.fixture(scope="module")
def contract(chain: ExecutionChain) -> str:
    address = chain.at(1).receipts[0].contract_address
    assert address is not None
    return hexed(address)


def verified(root: str, key: bytes, proof: list[str]) -> bytes:
    verifier: Any = HexaryTrie
    value: bytes = verifier.get_from_proof(bytes.fromhex(root[2:]), keccak(key), [rlp.decode(bytes.fromhex(n[2:])) for n in proof])
    return value


def test_the_table_holds_what_the_documentation_promises() -> None:
    assert len(METHODS) == 32
    assert {name.split("_")[0] for name in METHODS} == {"eth", "net", "web3"}


def test_facts_of_the_node(client: Client) -> None:
    assert client.ask("eth_chainId") == "0x539"
    assert client.ask("net_version") == "1337"
    assert client.ask("eth_blockNumber") == "0x3"
    assert client.ask("eth_syncing") is False
    assert client.ask("net_listening") is True
    assert client.ask("eth_accounts") == []
    assert client.ask("net_peerCount") == "0x0"
    assert client.ask("web3_clientVersion").startswith("aios-devnet/")
    assert client.ask("web3_sha3", "0x") == hexed(keccak(b""))


def test_state_at_any_block(chain: ExecutionChain, client: Client, contract: str) -> None:
    a = hexed(chain.accounts[0].address)
    assert client.ask("eth_getTransactionCount", a, "latest") == "0x2"
    assert client.ask("eth_getTransactionCount", a, "0x1") == "0x1"
    assert client.ask("eth_getTransactionCount", a, "earliest") == "0x0"
    assert client.ask("eth_getTransactionCount", a, "pending") == "0x2"
    assert client.ask("eth_getBalance", a, "0x0") == hex(10_000 * 10**18)
    assert client.ask("eth_getBalance", NOBODY) == "0x0"
    assert client.ask("eth_getCode", contract, {"blockNumber": "0x0"}) == "0x"
    assert len(client.ask("eth_getCode", contract, {"blockHash": hexed(chain.at(1).hash), "requireCanonical": True})) > 100
    assert client.ask("eth_getStorageAt", contract, "0x0", "latest") == hexed(word(5))
    assert client.ask("eth_getStorageAt", contract, "0x0", hexed(chain.at(1).hash)) == hexed(word(0))


def test_blocks_by_number_hash_and_tag(chain: ExecutionChain, client: Client) -> None:
    block = client.ask("eth_getBlockByNumber", "0x2", False)
    assert block == client.ask("eth_getBlockByHash", block["hash"])
    assert block["transactions"] == [hexed(r.transaction.hash) for r in chain.at(2).receipts]
    full = client.ask("eth_getBlockByNumber", "0x2", True)
    assert [t["hash"] for t in full["transactions"]] == block["transactions"]
    assert full["transactions"][1] == client.ask("eth_getTransactionByBlockNumberAndIndex", "0x2", "0x1")
    assert full["transactions"][1] == client.ask("eth_getTransactionByBlockHashAndIndex", block["hash"], "0x1")
    assert full["transactions"][1] == client.ask("eth_getTransactionByHash", block["transactions"][1])
    assert client.ask("eth_getBlockTransactionCountByNumber", "0x2") == "0x2"
    assert client.ask("eth_getBlockTransactionCountByHash", block["hash"]) == "0x2"
    assert client.ask("eth_getBlockByNumber", "finalized")["number"] == client.ask("eth_getBlockByNumber", "safe")["number"] == "0x0"
    pending = client.ask("eth_getBlockByNumber", "pending", False)
    assert (pending["number"], pending["hash"], pending["miner"]) == ("0x4", None, None)
    assert int(block["size"], 16) == len(rlp.encode(rlp.decode(eels_rlp(chain))))


def eels_rlp(chain: ExecutionChain) -> bytes:
    from ethereum_rlp import rlp as eels  # noqa: PLC0415  (two libraries of one name)

    return bytes(eels.encode(chain.at(2).eels_block()))


def test_what_is_not_there_is_null(client: Client) -> None:
    for method in ("eth_getBlockByHash", "eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getBlockTransactionCountByHash"):
        assert client.ask(method, hexed(bytes(32))) is None
    assert client.ask("eth_getBlockByNumber", "0xff", False) is None
    assert client.ask("eth_getBlockReceipts", "0xff") is None
    assert client.ask("eth_getTransactionByBlockNumberAndIndex", "0x2", "0x2") is None


def test_receipts_tell_success_failure_and_logs(client: Client, contract: str) -> None:
    good, bad = client.ask("eth_getBlockReceipts", "0x2")
    assert (good["status"], bad["status"], bad["logs"]) == ("0x1", "0x0", [])
    assert good == client.ask("eth_getTransactionReceipt", good["transactionHash"])
    assert good["logs"][0]["topics"][0] == hexed(TOPIC)
    assert good["logs"][0]["address"] == good["to"] == contract
    (deployment,) = client.ask("eth_getBlockReceipts", "0x1")
    assert (deployment["contractAddress"], deployment["to"]) == (contract, None)


def test_logs_by_range_hash_address_and_topics(chain: ExecutionChain, client: Client, contract: str) -> None:
    (log,) = client.ask("eth_getLogs", {"fromBlock": "earliest"})
    assert client.ask("eth_getLogs", {"blockHash": hexed(chain.at(2).hash), "address": [contract]}) == [log]
    assert client.ask(
        "eth_getLogs", {"fromBlock": "0x0", "toBlock": "0x64", "address": contract, "topics": [[hexed(TOPIC), NOBODY_TOPIC]]}
    ) == [log]
    assert client.ask("eth_getLogs", {"fromBlock": "0x0", "topics": [None, [log["topics"][1]]]}) == [log]
    assert client.ask("eth_getLogs", {"fromBlock": "0x0", "topics": [None, NOBODY_TOPIC]}) == []
    assert client.ask("eth_getLogs", {}) == []


NOBODY_TOPIC = "0x" + "99" * 32


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"fromBlock": "0x2", "toBlock": "0x1"}, -32602),
        ({"blockHash": NOBODY_TOPIC}, -32000),
        ({"blockHash": NOBODY_TOPIC, "fromBlock": "0x0"}, -32602),
        ({"topics": [None] * 5}, -32602),
        ({"topics": "0x"}, -32602),
        ({"address": NOBODY_TOPIC}, -32602),
        ([], -32602),
    ],
)
def test_bad_log_queries_are_refused(client: Client, query: Any, code: int) -> None:
    assert client.error("eth_getLogs", query)[0] == code


def test_log_answers_are_bounded(chain: ExecutionChain) -> None:
    assert Client(chain, RpcSettings(max_log_range=2)).error("eth_getLogs", {"fromBlock": "0x0"})[0] == -32005
    two = make_chain()
    contract = deploy(two, two.accounts[0])
    for nonce in (1, 2):
        two.submit(signed(two.accounts[0], nonce, **call_data(contract, SET + word(1))))
    mine(two)
    assert Client(two, RpcSettings(max_logs=1)).error("eth_getLogs", {})[0] == -32005


def test_calls_answer_and_fail_with_the_right_codes(client: Client, contract: str) -> None:
    assert client.ask("eth_call", {"to": contract, "data": hexed(GET)}, "latest") == hexed(word(5))
    assert client.ask("eth_call", {"to": contract, "input": hexed(GET)}, "0x1") == hexed(word(0))
    code, message, data = client.error("eth_call", {"to": contract, "input": hexed(FAIL)})
    assert (code, message, data[:10]) == (3, "execution reverted: nope", "0x08c379a0")
    assert client.error("eth_call", {"to": contract, "input": hexed(SPIN), "gas": "0xc350"})[:2] == (-32000, "out of gas")
    assert client.error("eth_estimateGas", {"to": contract, "input": hexed(FAIL)})[0] == 3
    assert (
        "gas required exceeds allowance (50000)"
        in client.error("eth_estimateGas", {"to": contract, "input": hexed(SPIN), "gas": "0xc350"})[1]
    )
    assert client.error("eth_call", {"from": NOBODY, "to": contract, "value": "0x1"})[1].startswith("insufficient funds")
    assert client.error("eth_call", {"to": contract}, "0xff")[1].startswith("unknown block 255")
    listed = client.ask("eth_createAccessList", {"to": contract, "input": hexed(GET)})
    assert listed["accessList"] == [{"address": contract, "storageKeys": [hexed(word(0))]}]
    assert "error" in client.ask("eth_createAccessList", {"to": contract, "input": hexed(FAIL)})


def test_fees_and_their_history(client: Client) -> None:
    history = client.ask("eth_feeHistory", "0x2", "latest", [0, 50, 100])
    assert (history["oldestBlock"], len(history["baseFeePerGas"]), len(history["gasUsedRatio"])) == ("0x2", 3, 2)
    assert history["reward"] == [["0x1", hex(10**9), hex(10**9)], ["0x0"] * 3]
    assert int(client.ask("eth_gasPrice"), 16) == int(history["baseFeePerGas"][-1], 16) + 10**9
    assert client.ask("eth_maxPriorityFeePerGas") == hex(10**9)
    assert client.ask("eth_blobBaseFee") == "0x1"
    assert "reward" not in client.ask("eth_feeHistory", 1, "pending", None)
    assert client.ask("eth_feeHistory", "0x0", "latest", [])["gasUsedRatio"] == []


def test_proofs_verify_with_an_independent_library(client: Client, contract: str) -> None:
    root = client.ask("eth_getBlockByNumber", "latest")["stateRoot"]
    proof = client.ask("eth_getProof", contract, ["0x0", "0x" + "00" * 31 + "01"], "latest")
    account = rlp.decode(verified(root, bytes.fromhex(contract[2:]), proof["accountProof"]))
    assert [hexed(item) for item in account[2:]] == [proof["storageHash"], proof["codeHash"]]
    assert (account[0], proof["nonce"]) == (b"\x01", "0x1")
    present, absent = proof["storageProof"]
    assert (present["key"], present["value"], absent["key"], absent["value"]) == ("0x0", "0x5", "0x" + "00" * 31 + "01", "0x0")
    assert verified(proof["storageHash"], word(0), present["proof"]) == rlp.encode(5)
    assert verified(proof["storageHash"], word(1), absent["proof"]) == b""


def test_the_absence_of_an_account_is_proven_in_geths_form(client: Client) -> None:
    root = client.ask("eth_getBlockByNumber", "0x2")["stateRoot"]
    proof = client.ask("eth_getProof", NOBODY, ["0x0"], "0x2")
    assert verified(root, bytes.fromhex(NOBODY[2:]), proof["accountProof"]) == b""
    assert (proof["codeHash"], proof["storageHash"], proof["balance"]) == (hexed(bytes(32)), hexed(bytes(32)), "0x0")
    assert proof["storageProof"] == [{"key": "0x0", "value": "0x0", "proof": []}]


def test_large_storage_tries_prove_too(chain: ExecutionChain, client: Client) -> None:
    slot = chain.at(2).block.timestamp % 8191
    proof = client.ask("eth_getProof", hexed(BEACON_ROOTS.address), [hex(slot)], "latest")
    (entry,) = proof["storageProof"]
    assert verified(proof["storageHash"], word(slot), entry["proof"]) == rlp.encode(chain.at(2).block.timestamp)


def test_the_head_may_be_asked_by_hash_only_while_canonical() -> None:
    chain = make_chain()
    genesis = chain.head.hash
    first = mine(chain)
    chain.set_head(mine(chain, parent_hash=genesis, timestamp=first.timestamp + 1).block_hash)
    client = Client(chain)
    left = {"blockHash": hexed(first.block_hash)}
    assert client.ask("eth_getBalance", NOBODY, left) == "0x0"
    assert client.error("eth_getBalance", NOBODY, left | {"requireCanonical": True})[1] == "hash is not currently canonical"


@pytest.mark.parametrize("part", ["block", "receipt", "proof"])
def test_answers_have_the_fields_another_client_gives(chain: ExecutionChain, client: Client, contract: str, part: str) -> None:
    recorded = json.loads(vectors("beacon-devnets", "minimal-electra", "el_tx_block_receipt_proof.json").read_text())[part]
    question: dict[str, tuple[Any, ...]] = {
        "block": ("eth_getBlockByNumber", "0x2", False),
        "receipt": ("eth_getTransactionReceipt", hexed(chain.at(2).receipts[0].transaction.hash)),
        "proof": ("eth_getProof", contract, ["0x0"], "latest"),
    }
    ours = client.ask(*question[part])
    # Total difficulty left the specification with the merge; blockTimestamp in logs came later.
    assert set(recorded) - {"totalDifficulty"} == set(ours)
    for field in set(recorded) & set(ours):
        assert shape(recorded[field]) == shape(ours[field]), field


def shape(value: Any) -> Any:
    """Returns what kind of value it is: the length of fixed-size data, the keys of objects."""
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, dict):
        return sorted(set(value) - {"blockTimestamp"})
    if isinstance(value, str) and value.startswith("0x"):
        return len(value) if len(value) in {42, 66, 514} else "hex"
    return type(value).__name__
