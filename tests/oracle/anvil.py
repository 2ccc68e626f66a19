"""anvil as a peer: installed from npm below contracts/, started on a free port of the loopback interface, ended with the test."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oracle.chain_settings import ChainSettings
from tests.vectors import ROOT

PATIENT = ChainSettings(timeout_seconds=120.0)
"""Of a node that shares a busy machine with the test."""
FUNDED = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
"""Key of the first account of the mnemonic that every development chain uses; worthless by design."""


def contract_tools() -> None:
    """Installs the npm tools of contracts/ once, or skips where there is no npm."""
    folder = ROOT / "contracts"
    modules = folder / "node_modules"
    if (modules / ".bin" / "anvil").exists() and (modules / "@openzeppelin" / "contracts").exists():
        return
    if shutil.which("npm") is None:
        pytest.skip("npm is not here: install Node 20 to test against anvil")
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install anvil: {done.stderr[-300:]}")


def built_contracts() -> Path:
    """Builds what is not committed (escrow, bond, a token for tests) once, and returns its folder; skips where there is no npm."""
    contract_tools()
    folder = ROOT / "contracts"
    if not (folder / "build" / "ShipmentEscrow.json").exists():
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run(["node", "build.mjs", scratch], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"the contracts could not be built, run make contracts: {done.stderr[-300:]}")
    return folder / "build"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def anvil(*options: str) -> Iterator[str]:
    """Yields the address of a running anvil."""
    contract_tools()
    port = free_port()
    command = [str(ROOT / "contracts" / "node_modules" / ".bin" / "anvil"), "--host", "127.0.0.1", "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "Listening on" in line:
                    break
            else:
                pytest.fail(f"anvil ended with {process.wait()} before it listened")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
