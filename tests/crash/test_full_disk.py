"""Power fails while the disk is full: the gateway comes back, says what is wrong, and loses nothing."""

import asyncio
from pathlib import Path

import pytest

from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings
from gateway import control
from gateway.control import NotRunningError
from gateway.demo.broker import EmbeddedBroker
from tests.crash.box import Box
from tests.crash.test_kill_ingest import CONFIG
from tests.end_to_end.disk import fill, small_disk
from tests.end_to_end.floor_only import DEVICE, publish
from tests.end_to_end.waiting import until


def says_full(box: Box) -> bool:
    try:
        return "store.disk_full" in {one["name"] for one in control.call(box.folder, "status")["conditions"]}
    except NotRunningError:
        return False


@pytest.mark.peer
@pytest.mark.timeout(1200)
def test_killed_and_started_on_a_full_disk(tmp_path: Path) -> None:
    async def story(disk: Path) -> None:
        async with EmbeddedBroker() as broker, MqttLink("reefer", MqttLinkSettings(port=broker.port)) as device:
            box = Box(disk, CONFIG.format(folder=disk, port=broker.port, protocol=broker.protocol, device=DEVICE))
            with box.running():
                await until(box.connected, 30, "the broker keeps a session for the gateway")
                await publish(device, 0, 500)
                await until(lambda: box.count() == 500, 30, "readings are stored")
                fill(disk / "ballast")
                await publish(device, 500, 1500)
                await device.drain()
                for _ in range(3):
                    await until(lambda: says_full(box), 30, "health says so")
                    box.kill()
                    box.start()
                await until(lambda: says_full(box), 30, "health says so")
                (disk / "ballast").unlink()
                await until(lambda: box.count() == 2000, 30, "everything arrives")
                assert box.stop() == 0
            assert sorted(row[0] for row in box.select("SELECT sequence FROM readings")) == list(range(2000))

    with small_disk(tmp_path / "disk", 8) as disk:
        asyncio.run(story(disk))
