"""Runs devices: each sends its messages when their time has come, over its own link, and stays until all are acknowledged."""

import asyncio
from collections.abc import Callable, Iterable

from firmware_sim.clock import Clock
from firmware_sim.device import Device
from firmware_sim.links.link import Link


async def play(device: Device, link: Link, clock: Clock) -> int:
    """Sends everything the device has to say and returns how many messages that were, once all are acknowledged.

    Raises:
        Undelivered: the peer did not acknowledge the last of them in time.
    """
    count = 0
    async with link:
        for message in device.messages:
            await clock.sleep_until_ms(message.time_ms)
            await link.send(message)
            count += 1
            # Physics is computed as messages are drawn; giving way after each keeps a fleet's devices in step.
            await asyncio.sleep(0)
        await link.drain()
    return count


async def run(devices: Iterable[Device], link: Callable[[str], Link], clock: Clock) -> dict[str, int]:
    """Plays all devices at once, each over `link(device.id)`; returns each one's count.

    Raises:
        ExceptionGroup: of what `play` raises; the other devices are then stopped.
    """
    async with asyncio.TaskGroup() as group:
        tasks = {device.id: group.create_task(play(device, link(device.id), clock)) for device in devices}
    return {name: task.result() for name, task in tasks.items()}
