"""The shell around the table, under a clock of the test's own."""

import asyncio
from collections.abc import Callable

from drivers.driver import Delivery, Driver, Sink
from drivers.errors import ConnectionEnded, Refused
from drivers.outage import SupervisionSettings
from drivers.supervision import supervise

SETTINGS = SupervisionSettings(base_seconds=2.0, longest_seconds=60.0, stable_seconds=4.0)
LOST = ConnectionEnded("peer", "cut")
REFUSED = Refused("peer", 0x86, "bad password", "check it")


class Full:
    def offer(self, delivery: Delivery) -> bool:
        return False


class Clock:
    """Time passes only by sleeping; the longest sleeper does not hold up the others."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, future))
        await future

    async def run_until(self, end: float) -> None:
        while True:
            for _ in range(10):
                await asyncio.sleep(0)
            self._sleepers = [(due, future) for due, future in self._sleepers if not future.done()]
            due = min((due for due, _ in self._sleepers), default=end + 1)
            if due > end:
                self.now = end
                return
            self.now = due
            for when, future in self._sleepers:
                if when <= due and not future.done():
                    future.set_result(None)


class Scripted(Driver):
    """Each run lasts so long and then raises, or lasts for ever."""

    name = "scripted"

    def __init__(self, clock: Clock, script: list[tuple[float, Exception]]) -> None:
        self.clock = clock
        self.script = script
        self.began: list[float] = []
        self.running = 0
        self.up = True

    @property
    def connected(self) -> bool:
        return self.up

    async def run(self, sink: Sink) -> None:
        self.began.append(self.clock.now)
        self.running += 1
        try:
            if not self.script:
                await asyncio.Event().wait()
            seconds, error = self.script.pop(0)
            await self.clock.sleep(seconds)
            raise error
        finally:
            self.running -= 1


def story(
    script: list[tuple[float, Exception]], until: float, change: Callable[[Scripted], None] = lambda _: None
) -> tuple[Scripted, list[tuple[str, str | None]]]:
    told: list[tuple[str, str | None]] = []

    async def main() -> Scripted:
        clock = Clock()
        driver = Scripted(clock, script)
        change(driver)
        supervising = asyncio.create_task(
            supervise(
                driver,
                Full(),
                on_condition=lambda name, severity, _text: told.append((name, severity)),
                settings=SETTINGS,
                sleep=clock.sleep,
                monotonic=clock.monotonic,
                jitter=lambda: 1.0,
            )
        )
        await clock.run_until(until)
        supervising.cancel()
        await asyncio.gather(supervising, return_exceptions=True)
        assert driver.running == 0
        return driver

    return asyncio.run(main()), told


def test_failures_wait_longer_and_longer_and_are_told_once() -> None:
    driver, told = story([(0.0, LOST)] * 3, until=100.0)
    assert driver.began == [0.0, 2.0, 6.0, 14.0]
    assert told == [("scripted.disconnected", "warning"), ("scripted.disconnected", None)]


def test_a_refusal_waits_longest_and_is_an_error() -> None:
    driver, told = story([(0.0, REFUSED)], until=61.0)
    assert driver.began == [0.0, 60.0]
    assert told == [("scripted.disconnected", "error")]


def test_a_stable_period_starts_the_waits_over() -> None:
    driver, told = story([(0.0, LOST), (0.0, LOST), (10.0, LOST)], until=19.0)
    assert driver.began == [0.0, 2.0, 6.0, 18.0]
    assert [severity for _, severity in told] == ["warning", None, "warning"]


def test_a_defect_of_the_driver_is_an_error_and_supervision_lives() -> None:
    driver, told = story([(0.0, ZeroDivisionError())], until=61.0)
    assert len(driver.began) == 2
    assert told == [("scripted.disconnected", "error")]


def test_an_outage_lasts_until_the_peer_has_accepted_us() -> None:
    def never_up(driver: Scripted) -> None:
        driver.up = False

    _, told = story([(0.0, LOST)], until=100.0, change=never_up)
    assert told == [("scripted.disconnected", "warning")]


def test_a_run_that_simply_ends_counts_as_lost() -> None:
    class Ending(Scripted):
        async def run(self, sink: Sink) -> None:
            self.began.append(self.clock.now)

    async def main() -> list[float]:
        clock = Clock()
        driver = Ending(clock, [])
        settings = SupervisionSettings(base_seconds=1.0)
        task = asyncio.create_task(
            supervise(
                driver,
                Full(),
                on_condition=lambda *_: None,
                settings=settings,
                sleep=clock.sleep,
                monotonic=clock.monotonic,
                jitter=lambda: 1.0,
            )
        )
        await clock.run_until(3.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return driver.began

    assert asyncio.run(main()) == [0.0, 1.0, 3.0]
