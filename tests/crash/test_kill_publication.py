"""A gateway killed at each change of a publication's state, and at random: no anchor is skipped, none is doubled."""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from firmware_sim.device import Message
from firmware_sim.inspection.frames import Defect, draw, png
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings
from gateway.demo.cast import CAMERA
from gateway.demo.world import World, build
from oracle import anchor
from oracle.chain import ChainRpc
from oracle.publication import State
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.transactor import Transactor
from tests.crash.box import Box
from tests.crash.fuse import Fuse
from tests.end_to_end.waiting import until
from tests.oracle.anvil import PATIENT

STATES = (State.STAGED, State.SIGNED, State.SENT, State.INCLUDED, State.FINAL)
FUSES = tuple(Fuse(when, state) for state in STATES for when in ("before", "after"))
THEFTS = (Fuse("before", State.REPLACED), Fuse("after", State.REPLACED))
"""Kills at the moment in which it is proven that a nonce was stolen."""
REORGS = (Fuse("before", State.SENT, State.INCLUDED), Fuse("after", State.SENT, State.INCLUDED))
"""Kills at the moment in which a receipt is gone."""
PATIENCE = "poll_seconds = 0.5\n[oracle.publisher.patience]\nresend_ms = 2000\nretry_ms = 1000"
STRANGER = b"\x99" * 20
RANDOM_KILLS = 20
GTIN = "09506000134352"


async def inspect(link: MqttLink, number: int) -> None:
    """One item passes the camera: one finding, one attestation, and so soon one batch."""
    image = png(draw(np.random.default_rng(number), Defect.GOOD))
    await link.send(Message(0, f"devices/{CAMERA}/frame/{GTIN}/L42/item-{number}/{number}/{1_700_000_000_000 + number}", image))


async def kill_at_each_change(box: Box, link: MqttLink, items: Iterator[int]) -> None:
    for fuse in FUSES:
        box.start(fuse)
        await inspect(link, next(items))
        await until(box.dead, 90, f"the gateway dies {fuse.when} {fuse.state}")


async def kill_at_thefts(box: Box, link: MqttLink, items: Iterator[int], world: World) -> None:
    """Somebody else uses the gateway's key, and the next anchor's nonce is gone."""
    thief = LocalSigner(SecretKey(world.devnet.accounts[1].private_key))
    assert thief.address == world.gateway
    for fuse in THEFTS:
        box.start()
        await until(lambda: finished_so_far(box), 120, "nothing is under way")
        box.kill()
        async with httpx.AsyncClient() as client:
            rpc = ChainRpc(client, world.devnet.rpc_url, PATIENT)
            transactor = Transactor(rpc, thief, await rpc.chain_id())
            await transactor.transact("steal a nonce", STRANGER, b"", 1)
        box.start(fuse)
        await inspect(link, next(items))
        await until(box.dead, 120, f"the gateway dies {fuse.when} {fuse.state}")


async def kill_at_reorgs(box: Box, link: MqttLink, items: Iterator[int], world: World) -> None:
    for fuse in REORGS:
        box.start(fuse)
        async with asyncio.timeout(900):
            while not box.dead():
                await lose_a_receipt(box, link, next(items), world)


async def lose_a_receipt(box: Box, link: MqttLink, item: int, world: World) -> None:
    """Cuts off the block that holds an anchor; a slow gateway may see the same receipt in a later block only, and lives on."""
    before = len(box.select("SELECT 1 FROM publications"))
    await inspect(link, item)
    await until(lambda: newest(box, before) is State.INCLUDED, 60, "an anchor is included")
    world.devnet.consensus.reorg(5)
    await until(
        lambda: box.dead() or newest(box, before) is State.FINAL, 90, "the gateway dies as its receipt is gone, or the anchor is final"
    )


def newest(box: Box, known: int) -> State | None:
    """Returns where the newest publication stands, None while there are no more than are known."""
    states = [State(row[0]) for row in box.select("SELECT state FROM publications ORDER BY batch_index")]
    return states[-1] if len(states) > known else None


def finished_so_far(box: Box) -> bool:
    return {row[0] for row in box.select("SELECT state FROM publications")} == {State.FINAL}


async def kill_at_random(box: Box, link: MqttLink, items: Iterator[int]) -> None:
    rng = random.Random(7)
    for _ in range(RANDOM_KILLS):
        box.start()
        await inspect(link, next(items))
        await asyncio.sleep(rng.uniform(0.2, 2.5))
        box.kill()


def finished(box: Box, items: int) -> bool:
    ((attested,),) = box.select("SELECT count(*) FROM attestations WHERE batch IS NOT NULL")
    return bool(attested == items and {row[0] for row in box.select("SELECT state FROM publications")} == {State.FINAL})


async def on_chain(world: World) -> tuple[list[tuple[int, bytes, int]], int]:
    """Returns every anchor as (index, root, count), in the chain's order, and how many transactions the gateway had mined."""

    async def ask(method: str, *params: object) -> Any:
        answer = await client.post(world.devnet.rpc_url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return answer.json()["result"]

    async with httpx.AsyncClient() as client:
        logs = await ask("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "topics": ["0x" + anchor.ANCHORED.hex()]})
        nonce = await ask("eth_getTransactionCount", "0x" + world.gateway.hex(), "latest")
    events = [anchor.decode_anchored([_bytes(topic) for topic in log["topics"]], _bytes(log["data"])) for log in logs]
    return [(event.index, event.root, event.count) for event in events], int(nonce, 16)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_no_anchor_is_skipped_or_doubled(tmp_path: Path) -> None:
    async def story() -> None:
        began = time.monotonic()
        async with build(tmp_path / "demo", web_port=0) as world:
            config = world.config.read_text().replace("seconds = 12.0", "seconds = 0.2").replace("poll_seconds = 0.5", PATIENCE)
            box = Box(world.folder, config)
            items = itertools.count()
            with box.running():
                await until(box.connected, 60, "the broker keeps a session for the gateway")
                box.kill()
                async with MqttLink("camera", MqttLinkSettings(port=world.broker.port)) as link:
                    await kill_at_each_change(box, link, items)
                    await kill_at_random(box, link, items)
                    await kill_at_thefts(box, link, items, world)
                    await kill_at_reorgs(box, link, items, world)
                    await link.drain()
                box.start()
                total = next(items)
                await until(lambda: finished(box, total), 180, "everything is final")
                assert box.stop() == 0
            batches = box.select("SELECT batch_index, root, count FROM batches ORDER BY batch_index")
            events, nonce = await on_chain(world)
        kills = len(FUSES) + RANDOM_KILLS + len(THEFTS) + len(REORGS)
        print(f"{kills} kills, {total} statements, {len(batches)} anchors in {time.monotonic() - began:.0f} s")  # noqa: T201
        assert sum(count for _, _, count in batches) == total
        assert events == batches
        assert nonce == len(batches) + len(THEFTS), "a transaction was sent that anchored nothing"

    asyncio.run(story())
