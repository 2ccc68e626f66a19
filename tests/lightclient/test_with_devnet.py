"""The client, its REST source and the devnet together, over real sockets on the loopback; and what happens when the devnet lies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from fullnode.devnet.consensus.misbehave import Endpoint, Lie
from fullnode.devnet.devnet import Devnet
from fullnode.devnet.settings import DevnetSettings
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.client import LightClient
from lightclient.errors import NoSourceAnswers
from lightclient.execution.proof import verify_proof_answer
from lightclient.network import load_network
from lightclient.sources import RestBeaconSource
from lightclient.trace import verify_trace

pytestmark = pytest.mark.slow
BLS = PyblstBackend()

LIES = {
    Lie.SIGNATURE: {"InvalidSignature"},
    Lie.EXECUTION_BRANCH: {"InvalidExecutionBranch"},
    Lie.FINALITY_BRANCH: {"WrongFinalityBranch"},
    Lie.COMMITTEE_BRANCH: {"WrongNextCommitteeBranch"},
    Lie.COMMITTEE: {"WrongNextCommitteeBranch"},
    Lie.STATE_ROOT: {"InvalidExecutionBranch"},
}


@asynccontextmanager
async def followed(first_slot: int = 60) -> AsyncIterator[tuple[Devnet, LightClient, httpx.AsyncClient]]:
    async with Devnet(DevnetSettings(ticking=False)) as devnet, httpx.AsyncClient() as http:
        devnet.advance_to(first_slot)
        source = RestBeaconSource(devnet.beacon_url, devnet.network, http)
        client = LightClient(devnet.network, devnet.checkpoint(), [source], bls=BLS, time=devnet.now_s, on_condition=lambda *_: None)
        await client.start()
        yield devnet, client, http


def test_it_follows_over_committee_rotations_and_its_trace_and_proofs_verify() -> None:
    async def story() -> None:
        async with followed() as (devnet, client, http):
            checkpoint = devnet.checkpoint()
            devnet.advance_to(4 * 64 + 40)
            await client.catch_up()
            await client.poll()
            assert client.head().optimistic.slot == 4 * 64 + 39
            assert client.status().refusals == {}
            now = devnet.network.slot_at_time(devnet.now_s())
            proven = verify_trace(client.trace(), checkpoint, devnet.network, current_slot=now, bls=BLS)
            assert proven.finalized_header == client.head().finalized.header
            execution = client.head().finalized.execution
            assert execution is not None
            address = "0x" + "42" * 20
            request = {"jsonrpc": "2.0", "id": 1, "method": "eth_getProof", "params": [address, ["0x0"], hex(execution.block_number)]}
            answer = (await http.post(devnet.rpc_url, json=request)).json()["result"]
            proof = verify_proof_answer(answer, state_root=execution.state_root, address=bytes.fromhex(address[2:]), keys=[bytes(32)])
            assert proof.storage == (0,)

    asyncio.run(story())


def test_events_carry_the_heads_and_stopping_is_clean() -> None:
    async def story() -> None:
        async with followed() as (devnet, client, _):
            running = asyncio.create_task(client.run())
            waiting = asyncio.create_task(client.wait_finalized(56))
            for _ in range(20):
                devnet.advance_to(devnet.consensus.head.slot + 2)
                await asyncio.sleep(0.05)
            execution = await asyncio.wait_for(waiting, 100)
            assert execution.block_number >= 56
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

    asyncio.run(story())


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_is_refused_by_name_and_moves_nothing(lie: Lie) -> None:
    async def story() -> None:
        async with followed() as (devnet, client, _):
            before = client.head()
            devnet.advance_to(100)
            devnet.misbehave.lie = lie
            for step in (client.catch_up, client.poll):
                with suppress(NoSourceAnswers):  # not every lie is in every answer
                    await step()
            assert set(client.status().refusals) >= LIES[lie]
            assert client.head().finalized.header == before.finalized.header
            devnet.misbehave.lie = None
            await client.catch_up()
            await client.poll()
            assert client.head().optimistic.slot == 99

    asyncio.run(story())


def test_what_is_withheld_is_no_refusal() -> None:
    async def story() -> None:
        async with followed() as (devnet, client, _):
            devnet.advance_to(100)
            devnet.misbehave.withhold = set(Endpoint)
            with pytest.raises(NoSourceAnswers):
                await client.poll()
            assert client.status().refusals == {}

    asyncio.run(story())


def test_the_network_file_is_that_of_the_default_devnet() -> None:
    devnet = Devnet(DevnetSettings(ticking=False, genesis_time=1_800_000_000))
    assert load_network("devnet") == devnet.network
