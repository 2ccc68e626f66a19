"""Every command that README and CONTRIBUTING show exists; those that end by themselves are run against a prepared data folder."""

import io
import re
import shlex
import sys
from pathlib import Path

import pytest

from gateway.cli import main, terminal
from oracle.publication import TRANSITIONS
from tests.crash import test_kill_ingest, test_kill_publication
from tests.gateway.test_cli import parse
from tests.prepared import Prepared, prepare
from tests.vectors import ROOT

NEEDS_A_RUNNING_GATEWAY = (
    "aios escrow",
    "aios lightclient",
    "aios run",
    "aios status",
    *(f"aios shipments {verb}" for verb in ("open", "attach", "handover", "receive", "correct", "close")),
    "aios lots open",
    "aios lots close",
    "aios quorum",
    "aios epcis import",
    "aios epcis hash",
    "aios demo",
)
"""These are parsed here; `make demo`, the end-to-end tests or their own tests run them, with a gateway, a chain or a partner's file."""


def commands(page: str) -> list[str]:
    """The lines of a page's shell blocks, without what follows a `#`."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines() if line.partition("#")[0].strip()]


def shown(start: str) -> list[str]:
    return [line for page in ("README.md", "CONTRIBUTING.md", "docs/operating.md") for line in commands(page) if line.startswith(start)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("readme")
    (folder / "config").symlink_to(ROOT / "config")
    return prepare(folder)


def test_the_pages_show_commands() -> None:
    assert {"make demo", "make test"} <= set(shown("make"))
    assert len(shown("aios")) >= 8


@pytest.mark.parametrize("line", shown("make"))
def test_every_make_target_exists(line: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [word for word in line.split()[1:] if "=" not in word and word not in targets] == []


@pytest.mark.parametrize("line", shown(".ci/"))
def test_every_script_exists_and_can_be_run(line: str) -> None:
    assert (ROOT / line).stat().st_mode & 0o111


@pytest.mark.parametrize("line", shown("aios"))
def test_every_aios_command_parses(line: str) -> None:
    parse(shlex.split(line))


@pytest.mark.parametrize("line", [line for line in shown("aios") if not line.startswith((*NEEDS_A_RUNNING_GATEWAY, "aios key"))])
def test_every_aios_command_that_ends_by_itself_works(line: str, prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(prepared.folder.parent)
    words = [one for word in shlex.split(line) for one in ([*map(str, Path().glob(word))] if "*" in word else [word])]
    words = [prepared.checkpoint if word.startswith("0x") else word for word in words]
    words = ["demo-data/gateway.toml" if word.startswith("/etc/") else word for word in words]
    if "--config" not in words and not {"verify", "forecast", "networks", "label"} & set(words):
        words += ["--config", "demo-data/gateway.toml"]
    said, told = io.StringIO(), io.StringIO()
    monkeypatch.setattr(terminal.out, "_file", said)
    monkeypatch.setattr(terminal.err, "_file", told)
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert (ended.value.code or 0, "Traceback" in told.getvalue()) == (0, False), said.getvalue() + told.getvalue()
    assert said.getvalue()


def test_the_kills_that_the_readme_counts_are_those_that_are_made() -> None:
    told = " ".join((ROOT / "README.md").read_text().split())
    made = test_kill_publication
    whole = len(made.FUSES) + len(made.THEFTS) + len(made.REORGS) + made.RANDOM_KILLS
    assert (whole, len(made.STATES), len(made.THEFTS), len(made.REORGS), made.RANDOM_KILLS) == (34, 5, 2, 2, 20)
    assert "Thirty-four kills of the whole gateway (before and after it records each of the five states on an anchor's way, two at" in told
    assert sum(map(len, TRANSITIONS.values())) == 18
    assert "thirty-six of a publishing process (before and after each of the eighteen transitions)" in told
    assert test_kill_ingest.KILLS == 50
    assert "Fifty kill -9 under load with each broker" in told
