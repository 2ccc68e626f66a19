"""One group as one transaction, tried as often as it takes. Works on a connection; knows no thread and no acknowledgement.

A COMMIT whose answer is lost leaves two possibilities. Every group raises the commit counter by one, so reading it before the next
attempt tells which came true, and a write of the pipeline is never run on top of its own effect. A commit that came true in spite of
its answer counts only once it is synced.
"""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.driver import Delivery
from gateway.store.failure import classify
from gateway.store.ingest import Ingested, ingest, set_aside
from gateway.store.intake import Job
from gateway.store.settings import StoreSettings


@dataclass(frozen=True, slots=True)
class Done:
    """A transaction whose COMMIT was sent."""

    ingested: Ingested
    """What the deliveries became."""
    results: tuple[tuple[Job, Any, Exception | None], ...]
    """What each job returned or raised."""


@dataclass(slots=True)
class Work:
    """One group on its way through as many attempts as it takes."""

    deliveries: Sequence[Delivery]
    """What is stored; offenders among them are replaced by rejects on the way."""
    jobs: Sequence[Job]
    """What runs after them."""
    number: int = -1
    """The commit counter before the last attempt."""
    done: Done | None = None
    """The last attempt, if it came as far as COMMIT and the answer was not yes."""
    suspect: bool = False
    """A delivery among them is refused by the schema."""
    searched: bool = False
    """The offender was looked for already."""


def attempt(connection: sqlite3.Connection, work: Work, devices: set[str], settings: StoreSettings) -> Done:
    """Commits the group and returns what it became, also if an earlier attempt had committed it already.

    Raises:
        Exception: nothing can be said about the transaction; roll back, classify, and try again or look for the offender.
    """
    number = int(connection.execute("SELECT number FROM commits").fetchone()[0])
    if work.done is not None and number == work.number + 1:
        _settle_log(connection)
        return work.done
    work.done, work.number = None, number
    connection.execute("BEGIN IMMEDIATE")
    if work.suspect and not work.searched:
        work.deliveries = set_aside(connection, work.deliveries, settings)
        work.searched = True
    ingested = ingest(connection, work.deliveries, devices, settings)
    results = tuple(_run(connection, job, settings) for job in work.jobs)
    connection.execute("UPDATE commits SET number = number + 1")
    # From here on the answer may be lost; the counter will tell.
    work.done = Done(ingested, results)
    connection.execute("COMMIT")
    return work.done


def _settle_log(connection: sqlite3.Connection) -> None:
    """Returns once what stands in the write-ahead log is in the file and synced there.

    A commit that came true although its fsync failed is in memory only: the kernel counts pages as clean after a failed fsync, and a
    second fsync of the log would succeed without writing them.
    """
    if connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()[0]:
        busy = sqlite3.OperationalError("a reader keeps the log from being settled")
        busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise busy


def _run(connection: sqlite3.Connection, job: Job, settings: StoreSettings) -> tuple[Job, Any, Exception | None]:
    connection.execute("SAVEPOINT job")
    try:
        result = job.work(connection)
    except Exception as error:
        if classify(error, free_bytes(Path(settings.path))) is not None:
            raise
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return job, None, error
    connection.execute("RELEASE job")
    return job, result, None


def free_bytes(path: Path) -> int:
    """Returns the free space where the store is; a large number if the system does not say."""
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return 1 << 62
    return found.f_bavail * found.f_frsize
