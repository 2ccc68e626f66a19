"""A real gateway without a chain: a broker, a store, a dashboard."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from firmware_sim.device import Message
from firmware_sim.links.mqtt import MqttLink
from gateway import compose
from gateway.clock import SystemClock
from gateway.compose import Gateway
from gateway.settings import load
from tests.end_to_end.house import connected, pack

DEVICE = "reefer-1"


@contextlib.asynccontextmanager
async def running(folder: Path, *, port: int, protocol: str, more: str = "") -> AsyncIterator[Gateway]:
    """Gives a gateway that the broker has accepted."""
    config = folder / "gateway.toml"
    config.write_text(f"""
[gateway]
data_dir = "{folder}"
[mqtt.floor]
port = {port}
protocol = "{protocol}"
[web]
port = 0
{more}
[[devices]]
id = "{DEVICE}"
""")
    async with compose.running(load(config), SystemClock()) as gateway:
        await connected(gateway)
        yield gateway


async def publish(link: MqttLink, first: int, count: int, device: str = DEVICE) -> None:
    for sequence in range(first, first + count):
        await link.send(Message(0, f"devices/{device}/senml", pack(device, sequence)))


def stored(gateway: Gateway) -> list[int]:
    """Returns every stored sequence number, in order of arrival."""
    with gateway.store.read() as connection:
        return [row[0] for row in connection.execute("SELECT sequence FROM readings ORDER BY id")]
