"""A real gateway in a process of its own, so that it can be killed."""

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from gateway import control
from gateway.control import NotRunningError
from tests.crash.fuse import Fuse

# The modules are imported once, in a server that forks: a start takes tenths of a second, and kills fall on work instead of imports.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["gateway.cli.run", "gateway.compose", "gateway.logs"])


class Box:
    """`aios run` over one data directory."""

    def __init__(self, folder: Path, config: str) -> None:
        self.folder = folder
        self.config = folder / "gateway.toml"
        self.config.write_text(config)
        self._process: Any = None

    def start(self, fuse: Fuse | None = None) -> None:
        self._process = _FORKS.Process(target=_run, args=(self.config, self.folder / "log", fuse), daemon=True)
        self._process.start()

    def kill(self) -> None:
        """Ends the process as a power cut does."""
        assert self._process.is_alive(), (self.folder / "log").read_text()[-4000:]
        self._process.kill()
        self._process.join()

    def dead(self) -> bool:
        """Returns whether its process was killed; anything else that ends it fails the test."""
        assert self._process.exitcode in {None, -signal.SIGKILL}, (self.folder / "log").read_text()[-4000:]
        return self._process.exitcode is not None

    def stop(self) -> int:
        """Ends the process as a service manager does, and returns its exit code."""
        self._process.terminate()
        self._process.join(150)
        assert self._process.exitcode is not None, "it does not stop"
        return int(self._process.exitcode)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Starts it, and leaves no process behind, whatever the test does."""
        self.start()
        try:
            yield
        finally:
            self._process.kill()
            self._process.join()

    def select(self, query: str) -> list[tuple[Any, ...]]:
        """Returns rows of the store as it is on disk; none before it exists."""
        try:
            with closing(sqlite3.connect(f"file:{self.folder / 'store.db'}?mode=ro", uri=True)) as connection:
                return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []  # killed before the file or its tables existed

    def connected(self) -> bool:
        """Returns whether the broker has accepted the gateway and its subscriptions."""
        try:
            dashboard = control.call(self.folder, "status")["dashboard"]
        except NotRunningError:
            return False
        return 'aios_mqtt_connected{name="floor"} 1.0' in httpx.get(f"{dashboard}/metrics").text

    def count(self) -> int:
        """Returns how many readings are stored, repeats included."""
        rows = self.select("SELECT count(*) FROM readings")
        return int(rows[0][0]) if rows else 0


def _run(config: Path, log: Path, fuse: Fuse | None) -> None:
    from gateway.cli.run import run  # noqa: PLC0415 - in the forked process only

    if fuse is not None:
        fuse.lay()
    with log.open("ab") as opened:
        os.dup2(opened.fileno(), 1)
        os.dup2(opened.fileno(), 2)
    run(config)
