import asyncio
import shutil
import socket

import pytest

from firmware_sim.device import Message
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings

pytestmark = [pytest.mark.peer, pytest.mark.skipif(shutil.which("mosquitto") is None, reason="mosquitto is not installed")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def broker(port: int) -> asyncio.subprocess.Process:
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec("mosquitto", "-p", str(port), stdout=quiet, stderr=quiet)


def test_a_broker_that_is_killed_and_comes_back_gets_everything() -> None:
    async def story() -> None:
        port = free_port()
        running = await broker(port)
        async with MqttLink("c-1", MqttLinkSettings(port=port, drain_s=30)) as link:
            for index in range(300):
                if index == 150:
                    running.kill()
                    await running.wait()
                if index == 250:
                    running = await broker(port)
                await link.send(Message(index, "devices/c-1/senml", b"[]"))
            await link.drain()
            assert (link.sent, link.acknowledged) == (300, 300)
        running.terminate()
        await running.wait()

    asyncio.run(story())
