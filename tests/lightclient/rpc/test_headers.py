"""Which blocks can be proven from a head: by parents near it, by the history contract further back, and no further."""

from typing import Any

import pytest

from lightclient.endpoints.errors import EndpointRefused
from lightclient.rpc.settings import RpcLimits, RpcSettings
from tests.fullnode.execution.builders import make_chain
from tests.lightclient.rpc.stage import Stage


def long_stage(blocks: int = 30, walk: int = 5) -> Stage:
    stage = Stage(make_chain(), RpcSettings(limits=RpcLimits(walk_blocks=walk, cached_headers=64)))
    stage.mine(blocks)
    return stage


def asked(stage: Stage) -> list[str]:
    calls: list[str] = []
    true = stage.servers[0].endpoint.ask

    async def noted(method: str, *params: Any) -> Any:
        calls.append(method)
        return await true(method, *params)

    stage.servers[0].endpoint.ask = noted  # type: ignore[method-assign]
    return calls


def test_near_the_head_parents_are_followed_and_remembered() -> None:
    stage = long_stage()
    calls = asked(stage)
    assert stage.ask("eth_getBlockTransactionCountByNumber", "0x1a") == "0x0"
    assert calls == ["eth_getBlockByHash"] + ["eth_getBlockByNumber"] * 4 + ["eth_getBlockByHash"]
    calls.clear()
    assert stage.raw("eth_getBalance", "0x" + "11" * 20, "0x1b")["verified"]["block"]["hash"] == "0x" + stage.chain.at(27).hash.hex()
    assert calls == ["eth_getProof"]
    stage.close()


def test_further_back_the_history_contract_proves_the_hash() -> None:
    stage = long_stage()
    calls = asked(stage)
    assert stage.ask("eth_getBlockTransactionCountByNumber", "0x3") == "0x0"
    assert calls == ["eth_getBlockByHash", "eth_getProof", "eth_getBlockByHash", "eth_getBlockByHash"]
    calls.clear()
    stage.ask("eth_getBlockTransactionCountByNumber", "0x3")
    assert calls == []
    stage.close()


def test_a_lie_about_history_is_refused_by_name() -> None:
    stage = long_stage()
    true = stage.servers[0].endpoint.ask

    async def bump(method: str, *params: Any) -> Any:
        answer = await true(method, *params)
        if method == "eth_getProof":
            answer["storageProof"][0]["value"] = hex(int(answer["storageProof"][0]["value"], 16) ^ 1)
        return answer

    stage.servers[0].endpoint.ask = bump  # type: ignore[method-assign]
    assert "WrongProofValue" in stage.refusal("eth_getBlockByNumber", "0x3", False)
    stage.close()


@pytest.mark.parametrize("forged", ["stateRoot", "receiptsRoot", "timestamp"])
def test_forged_headers_are_refused_by_name(forged: str) -> None:
    stage = long_stage()
    true = stage.servers[0].endpoint.ask

    async def forge(method: str, *params: Any) -> Any:
        answer = await true(method, *params)
        if method.startswith("eth_getBlockBy"):
            answer[forged] = answer[forged][:-1] + ("1" if answer[forged][-1] == "0" else "0")
        return answer

    stage.servers[0].endpoint.ask = forge  # type: ignore[method-assign]
    assert "WrongBlockHash" in stage.refusal("eth_getBlockByNumber", "latest", False)
    stage.servers[0].endpoint.ask = true  # type: ignore[method-assign]
    stage.ask("eth_blockNumber")
    stage.servers[0].endpoint.ask = forge  # type: ignore[method-assign]
    assert "WrongBlockHash" in stage.refusal("eth_getLogs", {"fromBlock": "0x1a"})
    assert "BrokenHeaderChain" in stage.verified.asking.refusals
    stage.close()


def test_where_a_chain_has_no_history_contract_the_walk_is_the_reach(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.close()
    stage = long_stage()
    # Nobody lives there: its absence is proven, which is no server's fault.
    monkeypatch.setattr("lightclient.execution.history.HISTORY_ADDRESS", b"\x77" * 20)
    assert stage.refusal("eth_getBlockByNumber", "0x3", False) == "BlockOutOfReach"
    assert stage.ask("eth_getBlockByNumber", "0x1a", False)["number"] == "0x1a"
    assert stage.verified.asking.scores[0].quality == 1.0
    stage.close()


def test_a_server_that_knows_no_hashes_is_asked_by_number(stage: Stage) -> None:
    stage.mine(2)
    true = stage.servers[0].endpoint.ask

    async def by_number(method: str, *params: Any) -> Any:
        if params and isinstance(params[-1], dict):
            raise EndpointRefused("x", method, -32602, "invalid block parameter")
        return await true(method, *params)

    stage.servers[0].endpoint.ask = by_number  # type: ignore[method-assign]
    assert stage.ask("eth_getBalance", "0x" + "11" * 20) == "0x0"
    calls = asked(stage)
    assert stage.ask("eth_getBalance", "0x" + "11" * 20) == "0x0"
    assert calls == ["eth_getProof"]


def test_memory_is_bounded() -> None:
    stage = long_stage(blocks=80, walk=80)
    stage.ask("eth_getLogs", {"fromBlock": "0x1"})
    assert len(stage.verified.headers._known) == 64
    stage.close()
