"""A whole gateway in its world, in one process: broker, chain, devices; with a cable to each peer that a test can cut."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np

from firmware_sim.device import Message
from firmware_sim.inspection.frames import Defect, draw, png
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings
from fullnode.devnet.devnet import Devnet
from gateway import compose
from gateway.clock import SystemClock
from gateway.compose import Gateway
from gateway.demo.cast import CAMERA
from gateway.demo.world import World, build
from gateway.settings import load
from oracle.publication import State
from tests.end_to_end.cable import Cable
from tests.end_to_end.waiting import until

GTIN = "09506000134352"
SLOT_SECONDS = 0.25
"""The chain of these tests runs four times as fast as its own clock says."""
FINALITY_SLOTS = 26
"""More than an anchor can wait: it is finalized two epochs of eight slots after the end of its own."""

QUICK: Mapping[str, str] = {
    "seconds = 12.0": "seconds = 0.1",  # a batch waits for nobody
    "poll_seconds = 0.5": "poll_seconds = 0.3\nbackoff_limit_seconds = 2.0\n[oracle.publisher.patience]\nresend_ms = 2000\nretry_ms = 1000",
}
"""What is different from the demo's settings."""


class ChainClock(SystemClock):
    """The machine's clock, and the time that the chain says it is."""

    def __init__(self, devnet: Devnet) -> None:
        self._devnet = devnet

    def chain_ms(self) -> int:
        return round(self._devnet.now_s() * 1000)


@dataclass
class House:
    world: World
    gateway: Gateway
    camera: MqttLink
    cables: Mapping[str, Cable]
    """`broker`, `beacon` and `rpc`."""
    _items: Iterator[int] = field(default_factory=itertools.count)

    async def inspect(self) -> None:
        """One more item passes the camera: one finding, one attestation, one batch, one anchor."""
        number = next(self._items)
        image = png(draw(np.random.default_rng(number), Defect.GOOD))
        await self.camera.send(Message(0, f"devices/{CAMERA}/frame/{GTIN}/L42/item-{number}/{number}/{1_700_000_000_000 + number}", image))

    def states(self) -> dict[int, State]:
        with self.gateway.store.read() as connection:
            rows = connection.execute("SELECT batch_index, state FROM publications").fetchall()
        return {index: State(state) for index, state in rows}

    async def anchored(self, state: State, seconds: float = 90) -> None:
        """Waits until every item that was inspected so far stands in an anchor, the newest in that state."""
        sent = self.camera.sent

        def done() -> bool:
            with self.gateway.store.read() as connection:
                (batched,) = connection.execute("SELECT count(*) FROM attestations WHERE batch IS NOT NULL").fetchone()
            states = self.states()
            return bool(batched == sent and states[max(states)] is state)

        await until(done, seconds, lambda: f"{sent} items are {state}: {self.states()}, {self.gateway.health.active()}")

    async def final(self) -> None:
        """Waits until every item that was inspected so far is final."""
        await self.anchored(State.FINAL)
        assert set(self.states().values()) == {State.FINAL}

    def finals(self) -> set[int]:
        """Returns the indices of the anchors that are final."""
        return {index for index, state in self.states().items() if state is State.FINAL}

    async def slots(self, count: int = FINALITY_SLOTS) -> None:
        """Lets the chain grow by so many slots: by default long enough that what it held before is final."""
        last = self.world.devnet.consensus.head.slot + count
        await until(lambda: self.world.devnet.consensus.head.slot >= last, 60, f"slot {last}")


def lasting(gateway: Gateway) -> dict[str, str]:
    """Returns the texts of the conditions that last, by name."""
    return {condition.name: condition.text for condition in gateway.health.active()}


def ended(gateway: Gateway) -> list[str]:
    """Returns the names of the conditions that are over, once for each time they began."""
    return [condition.name for condition in gateway.health.ended()]


@contextlib.asynccontextmanager
async def house(folder: Path, *, quick: Mapping[str, str] = QUICK) -> AsyncIterator[House]:
    """Gives a running gateway whose contracts are final, with nothing anchored yet."""
    async with contextlib.AsyncExitStack() as stack:
        world = await stack.enter_async_context(build(folder, web_port=0))
        hurry = asyncio.create_task(_hurry(world.devnet), name="hurry")
        stack.push_async_callback(_cancel, hurry)
        text = world.config.read_text()
        cables = {}
        for name, port in {
            "broker": world.broker.port,
            "beacon": _port(world.devnet.beacon_url),
            "rpc": _port(world.devnet.rpc_url),
        }.items():
            cables[name] = await stack.enter_async_context(Cable(port))
            text = text.replace(f"port = {port}\n", f"port = {cables[name].port}\n").replace(f":{port}", f":{cables[name].port}")
        for old, new in quick.items():
            assert old in text
            text = text.replace(old, new)
        world.config.write_text(text)
        gateway = await stack.enter_async_context(compose.running(load(world.config), ChainClock(world.devnet)))
        camera = await stack.enter_async_context(MqttLink("camera", MqttLinkSettings(port=world.broker.port)))
        built = House(world, gateway, camera, cables)
        await connected(gateway)
        await built.slots()
        yield built


async def metrics(gateway: Gateway) -> dict[str, float]:
    """Returns what a Prometheus would read, by name and labels."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{gateway.url}/metrics")).text
    pairs = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


async def counted(gateway: Gateway, name: str, value: float) -> None:
    """Waits until a metric has that value."""
    async with asyncio.timeout(150):
        while (await metrics(gateway))[name] != value:  # noqa: ASYNC110 - what changes it knows nothing of this test
            await asyncio.sleep(0.05)


async def connected(gateway: Gateway) -> None:
    """Waits until the broker has accepted the gateway: before that it keeps nothing for it."""
    await counted(gateway, 'aios_mqtt_connected{name="floor"}', 1)


async def _hurry(devnet: Devnet) -> None:
    while True:
        await asyncio.sleep(SLOT_SECONDS)
        devnet.advance_to(devnet.consensus.head.slot + 1)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _port(url: str) -> int:
    return int(urlsplit(url).port or 0)


def pack(device: str, sequence: int, value: object = 5.0, **more: object) -> bytes:
    """Returns one temperature as a device sends it."""
    record = {"bn": f"{device}/", "bt": 1_700_000_000 + sequence, "seq": sequence, "n": "temperature", "u": "Cel", "v": value, **more}
    return json.dumps([record]).encode()
