"""Contracts that do not say what each thing is that they show are not built."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.oracle.anvil import contract_tools
from tests.vectors import ROOT

pytestmark = [pytest.mark.peer, pytest.mark.timeout(120)]
CONTRACTS = ROOT / "contracts"
LACKING = {
    "AnchorRegistry.sol": [
        ("    /// @notice A batch cannot be empty.\n", "error EmptyBatch() has no @notice"),
        ("    /// @param root The batch's Merkle root, not zero.\n", "function anchor(uint64,bytes32,uint32) has no @param root"),
        ("    /// @return The root, or zero where nothing was anchored.\n", "function anchorOf(address,uint64) has no @return"),
        ("    /// @param count How many statements the gateway says", "event Anchored(address,uint64,bytes32,uint32) has no @param count"),
        ("    /// @param gatewayRegistry That registry.\n", "constructor constructor has no @param gatewayRegistry"),
    ],
    "GatewayRegistry.sol": [
        ("    /// @return That registry's address.\n", "function GATEWAY_REGISTRY() has no @return"),
        ("    /// @notice Whether an address may register gateways.\n", "function admitted(address) has no @notice"),
    ],
}


def test_what_is_shown_and_not_explained_is_refused(tmp_path: Path) -> None:
    contract_tools()
    for name in ("src", "test"):
        shutil.copytree(CONTRACTS / name, tmp_path / name)
    shutil.copy(CONTRACTS / "build.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to(CONTRACTS / "node_modules")
    for name, lines in LACKING.items():
        source = (tmp_path / "src" / name).read_text()
        for start, _ in lines:
            assert source.count(start) == 1
            at = source.index(start)
            source = source[:at] + source[source.index("\n", at) + 1 :]
        (tmp_path / "src" / name).write_text(source)
    done = subprocess.run(["node", "build.mjs", "artifacts", "build"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert sorted(done.stderr.split("\n")[:-1]) == sorted(f"src/{name}: {what}" for name, lines in LACKING.items() for _, what in lines)
