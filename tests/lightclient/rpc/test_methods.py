"""What each method answers, how it says that it is verified, and what it refuses."""

from dataclasses import replace
from typing import Any

import pytest

from lightclient.errors import EnvironmentalError, NotStarted, OursError, PeerError
from lightclient.rpc.errors import RpcRefusal
from lightclient.rpc.methods import METHODS
from lightclient.rpc.settings import RpcLimits, RpcSettings
from tests.fullnode.execution.builders import deploy, make_chain, signed
from tests.fullnode.execution.contract import FAIL, GET, RUNTIME, SET, SPIN, TOPIC, word
from tests.lightclient.rpc.stage import Stage
from tests.vectors import ROOT

ADDRESS = "0x" + "11" * 20
HASH = "0x" + "22" * 32


def test_what_is_about_the_endpoint_comes_from_the_light_client_alone(stage: Stage) -> None:
    stage.follow()
    assert stage.ask("eth_blockNumber") == "0x0"
    stage.misbehave.status = 500
    assert (stage.ask("eth_chainId"), stage.ask("net_version"), stage.ask("eth_accounts")) == ("0x539", "1337", [])
    assert (stage.ask("eth_syncing"), stage.ask("net_listening")) == (False, True)
    assert stage.ask("web3_clientVersion").startswith("aios-lightclient/")
    assert stage.ask("web3_sha3", "0x") == "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_every_refusal_of_a_head_is_named(stage: Stage) -> None:
    stage.light.follow(stage.raw("eth_getBlockByNumber", "latest", False)["result"], age=1000.0)
    assert stage.refusal("eth_blockNumber") == "HeadTooOld"
    assert stage.ask("eth_syncing")["currentBlock"] == "0x0"
    assert stage.ask("eth_getBalance", ADDRESS, "finalized") == "0x0"
    assert stage.light.heads is not None
    bare = replace(stage.light.heads.finalized, header=replace(stage.light.heads.finalized.header, execution=None))
    stage.light.heads = replace(stage.light.heads, finalized=bare)
    assert stage.refusal("eth_getBalance", ADDRESS, "safe") == "NoExecutionHead"
    stage.light.error = NotStarted()
    assert stage.refusal("eth_getBalance", ADDRESS) == "NotStarted"


def test_state_is_proven_at_tags_numbers_and_hashes(stage: Stage) -> None:
    contract = "0x" + deploy(stage.chain, stage.chain.accounts[0]).hex()
    stage.follow()
    stage.chain.submit(signed(stage.chain.accounts[0], 1, to=bytes.fromhex(contract[2:]), value=0, gas=100_000, data=SET + word(5)))
    stage.mine()
    sender = "0x" + stage.chain.accounts[0].address.hex()
    old = "0x" + stage.chain.at(1).hash.hex()
    for at, nonce, value in (("latest", 2, 5), ("finalized", 0, 0), ("safe", 0, 0), ("0x1", 1, 0), (old, 1, 0), ({"blockHash": old}, 1, 0)):
        assert int(stage.ask("eth_getTransactionCount", sender, at), 16) == nonce
        assert int(stage.ask("eth_getStorageAt", contract, "0x0", at), 16) == value
    assert stage.ask("eth_getCode", contract) == "0x" + RUNTIME.hex()
    assert stage.ask("eth_getCode", ADDRESS) == "0x"
    answer = stage.raw("eth_getBalance", sender, "latest")["verified"]
    assert answer == {"status": "verified", "by": "account proof", "block": {"number": "0x2", "hash": "0x" + stage.chain.head.hash.hex()}}
    proof = stage.ask("eth_getProof", contract, ["0x0"], "latest")
    assert proof["storageProof"][0]["key"] == "0x" + "00" * 32
    assert proof["storageProof"][0]["value"] == "0x5"
    assert stage.refusal("eth_getProof", contract, ["0x0"] * 257, "latest") == "TooMuchAsked"


def test_blocks_their_parts_and_their_size_are_those_of_the_chain(stage: Stage) -> None:
    for nonce in range(3):
        stage.chain.submit(signed(stage.chain.accounts[0], nonce))
    stage.mine(2)
    true = stage.runner.run(stage.servers[0].endpoint.ask("eth_getBlockByNumber", "0x1", True))
    for block in (stage.ask("eth_getBlockByNumber", "0x1", True), stage.ask("eth_getBlockByHash", true["hash"], True)):
        assert {name: block[name] for name in true if name != "transactions"} == {n: v for n, v in true.items() if n != "transactions"}
        assert [t["hash"] for t in block["transactions"]] == [t["hash"] for t in true["transactions"]]
    assert stage.ask("eth_getBlockByNumber", "0x1", False)["transactions"] == [t["hash"] for t in true["transactions"]]
    assert (
        stage.ask("eth_getBlockTransactionCountByNumber", "0x1") == stage.ask("eth_getBlockTransactionCountByHash", true["hash"]) == "0x3"
    )
    assert stage.ask("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x2")["hash"] == true["transactions"][2]["hash"]
    assert stage.ask("eth_getTransactionByBlockHashAndIndex", true["hash"], "0x3") is None
    assert [r["transactionIndex"] for r in stage.ask("eth_getBlockReceipts", "0x1")] == ["0x0", "0x1", "0x2"]
    assert stage.ask("eth_getBlockReceipts", "0x2") == []
    later = stage.raw("eth_getBlockByNumber", "0x9", False)
    assert (later["result"], later["verified"]["status"]) == (None, "unverifiable")
    assert stage.refusal("eth_getBlockByNumber", "pending", False) == "UnverifiableTag"


def test_a_block_that_is_no_ancestor_is_refused(stage: Stage) -> None:
    stage.mine(2)
    side = stage.chain.produce_block(
        timestamp=1_800_000_013, prev_randao=bytes(32), parent_beacon_block_root=bytes(32), parent_hash=stage.chain.at(0).hash
    )
    assert stage.refusal("eth_getBalance", ADDRESS, {"blockHash": "0x" + side.block_hash.hex()}) == "NotCanonical"
    assert stage.refusal("eth_getBalance", ADDRESS, "0x3") == "UnknownBlock"
    assert "EndpointLacksData" in stage.refusal("eth_getBlockByHash", HASH, False)


def test_logs_say_over_which_blocks_they_are_complete(stage: Stage) -> None:
    contract = deploy(stage.chain, stage.chain.accounts[0])
    for nonce in (1, 2, 3):
        stage.chain.submit(signed(stage.chain.accounts[0], nonce, to=contract, value=0, gas=100_000, data=SET + word(nonce)))
        stage.mine(3)
    query = {"address": "0x" + contract.hex(), "topics": ["0x" + TOPIC.hex()], "fromBlock": "0x0", "toBlock": "latest"}
    answer = stage.raw("eth_getLogs", query)
    assert [int(log["data"], 16) for log in answer["result"]] == [1, 2, 3]
    complete = answer["verified"]["complete"]
    assert (complete["fromBlock"], complete["toBlock"], complete["blocksRead"]) == ("0x0", "0xa", "0x3")
    true = stage.runner.run(stage.servers[0].endpoint.ask("eth_getLogs", query))
    assert answer["result"] == true
    one = {"blockHash": "0x" + stage.chain.at(2).hash.hex(), "address": "0x" + contract.hex()}
    assert len(stage.ask("eth_getLogs", one)) == 1
    assert stage.refusal("eth_getLogs", {"fromBlock": "0x5", "toBlock": "0x2"}) == "InvalidParameter"
    assert stage.refusal("eth_getLogs", one | {"fromBlock": "0x1"}) == "InvalidParameter"
    assert stage.refusal("eth_getLogs", {"fromBlock": HASH}) == "InvalidParameter"
    assert stage.refusal("eth_getLogs", {"address": "0x1"}) == "MalformedFilter"


def test_logs_are_bounded() -> None:
    chain = make_chain()
    stage = Stage(chain, RpcSettings(limits=RpcLimits(log_blocks=2, logs=1)))
    contract = deploy(chain, chain.accounts[0])
    for nonce in (1, 2):
        chain.submit(signed(chain.accounts[0], nonce, to=contract, value=0, gas=100_000, data=SET + word(nonce)))
    stage.mine()
    assert stage.refusal("eth_getLogs", {"fromBlock": "0x0"}) == "TooMuchAsked"
    assert stage.refusal("eth_getLogs", {}) == "TooMuchAsked"
    stage.close()


def test_calls_run_here_and_say_how_they_fail(stage: Stage) -> None:
    contract = "0x" + deploy(stage.chain, stage.chain.accounts[0]).hex()
    stage.follow()
    sender = "0x" + stage.chain.accounts[0].address.hex()
    assert int(stage.ask("eth_call", {"to": contract, "input": "0x" + GET.hex()}, "latest"), 16) == 0
    change = {"from": sender, "to": contract, "data": "0x" + (SET + word(1)).hex()}
    true = stage.runner.run(stage.servers[0].endpoint.ask("eth_estimateGas", change))
    assert int(stage.ask("eth_estimateGas", change), 16) == pytest.approx(int(true, 16), rel=0.02)
    listed = stage.ask("eth_createAccessList", change)
    assert listed["gasUsed"] == stage.runner.run(stage.servers[0].endpoint.ask("eth_createAccessList", change))["gasUsed"]
    failed = stage.raw("eth_call", {"to": contract, "data": "0x" + FAIL.hex()})
    assert (failed["error"]["code"], failed["error"]["message"], failed["verified"]["status"]) == (
        3,
        "execution reverted: nope",
        "verified",
    )
    assert failed["error"]["data"].startswith("0x08c379a0")
    assert stage.raw("eth_estimateGas", {"to": contract, "data": "0x" + FAIL.hex()})["error"]["code"] == 3
    spun = stage.raw("eth_call", {"to": contract, "data": "0x" + SPIN.hex(), "gas": hex(100_000)})
    assert (spun["error"]["code"], spun["error"]["message"]) == (-32000, "OutOfGasError")
    poor = stage.raw("eth_call", {"from": ADDRESS, "to": contract, "value": "0x1"})
    assert "insufficient funds" in poor["error"]["message"]
    cheap = stage.raw("eth_call", {"to": contract, "gasPrice": "0x1"})
    assert "less than block base fee" in cheap["error"]["message"]
    assert stage.ask("eth_call", change | {"maxFeePerGas": hex(10**10), "maxPriorityFeePerGas": "0x1"}) == "0x"
    for bad in ({"to": contract, "authorizationList": []}, {"to": contract, "gasPrice": "0x1", "maxFeePerGas": "0x1"}):
        assert stage.refusal("eth_call", bad) == "InvalidParameter"
    assert stage.refusal("eth_call", {"to": "0x1"}) == "MalformedCall"


def test_fees_are_proven_where_they_can_be_and_bounded_where_not(stage: Stage) -> None:
    stage.mine(5)
    history = stage.raw("eth_feeHistory", "0x3", "latest", [25, 75])
    true = stage.runner.run(stage.servers[0].endpoint.ask("eth_feeHistory", "0x3", "latest", [25, 75]))
    assert {name: history["result"][name] for name in history["result"]} == {name: true[name] for name in history["result"]}
    assert history["verified"]["status"] == "unverifiable"
    assert "reward" not in stage.ask("eth_feeHistory", "0x3", "latest")
    assert stage.refusal("eth_feeHistory", hex(1000), "latest") == "TooMuchAsked"
    assert stage.ask("eth_feeHistory", 0, "latest")["baseFeePerGas"] == []
    price = stage.raw("eth_gasPrice")
    assert int(price["result"], 16) == int(price["verified"]["baseFeePerGas"], 16) + 10**9
    assert price["verified"]["baseFeePerGas"] == true["baseFeePerGas"][-1]
    assert stage.raw("eth_maxPriorityFeePerGas")["verified"]["status"] == "unverifiable"


def test_an_unreasonable_suggestion_is_refused() -> None:
    stage = Stage(settings=RpcSettings(max_priority_fee_wei=10**8))
    assert "UnreasonableFee" in stage.refusal("eth_maxPriorityFeePerGas")
    assert "UnreasonableFee" in stage.refusal("eth_gasPrice")
    stage.close()


@pytest.mark.parametrize("rows", [None, [], [["0x1"]] * 2, [["0x1", "0x2"], 7], [["0x2", "0x1"]] * 2])
def test_rewards_of_another_form_are_refused(stage: Stage, rows: Any) -> None:
    stage.mine(2)
    true = stage.servers[0].endpoint.ask

    async def twisted(method: str, *params: Any) -> Any:
        answer = await true(method, *params)
        return answer | {"reward": rows} if method == "eth_feeHistory" else answer

    stage.servers[0].endpoint.ask = twisted  # type: ignore[method-assign]
    assert "WrongRewards" in stage.refusal("eth_feeHistory", "0x2", "latest", [10, 90])


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBalance", ["0x11"]),
        ("eth_getBalance", [ADDRESS, "newest"]),
        ("eth_getBalance", [ADDRESS, {"blockHash": HASH, "blockNumber": "0x1"}]),
        ("eth_getBalance", []),
        ("eth_getBalance", [ADDRESS, "latest", "more"]),
        ("eth_getBalance", [None]),
        ("eth_getStorageAt", [ADDRESS, "0x" + "0" * 65]),
        ("eth_getProof", [ADDRESS, "0x0"]),
        ("eth_getBlockByNumber", ["0x1", "yes"]),
        ("eth_getBlockByNumber", [1, False]),
        ("eth_getTransactionByHash", ["0x" + "zz" * 32]),
        ("eth_getLogs", ["all"]),
        ("eth_feeHistory", ["0x1", "latest", [50, 20]]),
        ("eth_feeHistory", [True, "latest"]),
        ("eth_feeHistory", ["0x1", "latest", list(range(101))]),
        ("eth_sendRawTransaction", ["0x0"]),
        ("eth_sendRawTransaction", ["0x02"]),
        ("eth_call", ["0x"]),
        ("web3_sha3", ["abc"]),
    ],
)
def test_parameters_of_another_form_are_refused(stage: Stage, method: str, params: list[Any]) -> None:
    assert stage.refusal(method, *params) == "InvalidParameter"


def test_the_documentation_names_every_refusal() -> None:
    text = (ROOT / "docs" / "verified-rpc.md").read_text()
    kinds = [kind for family in (OursError, PeerError, EnvironmentalError, RpcRefusal) for kind in family.__subclasses__()]
    ours = [kind.__name__ for kind in kinds if kind.__module__.startswith(("lightclient.rpc", "lightclient.endpoints"))]
    assert [name for name in ours if f"`{name}`" not in text and name != "RpcRefusal"] == []


def test_what_cannot_be_verified_is_not_passed_through(stage: Stage) -> None:
    for method in ("eth_sign", "debug_traceTransaction", "eth_newFilter", "eth_blobBaseFee"):
        assert stage.refusal(method) == "UnknownMethod"
    assert stage.refusal("eth_subscribe", "newHeads") == "SubscriptionsNeedASocket"
    assert all(method.run.__doc__ for method in METHODS.values())
