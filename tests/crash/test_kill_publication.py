"""A gateway killed after each change of a publication's state: no anchor is skipped, none is doubled."""

import asyncio
import random
import sqlite3
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
from tests.crash.box import Box
from tests.end_to_end.waiting import until

KILLS = 20
GTIN = "09506000134352"


def states(folder: Path) -> dict[int, str]:
    connection = sqlite3.connect(f"file:{folder / 'store.db'}?mode=ro", uri=True)
    try:
        return dict(connection.execute("SELECT batch_index, state FROM publications"))
    except sqlite3.OperationalError:
        return {}
    finally:
        connection.close()


async def inspect(world: World, link: MqttLink, number: int) -> None:
    """One item passes the camera: one finding, one attestation, and so soon one batch."""
    image = png(draw(np.random.default_rng(number), Defect.GOOD))
    await link.send(Message(0, f"devices/{CAMERA}/frame/{GTIN}/L42/item-{number}/{number}/{1_700_000_000_000 + number}", image))


async def kill_after_each_change(world: World) -> set[str]:
    box = Box(world.folder, world.config.read_text().replace("seconds = 12.0", "seconds = 0.2"))
    rng = random.Random(7)
    killed_after: set[str] = set()
    box.start()
    async with MqttLink("camera", MqttLinkSettings(port=world.broker.port)) as link:
        seen: dict[int, str] = {}
        for number in range(KILLS):
            await inspect(world, link, number)
            await until(lambda: states(world.folder) != seen, 60, "a publication moves")  # noqa: B023 - awaited at once
            # Some kills fall right after a commit, some a moment later, between a signature and its sending, say.
            await asyncio.sleep(rng.choice([0.0, 0.0, 0.02, 0.1]))
            box.kill()
            now = states(world.folder)
            killed_after |= {state for index, state in now.items() if seen.get(index) != state}
            seen = now
            box.start()
        await link.drain()
    await until(lambda: attested(world.folder) == KILLS and set(states(world.folder).values()) == {"final"}, 180, "everything is final")
    assert box.stop() == 0
    return killed_after


def attested(folder: Path) -> int:
    connection = sqlite3.connect(f"file:{folder / 'store.db'}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM attestations WHERE batch IS NOT NULL").fetchone()[0])
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_anchor_is_skipped_or_doubled(tmp_path: Path) -> None:
    async def story() -> None:
        async with build(tmp_path / "demo", web_port=0) as world:
            killed_after = await kill_after_each_change(world)
            stored = roots(world.folder)
            events, nonce = await on_chain(world)
            assert [(event.index, event.root, event.count) for event in events] == stored
            assert nonce == len(stored), "a transaction was sent that anchored nothing"
            assert {"staged", "sent", "included"} <= killed_after

    asyncio.run(story())


async def on_chain(world: World) -> tuple[list[anchor.Anchored], int]:
    """Returns the events of every anchor there ever was, in the chain's order, and how many transactions the gateway had mined."""

    async def ask(client: httpx.AsyncClient, method: str, *params: object) -> Any:
        answer = await client.post(world.devnet.rpc_url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return answer.json()["result"]

    async with httpx.AsyncClient() as client:
        logs = await ask(client, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "topics": ["0x" + anchor.ANCHORED.hex()]})
        nonce = await ask(client, "eth_getTransactionCount", "0x" + world.gateway.hex(), "latest")
    events = [anchor.decode_anchored([_bytes(t) for t in log["topics"]], _bytes(log["data"])) for log in logs]
    return events, int(nonce, 16)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def roots(folder: Path) -> list[tuple[int, bytes, int]]:
    connection = sqlite3.connect(f"file:{folder / 'store.db'}?mode=ro", uri=True)
    try:
        return [tuple(row) for row in connection.execute("SELECT batch_index, root, count FROM batches ORDER BY batch_index")]
    finally:
        connection.close()
