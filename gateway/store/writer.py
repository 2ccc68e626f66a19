"""The one thread that writes: takes a group, commits it, then acknowledges; while the disk fails it keeps the group and tries again.

Invariants:
- nothing is acknowledged, and no future resolved, before the commit that holds it returned;
- a group that failed is tried again whole and first, so order is kept;
- after a commit that reported failure the commit counter is read: if the commit happened all the same, its jobs are not run twice.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from gateway.store.errors import StoreClosedError
from gateway.store.failure import Failure, classify
from gateway.store.intake import Group, Intake, Job
from gateway.store.prune import prune
from gateway.store.settings import StoreSettings
from gateway.store.transaction import Done, Work, attempt, free_bytes

OnCondition = Callable[[str, str | None, str], None]
"""`gateway.health.Report`: told (name, severity or None when it is over, what is wrong and what to do); from any thread."""

_DEVICES_REMEMBERED = 100_000
"""Ids kept in memory to save a look-up; beyond it they are forgotten and looked up again."""

_REMEDY = {
    Failure.FULL: "the disk is full: nothing is lost or acknowledged until there is room; free some",
    Failure.BUSY: "another program holds the store's lock: close it",
    Failure.CORRUPT: "the store is damaged: it is being set aside and salvaged",
    Failure.IO: "the disk refuses to write: check cable, mount and permissions; nothing is acknowledged meanwhile",
}


@dataclass(frozen=True, slots=True)
class Commit:
    """What one commit made durable."""

    first_reading: int | None
    """readings.id of the first reading stored; None if there is none."""
    last_reading: int | None
    """readings.id of the last reading stored."""
    readings: int
    """How many readings were stored."""
    deliveries: int
    """How many deliveries were acknowledged after it, repeats and rejects included."""
    repeats: int
    """How many of them were known already."""
    rejects: tuple[tuple[str, str, int], ...]
    """(driver, reason, how many)."""
    jobs: int
    """How many writes of the pipeline it carried."""
    seconds: float
    """From the group's first try to its commit: includes waiting for a failing disk."""


class Writer:
    """Owns the writing connection; all but `start` and `close` runs on its thread."""

    def __init__(
        self,
        settings: StoreSettings,
        intake: Intake,
        *,
        reopen: Callable[[bool], sqlite3.Connection],
        on_condition: OnCondition,
        on_commit: Callable[[Commit], None],
        now_ms: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._reopen = reopen
        """Returns a new connection; told True, sets the damaged file aside and salvages first."""
        self._on_condition = on_condition
        self._on_commit = on_commit
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._closing = threading.Event()
        self._closing_at = 0.0
        self._connection: sqlite3.Connection | None = None
        self._damaged = False
        self._devices: set[str] = set()
        self.failing: Failure | None = None
        """The condition that holds now."""
        self.ended: Future[None] = Future()
        """Fails if a bug ends the thread; `close` leaves it alone."""

    def start(self) -> None:
        """Opens the connection on the caller's thread, so that what is wrong is raised there, then begins."""
        self._connected()
        self._thread.start()

    def close(self) -> None:
        """Drains, for at most `close_seconds` if the disk is failing, and returns when the thread has ended."""
        self._closing_at = self._monotonic()
        self._intake.close()
        self._closing.set()
        self._thread.join()

    # The thread.

    def _run(self) -> None:
        pruned = self._monotonic()
        try:
            while (group := self._intake.take(self._settings.prune_seconds)) is not None:
                if group.deliveries or group.jobs:
                    self._settle(group)
                if self._monotonic() - pruned >= self._settings.prune_seconds:
                    pruned = self._monotonic()
                    self._prune()
        except BaseException as error:  # a bug of ours: whoever waits for a future is told, and so is the operator
            self._intake.close()
            self._on_condition("store.stopped", "error", f"the writer ended with {error!r}: restart the gateway and report this")
            if self.ended.set_running_or_notify_cancel():
                self.ended.set_exception(error)
            raise
        finally:
            _refuse(self._intake.abandon().jobs)
            self._disconnect()

    def _settle(self, group: Group) -> None:
        """Commits the group, however long it takes; returns without having done so only when closing and out of time."""
        work = Work(group.deliveries, group.jobs)
        began = self._monotonic()
        delay = self._settings.retry_first_seconds
        while True:
            try:
                done = attempt(self._connected(), work, self._devices, self._settings)
                break
            except Exception as error:
                failure = classify(error, free_bytes(Path(self._settings.path)))
                self._roll_back(failure)
                if failure is None and not work.searched:
                    work.suspect = True
                    continue
                if failure is None:
                    _refuse(group.jobs)
                    raise
                self._fail(failure, error)
                if self._closing.is_set() and self._monotonic() - self._closing_at >= self._settings.close_seconds:
                    _refuse(group.jobs)
                    return
                self._pause(delay)
                delay = min(delay * 2, self._settings.retry_max_seconds)
        self._recover()
        self._tell(work, done, self._monotonic() - began)

    def _tell(self, work: Work, done: Done, seconds: float) -> None:
        """The group is durable: acknowledges, resolves, reports."""
        for delivery in work.deliveries:
            delivery.acknowledge()
        for job, result, error in done.results:
            if error is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(error)
        ingested = done.ingested
        if len(self._devices) > _DEVICES_REMEMBERED:
            self._devices.clear()
        self._devices |= ingested.new_devices
        self._on_commit(
            Commit(
                first_reading=ingested.first_reading,
                last_reading=ingested.last_reading,
                readings=ingested.readings,
                deliveries=len(work.deliveries),
                repeats=ingested.repeats,
                rejects=ingested.rejects,
                jobs=len(work.jobs),
                seconds=seconds,
            )
        )

    def _prune(self) -> None:
        try:
            prune(self._connected(), self._settings, self._now_ms())
        except sqlite3.Error as error:
            # Nothing waits for it: the next pass, or the next group, meets the same trouble and reports it.
            self._roll_back(classify(error, free_bytes(Path(self._settings.path))))

    # Trouble.

    def _fail(self, failure: Failure, error: Exception) -> None:
        if failure is self.failing:
            return
        self._recover()
        self.failing = failure
        self._on_condition(failure.value, "error", f"{_REMEDY[failure]} ({error})")

    def _recover(self) -> None:
        if self.failing is not None:
            failing, self.failing = self.failing, None
            self._on_condition(failing.value, None, "writing again")

    def _pause(self, seconds: float) -> None:
        if self._closing.is_set():
            time.sleep(min(seconds, 0.1))
        else:
            self._closing.wait(seconds)

    # The connection.

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._reopen(self._damaged)
            self._damaged = False
            self._devices = {row[0] for row in self._connection.execute("SELECT id FROM devices LIMIT ?", (_DEVICES_REMEMBERED,))}
        return self._connection

    def _roll_back(self, failure: Failure | None) -> None:
        self._damaged = self._damaged or failure is Failure.CORRUPT
        if failure in {Failure.CORRUPT, Failure.IO}:
            # After a failed read or fsync nothing the connection has cached can be relied on.
            self._disconnect()
            return
        try:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _refuse(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if not job.future.done():
            job.future.set_exception(StoreClosedError())
