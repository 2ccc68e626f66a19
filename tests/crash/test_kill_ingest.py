"""Fifty kills at random moments under load: what the broker was told is taken is stored, once."""

import asyncio
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from gateway.demo.broker import EmbeddedBroker, find_mosquitto
from tests.crash.box import Box
from tests.crash.floor import DEVICE, Floor
from tests.end_to_end.waiting import until

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


@dataclass
class Outcome:
    acknowledged: set[int]
    stored: list[int]
    killed_at_work: int
    seconds: float

    def check(self) -> None:
        print(  # noqa: T201 - numbers for the record; pytest shows them with -s
            f"{KILLS} kills in {self.seconds:.0f} s, {self.killed_at_work} of them while readings came in:"
            f" {len(self.acknowledged)} acknowledged, {len(self.stored)} stored"
        )
        lost = self.acknowledged - set(self.stored)
        assert not lost, f"{len(lost)} acknowledged readings are lost"
        assert len(self.stored) == len(set(self.stored)), "a reading is stored twice"
        assert self.killed_at_work >= KILLS // 2


async def kill_loop(folder: Path, kind: Literal["mosquitto", "amqtt"], rate: float) -> Outcome:
    rng, began, at_work = random.Random(20), time.monotonic(), 0
    async with EmbeddedBroker(kind=kind, max_queued_messages=0) as broker:
        box = Box(folder, CONFIG.format(folder=folder, port=broker.port, protocol=broker.protocol, device=DEVICE))
        with box.running():
            # The gateway's first subscription makes the session; what is published before it is nobody's promise.
            await until(box.connected, 30, "the broker keeps a session for the gateway")
            with Floor(broker.port, broker.protocol, rate) as floor:
                for number in range(KILLS):
                    before = box.count()
                    if number % 4:
                        await until(lambda: box.count() > before, 30, "readings come in again")  # noqa: B023 - awaited at once
                    # Every fourth kill falls anywhere in a start; the others some time after readings came in.
                    await asyncio.sleep(rng.uniform(0.0, 1.0))
                    at_work += box.count() > before
                    box.kill()
                    box.start()
            await until(lambda: box.count() >= len(floor.acknowledged), 120, "all that was acknowledged is stored")
            assert box.stop() == 0
        stored = [row[0] for row in box.select("SELECT sequence FROM readings")]
    return Outcome(floor.acknowledged, stored, at_work, time.monotonic() - began)


@pytest.mark.peer
@pytest.mark.timeout(2400)
@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
def test_mosquitto(tmp_path: Path) -> None:
    outcome = asyncio.run(kill_loop(tmp_path, "mosquitto", rate=1000))
    outcome.check()
    assert len(outcome.acknowledged) > 10_000


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_embedded(tmp_path: Path) -> None:
    outcome = asyncio.run(kill_loop(tmp_path, "amqtt", rate=200))
    outcome.check()
    assert len(outcome.acknowledged) > 2_000
