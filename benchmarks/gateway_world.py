"""What a measured gateway stands in: a broker, a chain and devices, in a process of their own so that only the gateway is measured.

Started by `bench_gateway` with a folder, a port, and `signed` or `unsigned`; prints the settings' path when everything answers, plays a
short trip for each line that it reads, and ends with its input.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

from firmware_sim import fleet
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings
from gateway.clock import SystemClock
from gateway.control import call
from gateway.demo.cast import CONTAINERS, PRODUCT, cast
from gateway.demo.clock import DemoClock
from gateway.demo.world import World, build

TRIP_HOURS = 72
"""As in the demo."""
TRIP_SECONDS = 10.0
"""How long the trip takes: some 350 messages a second and 6 frames a second."""
FRAMES = 60
"""Inspected items."""


async def main(folder: Path, port: int, *, signing: bool) -> None:
    """Builds the world and plays until the input ends."""
    async with build(folder, web_port=port, signing=signing) as world:
        print(world.config, flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            await _trip(world, folder)


async def _trip(world: World, folder: Path) -> None:
    real = SystemClock()
    clock = DemoClock(real, TRIP_HOURS * 3_600_000, TRIP_SECONDS, real.monotonic())
    players = cast(real.now_ms() - TRIP_HOURS * 3_600_000, seed=1, items=FRAMES, signers=world.signers)
    for role in CONTAINERS:
        await asyncio.to_thread(call, folder, "shipments-open", sscc=role.sscc, device=role.device, product=PRODUCT)
    await fleet.run(players.devices, lambda name: MqttLink(name, MqttLinkSettings(port=world.broker.port)), clock)
    for role in CONTAINERS:
        await asyncio.to_thread(call, folder, "shipments-close", sscc=role.sscc)
    print("played", flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), signing=sys.argv[3] == "signed"))
