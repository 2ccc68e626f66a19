"""Fifty kills at random moments under load: what the broker was told is taken is stored, once."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from gateway.demo.broker import EmbeddedBroker, find_mosquitto
from tests.crash.box import Box
from tests.crash.floor import DEVICE, Floor

KILLS = 50

CONFIG = """
[gateway]
data_dir = "{folder}"
[mqtt.floor]
port = {port}
protocol = "{protocol}"
[web]
port = 0
[[devices]]
id = "{device}"
"""


async def until(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        await asyncio.sleep(0.1)
    return done()


async def kill_loop(folder: Path, kind: Literal["mosquitto", "amqtt"], kills: int, rate: float) -> tuple[set[int], list[int]]:
    rng = random.Random(20)
    async with EmbeddedBroker(kind=kind, max_queued_messages=0) as broker:
        box = Box(folder, CONFIG.format(folder=folder, port=broker.port, protocol=broker.protocol, device=DEVICE))
        box.start()
        assert await until((folder / "store.db").exists, 30)
        await asyncio.sleep(2)  # the first subscription makes the session; what is published before it is nobody's promise
        with Floor(broker.port, broker.protocol, rate) as floor:
            for _ in range(kills):
                await asyncio.sleep(rng.uniform(0.1, 3.0))
                box.kill()
                box.start()
        taken = floor.acknowledged
        await until(lambda: len(set(box.sequences())) >= len(taken), 120)
        assert box.stop() == 0
        return taken, box.sequences()


@pytest.mark.peer
@pytest.mark.timeout(900)
@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
def test_mosquitto(tmp_path: Path) -> None:
    taken, stored = asyncio.run(kill_loop(tmp_path, "mosquitto", KILLS, rate=2000))
    assert len(taken) > 10_000
    assert taken <= set(stored), f"{len(taken - set(stored))} acknowledged readings are lost"
    assert len(stored) == len(set(stored)), "a reading is stored twice"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_embedded(tmp_path: Path) -> None:
    taken, stored = asyncio.run(kill_loop(tmp_path, "amqtt", KILLS, rate=200))
    assert len(taken) > 1_000
    assert taken <= set(stored), f"{len(taken - set(stored))} acknowledged readings are lost"
    assert len(stored) == len(set(stored)), "a reading is stored twice"
