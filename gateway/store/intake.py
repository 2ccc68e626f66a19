"""The queue between many offering threads and the one that writes.

Bounded by count and by bytes. `offer` takes a lock for about a microsecond and wakes the writer only when its group is there.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import Any

from drivers.driver import Delivery
from gateway.store.errors import StoreBacklogError, StoreClosedError
from gateway.store.settings import StoreSettings


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of the pipeline's writing."""

    work: Callable[[Any], Any]
    """Is called with the connection, inside a savepoint; again if the commit fails."""
    future: Future[Any]
    """Gets what `work` returned, after the commit is durable."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one commit takes."""

    deliveries: tuple[Delivery, ...]
    """In the order offered."""
    jobs: tuple[Job, ...]
    """In the order submitted; they run after the deliveries are stored."""


def wait_seconds(waiting: int, age_seconds: float, jobs: int, settings: StoreSettings) -> float | None:
    """Returns how long the writer may still gather: 0 is go, None is until something comes. Pure.

    A job goes at once: somebody waits for it, and its commit carries the deliveries along.
    """
    if jobs or waiting >= settings.group_count:
        return 0.0
    if waiting == 0:
        return None
    return max(0.0, settings.group_ms / 1000 - age_seconds)


class Intake:
    """Deliveries and jobs on their way to the writer."""

    def __init__(self, settings: StoreSettings, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._changed = threading.Condition(threading.Lock())
        # Under _changed:
        self._deliveries: deque[Delivery] = deque()
        self._bytes = 0
        self._jobs: deque[Job] = deque()
        self._oldest = 0.0
        self._closed = False
        self._need = 0
        """How many deliveries must wait before the writer is worth waking; 0 while it is awake."""
        self.refused = 0
        """How many offers found the queue full."""

    def offer(self, delivery: Delivery) -> bool:
        """Returns False if the queue is full or closed, and then nothing was kept."""
        with self._changed:
            waiting = len(self._deliveries) + 1
            waiting_bytes = self._bytes + len(delivery.payload)
            # One delivery is taken whatever its size, or it would be offered for ever.
            full = waiting > self._settings.queue_limit or (waiting > 1 and waiting_bytes > self._settings.queue_bytes)
            if self._closed or full:
                self.refused += 1
                return False
            if waiting == 1:
                self._oldest = self._monotonic()
            self._bytes = waiting_bytes
            self._deliveries.append(delivery)
            if 0 < self._need <= waiting:
                self._need = 0
                self._changed.notify()
        return True

    def submit(self, job: Job) -> None:
        """Takes a job.

        Raises:
            StoreBacklogError: too many are waiting.
            StoreClosedError: the store is closing.
        """
        with self._changed:
            if self._closed:
                raise StoreClosedError
            if len(self._jobs) >= self._settings.writes_limit:
                raise StoreBacklogError(len(self._jobs))
            self._jobs.append(job)
            self._need = 0
            self._changed.notify()

    def take(self, idle_seconds: float) -> Group | None:
        """Waits for a group that is due; returns an empty one after `idle_seconds` without work, and None when closed and drained."""
        with self._changed:
            idle = False
            while True:
                age = self._monotonic() - self._oldest
                wait = 0.0 if self._closed or idle else wait_seconds(len(self._deliveries), age, len(self._jobs), self._settings)
                if wait == 0.0:
                    return self._cut()
                self._need = self._settings.group_count if self._deliveries else 1
                woken = self._changed.wait(idle_seconds if wait is None else wait)
                self._need = 0
                idle = wait is None and not woken

    def _cut(self) -> Group | None:
        if self._closed and not self._deliveries and not self._jobs:
            return None
        count = min(len(self._deliveries), self._settings.group_count)
        deliveries = tuple(islice(self._deliveries, count))
        if count == len(self._deliveries):
            self._deliveries.clear()
            self._bytes = 0
        else:
            for _ in range(count):
                self._bytes -= len(self._deliveries.popleft().payload)
        # What stays behind starts its wait anew only if it came after; a full queue is due by count anyway.
        jobs = tuple(self._jobs)
        self._jobs.clear()
        return Group(deliveries, jobs)

    def close(self) -> None:
        """Refuses further work; what was taken can still be taken out."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def abandon(self) -> Group:
        """Returns everything still waiting, at once."""
        with self._changed:
            group = Group(tuple(self._deliveries), tuple(self._jobs))
            self._deliveries.clear()
            self._bytes = 0
            self._jobs.clear()
        return group

    def waiting(self) -> int:
        """Returns how many deliveries wait."""
        return len(self._deliveries)
