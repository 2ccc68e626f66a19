"""An RPC or a beacon node that lies: refused by name, shown by a condition, nothing FINAL meanwhile, and everything FINAL afterwards."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from fullnode.devnet.consensus.misbehave import Lie as BeaconLie
from fullnode.devnet.rpc.misbehave import Lie as RpcLie
from oracle.publication import State
from tests.end_to_end.house import House, ended, house, lasting
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

PROOF_LIES = (RpcLie.PROOF_VALUE, RpcLie.PROOF_BALANCE, RpcLie.PROOF_ACCOUNT, RpcLie.PROOF_NODE)
"""Each is a proof that does not prove what it says, refused under `publisher.proof_refused`."""

BEACON_LIES = {
    BeaconLie.SIGNATURE: "InvalidSignature",
    BeaconLie.FINALITY_BRANCH: "WrongFinalityBranch",
    BeaconLie.EXECUTION_BRANCH: "InvalidExecutionBranch",
    BeaconLie.STATE_ROOT: "InvalidExecutionBranch",
    BeaconLie.FEW_SIGNERS: "slots old",
}
"""Lies about a finality update, and the check that health names. What too few sign is valid and moves nothing, so that heads grow old."""


def says(one: House, word: str) -> bool:
    return any(word in text for text in lasting(one.gateway).values())


def test_proofs_that_prove_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path / "demo") as one:
            for lie in PROOF_LIES:
                await one.inspect()
                await one.anchored(State.INCLUDED)
                before = one.finals()
                one.world.devnet.rpc_misbehave.lies.add(lie)
                await until(lambda: "publisher.proof_refused" in lasting(one.gateway), 30, f"{lie} is refused")
                await one.slots()
                assert one.finals() == before, f"final by the word of {lie}"
                one.world.devnet.rpc_misbehave.lies.clear()
                await one.final()
                await until(lambda: lasting(one.gateway) == {}, 30, "the condition ends with the lie")

    asyncio.run(story())


def test_finality_updates_that_nobody_finalized(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path / "demo") as one:
            assert one.gateway.chain is not None
            light = one.gateway.chain.light
            assert light is not None
            for lie, check in BEACON_LIES.items():
                await one.inspect()
                await one.anchored(State.INCLUDED)
                one.world.devnet.misbehave.lie = lie
                await one.slots(3)  # an answer that was true may still be under way
                head, before = light.head().finalized.slot, one.finals()
                await until(partial(says, one, check), 60, f"health names {check}")
                await one.slots()
                assert light.head().finalized.slot == head, f"{lie} moved the finalized head"
                assert one.finals() == before, f"final by the word of {lie}"
                one.world.devnet.misbehave.lie = None
                await one.final()
                await until(lambda: lasting(one.gateway) == {}, 60, "the condition ends with the lie")

    asyncio.run(story())


def stint(one: House, gas_limit: int) -> None:
    """From now on the gateway's transactions may use so much gas."""
    oracle = one.gateway.settings.oracle
    assert oracle is not None
    object.__setattr__(oracle.publisher, "gas_limit", gas_limit)  # frozen, for nothing but a test changes it


def test_receipts_of_what_never_happened(tmp_path: Path) -> None:
    """The anchor runs out of gas, and the RPC says that it succeeded."""

    async def story() -> None:
        async with house(tmp_path / "demo") as one:
            await one.inspect()
            await one.final()
            stint(one, 40_000)
            one.world.devnet.rpc_misbehave.lies.add(RpcLie.RECEIPT_STATUS)
            await one.inspect()
            await until(lambda: "publisher.anchor_not_proven" in lasting(one.gateway), 60, "the receipt is refused")
            await one.slots()
            assert one.finals() == {0}, "final by the word of a receipt"
            one.world.devnet.rpc_misbehave.lies.clear()
            stint(one, 100_000)
            await one.final()
            await until(lambda: lasting(one.gateway) == {}, 30, "the condition ends")
            assert "publisher.anchor_not_proven" in ended(one.gateway)

    asyncio.run(story())
