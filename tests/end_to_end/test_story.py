"""The whole story as a stranger meets it: the demo as a process, and each bundle verified from a cold start, whole and altered."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.vectors import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

PROVEN = {
    "format", "seal", "network", "signature", "subject", "agent", "readings", "devices", "coverage", "event", "limits", "custody", "batch",
    "checkpoint", "committees", "finality", "registry", "anchor", "standing", "age",
}  # fmt: skip
CHECKS = PROVEN | {"revocation"}  # the demo's chain has no EAS contract whose silence could be proven


def aios(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=1000
    )


@dataclass
class Story:
    told: str
    checkpoint: str
    folder: Path

    def bundles(self) -> list[Path]:
        return sorted(self.folder.glob("bundles/00-*.json"))

    def verify(self, file: Path, *more: str, checkpoint: str | None = None) -> subprocess.CompletedProcess[str]:
        network = str(self.folder / "network.toml")
        return aios("verify", str(file), "--checkpoint", checkpoint or self.checkpoint, "--network", network, *more)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story") / "demo"
    ended = aios("demo", "--once", "--trip-seconds", "20", "--items", "20", "--data", str(folder))
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    found = re.search(r"checkpoint (0x[0-9a-f]{64})", ended.stdout)
    assert found
    return Story(ended.stdout, found[1], folder)


def test_verdicts_are_as_the_physics_made_them(story: Story) -> None:
    rows = dict(re.findall(r"^ ?(verdict|as it truly was|proven offline) {2,}(.+?) *$", story.told, re.MULTILINE))
    assert rows["verdict"].split() == ["conforms", "breach", "(excursion)"]
    assert rows["as it truly was"].split() == ["yes", "yes"]
    assert rows["proven offline"].split() == ["yes", "yes"]


def test_each_bundle_verifies_from_a_cold_start(story: Story) -> None:
    assert len(story.bundles()) == 2
    for bundle in story.bundles():
        ended = story.verify(bundle)
        assert ended.returncode == 0, ended.stdout
        lines = re.findall(r"^  (proven|claimed|missing) +([a-z]+) ", ended.stdout, re.MULTILINE)
        assert {name for outcome, name in lines if outcome == "proven"} == PROVEN
        assert sorted(name for _, name in lines) == sorted(CHECKS), "one line per check"


def test_the_lot_that_passed_the_camera_is_judged_and_proven(story: Story) -> None:
    config = str(story.folder / "gateway.toml")
    (lot,) = json.loads(aios("lots", "list", "--json", "--config", config).stdout)
    assert (lot["subject"], lot["verdict"]) in {("01/09506000134352/10/L42", word) for word in ("accept", "reject")}
    shown = aios("lots", "show", "09506000134352", "L42", "--config", config)
    assert (shown.returncode, "item-0001" in shown.stdout) == (0, True)
    (bundle,) = story.folder.glob("bundles/01-*.json")
    ended = story.verify(bundle)
    assert ended.returncode == 0, ended.stdout


def test_json_report_names_every_check(story: Story) -> None:
    report = json.loads(story.verify(story.bundles()[0], "--json").stdout)
    assert report["passed"] is True
    assert {check["name"] for check in report["checks"]} == CHECKS


def refused(ended: subprocess.CompletedProcess[str]) -> tuple[int, list[str]]:
    return ended.returncode, re.findall(r"^  refuted +(\S+) ", ended.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("path", "value", "check"),
    [
        (("readings", "value", 0), 99.5, "readings"),
        (("attestation", "sig", "uid"), "0x" + "11" * 32, "signature"),
        (("anchor", "index"), 7, "anchor"),
    ],
)
def test_altered_bundle_is_refused_by_name(story: Story, tmp_path: Path, path: tuple[str | int, ...], value: object, check: str) -> None:
    document: Any = json.loads(story.bundles()[0].read_text())
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    altered = tmp_path / "altered.json"
    altered.write_text(json.dumps(document))
    ended = story.verify(altered)
    assert refused(ended) == (1, ["seal"])
    # A forger makes the seal anew: it is a checksum and no secret.
    document["seal"] = re.findall(r"0x[0-9a-f]{64}", ended.stdout)[1]
    altered.write_text(json.dumps(document))
    assert refused(story.verify(altered)) == (1, [check])


def test_wrong_checkpoint_is_refused(story: Story) -> None:
    assert refused(story.verify(story.bundles()[0], checkpoint="0x" + "22" * 32)) == (1, ["checkpoint"])


def test_unreadable_file_is_not_a_refusal(story: Story, tmp_path: Path) -> None:
    assert story.verify(tmp_path / "missing.json").returncode == 2
    assert story.verify(story.bundles()[0], checkpoint="0x1234").returncode == 2
