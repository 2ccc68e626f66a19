"""geth as a peer: built by `go install` with its module's sum checked, started in developer mode on loopback, ended with the test."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from eth_account import Account

from tests.oracle.anvil import FUNDED, free_port
from tests.vectors import ROOT

START_SECONDS = 150
"""Longest wait for geth to answer."""


def geth_binary() -> Path:
    """Returns geth, building it at most once per machine; skips where that is impossible."""
    if shutil.which("go") is None:
        pytest.skip("go is not here: install Go 1.24 or later to test against geth")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aios-edge-gateway"
    script = ROOT / "tests" / "peers" / "geth.sh"
    done = subprocess.run(["nice", str(script), str(cache)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"geth could not be built: {done.stderr[-300:]}")
    return Path(done.stdout.strip())


@contextmanager
def geth(folder: Path, *options: str) -> Iterator[str]:
    """Yields the address of a geth in developer mode, which seals a block for each transaction; it keeps its data below `folder`."""
    binary, port = geth_binary(), free_port()
    _initialize(binary, folder)
    command = [
        str(binary),
        "--dev",
        "--datadir",
        str(folder / "geth"),
        "--nodiscover",
        "--maxpeers",
        "0",
        "--ipcdisable",
        "--verbosity",
        "1",
    ]
    command += [
        "--http",
        "--http.addr",
        "127.0.0.1",
        "--http.port",
        str(port),
        "--http.api",
        "eth,net,web3",
        "--authrpc.port",
        str(free_port()),
    ]
    with (folder / "geth.log").open("wb") as log, subprocess.Popen([*command, *options], stdout=log, stderr=log) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(url, process)
            yield url
        finally:
            process.terminate()


def _initialize(binary: Path, folder: Path) -> None:
    """Gives the node a genesis with the rules of today's networks: its developer mode begins with forks that no network has yet."""
    dumped = subprocess.run([str(binary), "--dev", "dumpgenesis"], capture_output=True, check=True)
    genesis = json.loads(dumped.stdout)
    for name in ("amsterdamTime", "bogotaTime", "ubtTime"):
        genesis["config"].pop(name, None)
    genesis["config"]["blobSchedule"]["osaka"] = genesis["config"]["blobSchedule"]["prague"]
    genesis["alloc"][Account.from_key(FUNDED).address[2:]] = {"balance": hex(10**22)}
    (folder / "genesis.json").write_text(json.dumps(genesis))
    command = [str(binary), "--datadir", str(folder / "geth"), "init", str(folder / "genesis.json")]
    subprocess.run(command, capture_output=True, check=True)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(START_SECONDS * 10):
        try:
            httpx.get(url, timeout=1)
        except httpx.HTTPError:
            if process.poll() is not None:
                pytest.fail(f"geth ended with {process.returncode} before it answered")
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"geth did not answer within {START_SECONDS} s")
