"""The light client as a daemon: a year of periods caught up, cold start to a verified head, memory, and bytes written per day.

Periods are synthesised one by one: each has a committee of 512 keys of its own and an update that these really sign, and the client starts
at the first and ends at the last. Making them is not measured.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.lightclient_year import FIRST, NETWORK, PERIODS, YearSource, make_bootstrap, make_update, time_after
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.client import LightClient
from lightclient.persistence import StoreFile
from lightclient.settings import LightClientSettings
from lightclient.ssz import hash_tree_root

DAYS_OF_SETTING = 2 * 366


def measure() -> dict[str, float]:
    """Returns seconds, megabytes, and the year's ratio to the update alone."""
    year = YearSource(make_bootstrap(), tuple(make_update(FIRST + index) for index in range(PERIODS)))
    with tempfile.TemporaryDirectory() as folder:
        in_memory, _ = _catch_up(year, None)
        on_disk, written = _catch_up(year, Path(folder) / "store")
        daemon = _daemon(YearSource(year.bootstrap_, year.updates_[:2]))
    return {
        "year caught up, s": in_memory,
        "a period of it, ms": 1e3 * in_memory / PERIODS,
        "year caught up with its store file, s": on_disk,
        "bytes written while catching up a year, MB": written / 1e6,
        **daemon,
    }


def _catch_up(source: YearSource, path: Path | None) -> tuple[float, int]:
    file = StoreFile(path) if path else None
    begun = time.monotonic()
    client = LightClient(
        NETWORK,
        hash_tree_root(source.bootstrap_.header.beacon),
        [source],
        bls=PyblstBackend(),
        time=lambda: time_after(source.updates_[-1]) + time.monotonic() - begun,
        on_condition=lambda *_: None,
        settings=LightClientSettings(max_checkpoint_age_seconds=DAYS_OF_SETTING * 86400),
        file=file,
    )

    async def story() -> None:
        await client.start()
        await client.catch_up()

    started = time.process_time()
    asyncio.run(story())
    seconds = time.process_time() - started
    assert client.status().period == FIRST + len(source.updates_) - 1
    return seconds, file.bytes_written if file else 0


def _daemon(source: YearSource) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        source.write(Path(folder))
        first, figures = _run(folder)
        again, _ = _run(folder)
    return {
        "cold start to the first verified head, s": first,
        "start again from the store file, s": again,
        "resident memory, MB": figures["rss"] / 1e6,
        "written to disk per day, MB": 24 * figures["hour"] / 1e6,
    }


def _run(folder: str) -> tuple[float, dict[str, float]]:
    started = time.monotonic()
    command = [sys.executable, "-m", "benchmarks.lightclient_daemon", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seconds = time.monotonic() - started
        figures: dict[str, float] = json.loads(process.stdout.readline())
    return seconds, figures


if __name__ == "__main__":
    print(measure())
