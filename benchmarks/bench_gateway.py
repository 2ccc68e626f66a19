"""The whole gateway as a process: how long until its dashboard answers, and how much memory it takes, with everything configured.

MQTT, store, both agents, oracle, light client and dashboard run; broker, chain and devices are a process of their own. Start is from the
process's start to the first answered page, the best of several, because whatever else the machine does only ever adds; modules are compiled
already, as they are where a package was installed. Memory is the resident set, shared libraries included, at its highest while trips are
recorded, judged, attested and anchored; devices that sign add a library, so it is measured with them as well.
"""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import psutil

STARTS = 3
"""Of which the best counts."""
LOAD_SECONDS = 20.0
"""How long it is watched: a trip of ten seconds, its verdicts, statements and anchor."""
PATIENCE_SECONDS = 60.0
"""How long anything may take to answer."""
MB = 1_000_000


def measure() -> dict[str, float]:
    """Returns seconds and processor seconds to the first page, and megabytes after start and at most."""
    with tempfile.TemporaryDirectory(prefix="aios-bench-") as name:
        compiled = os.environ | {"PYTHONPYCACHEPREFIX": f"{name}/compiled", "PYTHONDONTWRITEBYTECODE": ""}
        with _world(Path(name) / "data", "unsigned") as (world, config, port):
            starts = []
            # The first one compiles.
            for _ in range(STARTS + 1):
                with _gateway(config, port, compiled) as (_, seconds, cpu):
                    starts.append((seconds, cpu))
            with _gateway(config, port, compiled) as (process, _, _):
                rested = process.memory_info().rss
                most = _most_over_a_trip(world, process)
        with _world(Path(name) / "signed", "signed") as (world, config, port), _gateway(config, port, compiled) as (process, _, _):
            most_signed = _most_over_a_trip(world, process)
    return {
        "start_seconds": min(seconds for seconds, _ in starts),
        "start_cpu_seconds": min(cpu for _, cpu in starts),
        "rss_after_start_mb": rested / MB,
        "rss_mb": most / MB,
        "rss_with_signing_devices_mb": most_signed / MB,
    }


@contextlib.contextmanager
def _world(folder: Path, devices: Literal["signed", "unsigned"]) -> Iterator[tuple["subprocess.Popen[str]", str, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.gateway_world", str(folder), str(port), devices]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as world:
        assert world.stdout is not None
        try:
            yield world, world.stdout.readline().strip(), port
        finally:
            # Its input ends with `communicate`; it then stops its broker by itself.
            world.communicate(timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def _gateway(config: str, port: int, environment: dict[str, str]) -> Iterator[tuple[psutil.Process, float, float]]:
    started = time.perf_counter()
    command = [sys.executable, "-m", "gateway", "run", "--config", config]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as running:
        try:
            while not _answers(port):
                if running.poll() is not None or time.perf_counter() - started > PATIENCE_SECONDS:
                    raise RuntimeError(f"`aios run --config {config}` did not come up")
                time.sleep(0.01)
            seconds = time.perf_counter() - started
            process = psutil.Process(running.pid)
            cpu = process.cpu_times()
            yield process, seconds, cpu.user + cpu.system
        finally:
            running.terminate()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _most_over_a_trip(world: "subprocess.Popen[str]", process: psutil.Process) -> int:
    assert world.stdin is not None
    world.stdin.write("play\n")
    world.stdin.flush()
    most, ends = 0, time.monotonic() + LOAD_SECONDS
    while time.monotonic() < ends:
        most = max(most, process.memory_info().rss)
        time.sleep(0.25)
    return most
