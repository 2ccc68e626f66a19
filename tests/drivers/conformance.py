"""What every driver must do, as one suite: subclass `DriverConformance`, give it a `Harness`, and every check below runs.

The harness owns a real peer. The checks look only from outside: what the sink was offered, and what the peer sends again.
"""

import asyncio
import gc
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from pathlib import Path

import pytest

from drivers.driver import Delivery, Driver
from drivers.errors import DriverError
from drivers.outage import SupervisionSettings
from drivers.supervision import supervise

PATIENCE = 100.0
"""Seconds until a check gives up; a machine under load is slow, and a passing check does not wait."""

SOON = 0.3
"""Seconds in which something that must not happen would have happened."""


class Harness(AbstractAsyncContextManager["Harness"], ABC):
    """A peer that is up inside the context, and the driver for it."""

    @abstractmethod
    def driver(self) -> Driver:
        """Returns a new driver; every one of a harness speaks for the same gateway."""

    @abstractmethod
    async def send(self, numbers: Sequence[int]) -> None:
        """Sends one message for each number, which becomes its sequence and its value; returns when the peer has taken them."""

    @abstractmethod
    async def send_garbage(self) -> None:
        """Sends what no codec can read, in as many kinds as the protocol has; ends with something sent by `send`'s route."""

    @abstractmethod
    async def restart(self) -> None:
        """Cuts every connection and comes back at the same address."""


class Recorder:
    """A sink that keeps what it is offered; commits, and acknowledges from a thread of its own, when it is told to."""

    def __init__(self, *, commits: bool = True, room: int | None = None) -> None:
        self.commits = commits
        self.room = room
        self.refused = 0
        self.taken: list[Delivery] = []
        self._writer = ThreadPoolExecutor(1)

    def offer(self, delivery: Delivery) -> bool:
        if self.room is not None and len(self.taken) >= self.room:
            self.refused += 1
            return False
        self.taken.append(delivery)
        if self.commits:
            self._writer.submit(delivery.acknowledge)
        return True

    def values(self) -> list[object]:
        return [reading.value for delivery in self.taken for reading in delivery.readings]

    def close(self) -> None:
        self._writer.shutdown()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the condition lives in other threads and other processes
            await asyncio.sleep(0.01)


class Running:
    """A driver at work; `stop` cancels it and returns what it raised, if it was not the cancellation."""

    def __init__(self, driver: Driver, sink: Recorder) -> None:
        self.driver = driver
        self.task = asyncio.create_task(driver.run(sink))

    async def connected(self) -> None:
        await until(lambda: self.driver.connected or self.task.done())
        assert not self.task.done(), self.task.exception()

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError, DriverError):
            await self.task


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class DriverConformance:
    """The suite. A subclass defines a fixture `harness`."""

    @pytest.fixture
    def harness(self) -> Harness:
        raise NotImplementedError("a subclass brings its peer")

    def play(self, harness: Harness, story: Callable[[Harness], Awaitable[None]]) -> None:
        async def main() -> None:
            async with harness:
                await story(harness)

        asyncio.run(main())

    @contextmanager
    def sink(self, *, commits: bool = True, room: int | None = None) -> Iterator[Recorder]:
        recorder = Recorder(commits=commits, room=room)
        yield recorder
        recorder.close()

    def test_it_delivers_readings_in_order(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink() as sink:
                running = Running(peer.driver(), sink)
                await running.connected()
                await peer.send(range(50))
                await until(lambda: len(sink.taken) >= 50)
                await running.stop()
                assert sink.values() == [float(number) for number in range(50)]
                assert [d.readings[0].sequence for d in sink.taken] == list(range(50))
                assert len({d.identity for d in sink.taken}) == 50
                assert {d.driver for d in sink.taken} == {running.driver.name}

        self.play(harness, story)

    def test_it_acknowledges_only_what_was_committed(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink(commits=False) as forgetful, self.sink() as sink:
                running = Running(peer.driver(), forgetful)
                await running.connected()
                await peer.send(range(5))
                await until(lambda: len(forgetful.taken) >= 5)
                await running.stop()
                again = Running(peer.driver(), sink)
                await until(lambda: len(sink.taken) >= 5)
                await asyncio.sleep(SOON)
                await again.stop()
                assert [d.identity for d in sink.taken] == [d.identity for d in forgetful.taken]

        self.play(harness, story)

    def test_what_was_committed_is_not_sent_again(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink() as sink:
                running = Running(peer.driver(), sink)
                await running.connected()
                await peer.send(range(5))
                await until(lambda: len(sink.taken) >= 5)
                await asyncio.sleep(SOON)
                await running.stop()
                again = Running(peer.driver(), sink)
                await again.connected()
                await asyncio.sleep(SOON)
                await again.stop()
                assert len(sink.taken) == 5

        self.play(harness, story)

    def test_what_is_sent_while_it_is_away_arrives_when_it_is_back(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink() as sink:
                first = Running(peer.driver(), sink)
                await first.connected()
                await first.stop()
                await peer.send(range(30))
                again = Running(peer.driver(), sink)
                await until(lambda: len(sink.taken) >= 30)
                await asyncio.sleep(SOON)
                await again.stop()
                assert sink.values() == [float(number) for number in range(30)]

        self.play(harness, story)

    def test_a_full_sink_loses_nothing(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink(room=3) as sink:
                running = Running(peer.driver(), sink)
                await running.connected()
                await peer.send(range(40))
                await until(lambda: sink.refused > 0)
                assert len(sink.taken) == 3
                sink.room = None
                await until(lambda: len(sink.taken) >= 40)
                await running.stop()
                assert sink.values() == [float(number) for number in range(40)]

        self.play(harness, story)

    def test_what_a_full_sink_refused_survives_the_drivers_end(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink(room=3) as full, self.sink() as sink:
                running = Running(peer.driver(), full)
                await running.connected()
                await peer.send(range(20))
                await until(lambda: full.refused > 0)
                await asyncio.sleep(SOON)
                await running.stop()
                again = Running(peer.driver(), sink)
                await until(lambda: len(sink.taken) + 3 >= 20)
                await again.stop()
                assert sorted(full.values() + sink.values(), key=str) == sorted(map(float, range(20)), key=str)

        self.play(harness, story)

    def test_it_survives_garbage(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink() as sink:
                running = Running(peer.driver(), sink)
                await running.connected()
                await peer.send_garbage()
                await until(lambda: any(d.reject for d in sink.taken))
                await peer.send([7])
                await until(lambda: 7.0 in sink.values())
                await running.stop()
                assert all(d.reject.reason and d.reject.detail for d in sink.taken if d.reject)
                again = Running(peer.driver(), sink)
                await again.connected()
                count = len(sink.taken)
                await asyncio.sleep(SOON)
                await again.stop()
                assert len(sink.taken) == count, "a reject must be acknowledged, or it comes back for ever"

        self.play(harness, story)

    def test_cancelling_leaves_nothing_behind(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink() as sink:
                first = Running(peer.driver(), sink)
                await first.connected()
                await first.stop()
                gc.collect()
                threads, files = threading.active_count(), open_files()
                running = Running(first.driver, sink)
                await running.connected()
                await running.stop()
                gc.collect()
                assert running.task.cancelled()
                assert (threading.active_count(), open_files()) == (threads, files)
                assert not running.driver.connected
                assert len(asyncio.all_tasks()) == 1

        self.play(harness, story)

    def test_cancelling_at_once_leaves_nothing_behind(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink() as sink:
                threads = threading.active_count()
                for turns in range(4):
                    running = Running(peer.driver(), sink)
                    for _ in range(turns):
                        await asyncio.sleep(0)
                    await running.stop()
                assert threading.active_count() == threads

        self.play(harness, story)

    def test_a_late_acknowledgement_does_nothing(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            with self.sink(commits=False) as slow, self.sink(commits=False) as sink:
                running = Running(peer.driver(), slow)
                await running.connected()
                await peer.send([1])
                await until(lambda: len(slow.taken) >= 1)
                await running.stop()
                again = Running(peer.driver(), sink)
                await until(lambda: len(sink.taken) >= 1)
                slow.taken[0].acknowledge()
                await asyncio.sleep(SOON)
                await again.stop()
                third = Running(peer.driver(), sink)
                await until(lambda: len(sink.taken) >= 2)
                await third.stop()

        self.play(harness, story)

    def test_it_comes_back_when_the_peer_does(self, harness: Harness) -> None:
        async def story(peer: Harness) -> None:
            told: list[str | None] = []
            settings = SupervisionSettings(base_seconds=0.05, longest_seconds=0.2, stable_seconds=0.1)
            with self.sink() as sink:
                driver = peer.driver()
                task = asyncio.create_task(
                    supervise(driver, sink, on_condition=lambda _name, severity, _text: told.append(severity), settings=settings)
                )
                await until(lambda: driver.connected)
                await peer.send([1])
                await until(lambda: len(sink.taken) >= 1)
                await peer.restart()
                await until(lambda: told == ["warning", None])
                await peer.send([2])
                await until(lambda: 2.0 in sink.values())
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                assert not driver.connected

        self.play(harness, story)
