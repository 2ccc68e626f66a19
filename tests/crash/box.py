"""A real gateway in a process of its own, so that it can be killed."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.vectors import ROOT


class Box:
    """`aios run` over one data directory."""

    def __init__(self, folder: Path, config: str) -> None:
        self.folder = folder
        self.config = folder / "gateway.toml"
        self.config.write_text(config)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "run", "--config", str(self.config)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )

    def kill(self) -> None:
        """Ends the process as a power cut does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ends the process as a service manager does, and returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def sequences(self) -> list[int]:
        """Returns every stored sequence, repeats included."""
        connection = sqlite3.connect(f"file:{self.folder / 'store.db'}?mode=ro", uri=True)
        try:
            return [row[0] for row in connection.execute("SELECT sequence FROM readings ORDER BY id")]
        except sqlite3.OperationalError:
            return []  # killed before the store existed
        finally:
            connection.close()
