"""The Store: takes deliveries from drivers and writes from the pipeline, and lets everybody read.

It knows how data becomes durable, not what it means: the tables' own functions stand in the modules beside this one.
Threads: `offer`, `write`, `read`, `subscribe` and `stats` may be called from any; callbacks come on the writer's thread.
"""

import contextlib
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from drivers.driver import Delivery
from gateway.store import connection as connections
from gateway.store.errors import StoreClosedError, StoreUnusableError
from gateway.store.intake import Intake, Job
from gateway.store.migrations import Migration, shipped
from gateway.store.opening import open_file
from gateway.store.settings import StoreSettings
from gateway.store.writer import Commit, OnCondition, Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stats:
    """How the store is doing; counters run since it was opened."""

    waiting: int
    """Deliveries taken and not yet durable."""
    refused: int
    """Offers that found the queue full."""
    commits: int
    """Groups committed."""
    deliveries: int
    """Deliveries acknowledged."""
    readings: int
    """Readings stored."""
    repeats: int
    """Deliveries that were known already."""
    rejects: int
    """Deliveries stored as rejects."""
    failing: str | None
    """The condition under which writing stands still, such as `store.disk_full`."""
    last_commit_seconds: float
    """How long the last group took."""
    file_bytes: int
    """Size of the database and its write-ahead log."""


class Store:
    """One open store; implements `drivers.driver.Sink`."""

    def __init__(
        self, settings: StoreSettings, *, on_condition: OnCondition, now_ms: Callable[[], int], monotonic: Callable[[], float]
    ) -> None:
        """Is for `open`."""
        self._settings = settings
        self._path = Path(settings.path)
        self._on_condition = on_condition
        self._now_ms = now_ms
        self._intake = Intake(settings, monotonic)
        self._monotonic = monotonic
        self._writer: Writer
        self._lock: connections.ProcessLock
        self._subscribers: tuple[Callable[[Commit], None], ...] = ()
        self._readers: deque[tuple[int, sqlite3.Connection]] = deque()
        self._generation = 0
        """Counts files: a reader of a file that was set aside is not used again."""
        self._closed = False
        self._totals = Stats(0, 0, 0, 0, 0, 0, 0, None, 0.0, 0)

    @classmethod
    def open(
        cls,
        settings: StoreSettings,
        *,
        now_ms: Callable[[], int],
        on_condition: OnCondition,
        monotonic: Callable[[], float] = time.monotonic,
        factory: connections.Factory = sqlite3.Connection,
        migrations: tuple[Migration, ...] | None = None,
    ) -> "Store":
        """Opens or makes the store, salvaging a damaged one; call `close` when done.

        Raises:
            StoreLockedError: another process has it.
            StoreUnusableError: the directory is missing or not writable, or the disk fails.
            NewerSchemaError: a later release wrote it.
        """
        store = cls(settings, on_condition=on_condition, now_ms=now_ms, monotonic=monotonic)
        known = shipped() if migrations is None else migrations

        def reopen(damaged: bool) -> sqlite3.Connection:
            opened = open_file(settings, known, damaged=damaged, factory=factory, now_ms=now_ms, on_condition=on_condition)
            store._generation += 1
            return opened

        store._lock = connections.ProcessLock(store._path)
        try:
            store._writer = Writer(
                settings,
                store._intake,
                reopen=reopen,
                on_condition=on_condition,
                on_commit=store._committed,
                now_ms=now_ms,
                monotonic=monotonic,
            )
            store._writer.start()
        except (sqlite3.Error, OSError) as error:
            store._lock.release()
            raise StoreUnusableError(store._path, str(error)) from error
        except BaseException:
            store._lock.release()
            raise
        return store

    def offer(self, delivery: Delivery) -> bool:
        """Returns True if the delivery was taken: it is acknowledged after its commit; False when full, and then nothing was kept."""
        return self._intake.offer(delivery)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Runs `work` on the writer's thread inside the next commit and returns a future that resolves when that is durable.

        What `work` raises goes to the future, and nothing of it is stored; other work in the same commit is not touched. It may be
        run again after a failed commit, so it changes nothing but the connection, and it neither commits nor rolls back.

        Raises:
            StoreBacklogError: too much waits for the disk already.
            StoreClosedError: the store is closing.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._intake.submit(Job(work, future))
        return future

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Gives a read-only connection that sees one moment of the store; keep it short, or the write-ahead log grows.

        Raises:
            StoreClosedError: the store is closed.
        """
        if self._closed:
            raise StoreClosedError
        generation, connection = self._reader()
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            self._give_back(generation, connection)

    def subscribe(self, callback: Callable[[Commit], None]) -> None:
        """Calls back after each commit, on the writer's thread; the callback returns at once and never raises."""
        self._subscribers = (*self._subscribers, callback)

    @property
    def ended(self) -> "Future[None]":
        """Returns a future that fails if a bug ends the writer: from then on nothing is recorded until the process is started anew."""
        return self._writer.ended

    def stats(self) -> Stats:
        """Returns how the store is doing."""
        totals = self._totals
        return Stats(
            waiting=self._intake.waiting(),
            refused=self._intake.refused,
            commits=totals.commits,
            deliveries=totals.deliveries,
            readings=totals.readings,
            repeats=totals.repeats,
            rejects=totals.rejects,
            failing=None if self._writer.failing is None else self._writer.failing.value,
            last_commit_seconds=totals.last_commit_seconds,
            file_bytes=_size(self._path) + _size(self._path.with_name(self._path.name + "-wal")),
        )

    def close(self) -> None:
        """Takes nothing more, commits what was taken, and lets go of the file; a second call does nothing."""
        if self._closed:
            return
        # The writer's connection goes last: only then does SQLite fold the write-ahead log into the file, so that the file alone is a copy.
        self._drop_readers()
        self._writer.close()
        self._closed = True
        self._drop_readers()
        self._lock.release()

    def _drop_readers(self) -> None:
        while self._readers:
            self._readers.popleft()[1].close()

    def _reader(self) -> tuple[int, sqlite3.Connection]:
        while True:
            try:
                generation, connection = self._readers.popleft()
            except IndexError:
                return self._generation, connections.connect_reader(self._path)
            if generation == self._generation:
                return generation, connection
            connection.close()

    def _give_back(self, generation: int, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            return
        if self._closed or generation != self._generation or len(self._readers) >= _READERS_KEPT:
            connection.close()
        else:
            self._readers.append((generation, connection))

    def _committed(self, commit: Commit) -> None:
        totals = self._totals
        self._totals = Stats(
            waiting=0,
            refused=0,
            commits=totals.commits + 1,
            deliveries=totals.deliveries + commit.deliveries,
            readings=totals.readings + commit.readings,
            repeats=totals.repeats + commit.repeats,
            rejects=totals.rejects + sum(count for _, _, count in commit.rejects),
            failing=None,
            last_commit_seconds=commit.seconds,
            file_bytes=0,
        )
        for callback in self._subscribers:
            callback(commit)


_READERS_KEPT = 4
"""Read connections kept open between uses."""


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - called on every health page; a missing log is no error
    except OSError:
        return 0
