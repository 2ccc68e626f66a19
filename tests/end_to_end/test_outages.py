"""Broker gone, chain gone, disk full: everything arrives in the end, and health showed each trouble from its beginning to its end."""

import asyncio
import contextlib
from pathlib import Path

import httpx
import pytest

from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings
from gateway.compose import Gateway
from gateway.demo.broker import EmbeddedBroker, find_mosquitto
from gateway.demo.cast import SECOND_CAMERA
from oracle.publication import State
from tests.end_to_end.cable import Cable
from tests.end_to_end.disk import fill, small_disk
from tests.end_to_end.floor_only import publish, running, stored
from tests.end_to_end.house import House, ended, house, lasting, metrics
from tests.end_to_end.waiting import until

DISCONNECTED = "mqtt.floor.disconnected"
UNREACHABLE = {"beacon": "lightclient.unreachable", "rpc": "publisher.rpc_unreachable"}
ACKNOWLEDGED = 'aios_mqtt_acknowledged_total{name="floor"}'


async def over(gateway: Gateway, condition: str, times: int = 1) -> None:
    """Waits for the end of a condition, which began and ended so many times."""
    await until(lambda: condition not in lasting(gateway), 60, f"{condition} ends")
    assert ended(gateway).count(condition) == times


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_cable_to_the_broker_is_cut(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            EmbeddedBroker() as broker,
            Cable(broker.port) as cable,
            running(tmp_path, port=cable.port, protocol=broker.protocol) as gateway,
            MqttLink("reefer", MqttLinkSettings(port=broker.port)) as device,
        ):
            await publish(device, 0, 200)
            await until(lambda: len(stored(gateway)) == 200, 30, "the first readings are stored")
            await cable.cut()
            await until(lambda: DISCONNECTED in lasting(gateway), 30, "health says so")
            await publish(device, 200, 300)
            await device.drain()
            assert len(stored(gateway)) == 200
            await cable.mend()
            await until(lambda: len(stored(gateway)) == 500, 60, "everything arrives")
            assert sorted(stored(gateway)) == list(range(500))
            await over(gateway, DISCONNECTED)

    asyncio.run(story())


@pytest.mark.peer
@pytest.mark.timeout(1200)
@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
def test_broker_is_restarted(tmp_path: Path) -> None:
    async def story() -> None:
        kept = tmp_path / "broker"
        async with contextlib.AsyncExitStack() as stack:
            async with EmbeddedBroker(kind="mosquitto", persistence=kept) as broker:
                gateway = await stack.enter_async_context(running(tmp_path, port=broker.port, protocol=broker.protocol))
                device = await stack.enter_async_context(MqttLink("reefer", MqttLinkSettings(port=broker.port)))
                await publish(device, 0, 200)
                await until(lambda: len(stored(gateway)) == 200, 30, "the first readings are stored")
            await until(lambda: DISCONNECTED in lasting(gateway), 30, "health says so")
            await publish(device, 200, 300)
            async with EmbeddedBroker(kind="mosquitto", persistence=kept, port=broker.port):
                await until(lambda: len(stored(gateway)) == 500, 60, "everything arrives")
                assert sorted(stored(gateway)) == list(range(500))
                await over(gateway, DISCONNECTED)
                await device.drain()
                await stack.aclose()

    asyncio.run(story())


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_chain_is_gone(tmp_path: Path) -> None:
    async def outage(one: House, *names: str, times: int) -> None:
        await one.inspect()
        await one.anchored(State.INCLUDED)
        for name in names:
            await one.cables[name].cut()
        await until(lambda: {UNREACHABLE[name] for name in names} <= lasting(one.gateway).keys(), 60, f"health misses {names}")
        before = one.finals()
        await one.inspect()
        await one.slots()
        assert one.finals() == before
        for name in names:
            await one.cables[name].mend()
        await one.final()
        for name in names:
            await over(one.gateway, UNREACHABLE[name], times)

    async def story() -> None:
        async with house(tmp_path / "demo") as one:
            await outage(one, "rpc", times=1)
            await outage(one, "beacon", times=1)
            await outage(one, "rpc", "beacon", times=2)
            assert lasting(one.gateway) == {}

    asyncio.run(story())


@pytest.mark.peer
@pytest.mark.timeout(1200)
def test_disk_is_full(tmp_path: Path) -> None:
    async def story(disk: Path) -> None:
        async with house(disk / "demo") as one, MqttLink("reefer", MqttLinkSettings(port=one.world.broker.port)) as device:
            gateway, ballast = one.gateway, disk / "ballast"
            await publish(device, 0, 500, SECOND_CAMERA)  # a device without a key: nothing unsigned of the containers is taken
            await one.inspect()
            await until(lambda: len(stored(gateway)) == 501, 30, "readings and a frame are stored")
            fill(ballast)
            await publish(device, 500, 2000, SECOND_CAMERA)
            await one.inspect()
            await until(lambda: "store.disk_full" in lasting(gateway), 60, "health says so")
            await device.drain()
            rows, taken = len(stored(gateway)), (await metrics(gateway))[ACKNOWLEDGED]
            await one.slots()
            async with httpx.AsyncClient() as client:
                assert (await client.get(gateway.url)).status_code == 200, "pages are shown while nothing can be written"
            assert len(stored(gateway)) == rows < 2502
            assert (await metrics(gateway))[ACKNOWLEDGED] == taken <= rows, "a device was told that its reading is kept"
            ballast.unlink()
            await until(lambda: len(stored(gateway)) == 2502, 60, "everything arrives")
            await one.final()
            await over(gateway, "store.disk_full")
            await until(lambda: lasting(gateway) == {}, 60, "nothing is wrong any more")

    with small_disk(tmp_path / "disk", 12) as disk:
        asyncio.run(story(disk))
