"""The JavaScript verifier as a peer: its libraries installed from npm below verifier/, run by node or built into one page."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fullnode.devnet.network_file import network_toml
from oracle.hexes import to_hex
from oracle.verify import Report
from tests.oracle.bundle_fixture import Case
from tests.vectors import ROOT

FOLDER = ROOT / "verifier"
"""Where the page's sources are."""


@dataclass(frozen=True, slots=True)
class Said:
    """One file with what the Python verifier says of it."""

    label: str
    """What was done to it."""
    data: bytes
    """The file."""
    case: Case
    """What its reader needs."""
    report: Report
    """What Python said."""
    pins: Mapping[str, bytes] = field(default_factory=dict)
    device_keys: Mapping[str, bytes] = field(default_factory=dict)
    """Addresses that the reader knows from elsewhere, by their name in JavaScript."""


def verifier_tools() -> None:
    """Installs the npm libraries of verifier/ once, or skips where there is no npm."""
    if (FOLDER / "node_modules" / "esbuild").exists():
        return
    if shutil.which("npm") is None:
        pytest.skip("npm is not here: install Node 20 to test the verify page")
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install the page's libraries: {done.stderr[-300:]}")


def built_page() -> Path:
    """Builds verify.html; returns its path."""
    verifier_tools()
    node("build.mjs")
    return FOLDER / "dist" / "verify.html"


def node(*arguments: str) -> str:
    """Runs a script of verifier/ in node; returns what it prints."""
    verifier_tools()
    command = ["node", "--disable-warning=ExperimentalWarning", *arguments]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def javascript_reports(folder: Path, said: Sequence[Said]) -> list[dict[str, Any]]:
    """Writes the files with their readers' inputs into a folder; returns what the JavaScript verifier says of each."""
    worlds = {id(each.case.world): each.case.world for each in said}
    place = {key: number for number, key in enumerate(worlds)}
    for number, each in enumerate(said):
        (folder / f"{number}.bundle").write_bytes(each.data)
    manifest = {
        "worlds": [
            {"checkpoint": f"0x{world.checkpoint.hex()}", "network": network_toml(world.network), "now_s": world.now_s}
            for world in worlds.values()
        ],
        "files": [
            {
                "name": f"{number}.bundle",
                "world": place[id(each.case.world)],
                "pins": {name: to_hex(pin) for name, pin in each.pins.items()},
                "deviceKeys": {device: to_hex(key) for device, key in each.device_keys.items()},
            }
            for number, each in enumerate(said)
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    reports: list[dict[str, Any]] = json.loads(node("tests/agree.js", str(folder)))
    return reports
