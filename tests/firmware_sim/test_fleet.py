import asyncio
from types import TracebackType
from typing import Self

import pytest

from firmware_sim.clock import ScaledClock
from firmware_sim.device import Device, Message
from firmware_sim.errors import Undelivered
from firmware_sim.fleet import run
from firmware_sim.links.link import Link


class VirtualClock:
    """Jumps to wherever somebody sleeps to."""

    def __init__(self) -> None:
        self.time_ms = 0

    def now_ms(self) -> int:
        return self.time_ms

    async def sleep_until_ms(self, time_ms: int) -> None:
        self.time_ms = max(self.time_ms, time_ms)


class FakeLink(Link):
    def __init__(self, clock: VirtualClock, *, deaf: bool = False) -> None:
        self.clock, self.deaf, self.log = clock, deaf, list[tuple[int, str]]()

    async def send(self, message: Message) -> None:
        self.log.append((self.clock.time_ms, message.topic))

    async def drain(self) -> None:
        if self.deaf:
            raise Undelivered("fake", 1, 0)
        self.log.append((self.clock.time_ms, "drained"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.log.append((self.clock.time_ms, "closed"))


def device(name: str, *times: int) -> Device:
    return Device(name, [Message(t, name, b"") for t in times])


def test_each_message_leaves_in_its_time_and_the_link_is_drained() -> None:
    clock = VirtualClock()
    links = {"a": FakeLink(clock), "b": FakeLink(clock)}
    counts = asyncio.run(run([device("a", 10, 20), device("b", 30)], links.__getitem__, clock))
    assert counts == {"a": 2, "b": 1}
    assert [what for _, what in links["a"].log] == ["a", "a", "drained", "closed"]
    assert all(time >= 10 for time, _ in links["a"].log)


def test_what_is_not_acknowledged_is_an_error() -> None:
    clock = VirtualClock()
    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(run([device("a", 1)], lambda _: FakeLink(clock, deaf=True), clock))
    assert caught.group_contains(Undelivered)


def test_a_scaled_clock_runs_fast() -> None:
    async def hour() -> int:
        clock = ScaledClock(1_000, 360_000.0)
        await clock.sleep_until_ms(1_000 + 3_600_000)
        await clock.sleep_until_ms(0)
        return clock.now_ms()

    assert 3_590_000 < asyncio.run(hour()) < 3_600_000 * 60
