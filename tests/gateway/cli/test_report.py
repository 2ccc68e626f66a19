"""`aios verify --report` and `aios label`, over a prepared data folder."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from gateway.cli import main
from tests.prepared import Prepared, prepare

BUNDLE = "bundles/00-106141412345678908.json"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("report"))


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["aios", *words])
    with pytest.raises(SystemExit) as ended:
        main.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), " ".join((said.out + said.err).split())


def verified(prepared: Prepared, *more: str) -> tuple[str, ...]:
    folder = prepared.folder
    return ("verify", str(folder / BUNDLE), "--network", str(folder / "network.toml"), "--checkpoint", prepared.checkpoint, *more)


@pytest.mark.parametrize(("name", "start"), [("report.html", b"<!doctype html>"), ("report.pdf", b"%PDF-")])
def test_a_report_is_written_beside_the_lines(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, start: bytes
) -> None:
    code, said = run(monkeypatch, capsys, *verified(prepared, "--report", str(tmp_path / name)))
    assert (code, "report written to" in said) == (0, True)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_refuted_bundle_has_a_report_too(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = [*verified(prepared), "--report", str(tmp_path / "report.html")]
    words[words.index(prepared.checkpoint)] = "0x" + "11" * 32
    code, _ = run(monkeypatch, capsys, *words)
    assert code == 1
    assert "Refuted" in (tmp_path / "report.html").read_text()


def test_what_cannot_be_written_is_said_before_anything_is_checked(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, said = run(monkeypatch, capsys, *verified(prepared, "--report", str(tmp_path / "report.docx")))
    assert (code, "its suffix is none of .html, .pdf" in said) == (2, True)
    code, said = run(monkeypatch, capsys, *verified(prepared, "--report", str(tmp_path / "nowhere" / "report.pdf")))
    assert (code, "there is no such folder" in said) == (2, True)
    code, said = run(monkeypatch, capsys, *verified(prepared, str(prepared.folder / BUNDLE), "--report", str(tmp_path / "report.pdf")))
    assert (code, "a report is about one bundle, and 2 are named" in said) == (2, True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    code, said = run(monkeypatch, capsys, *verified(prepared, "--report", str(tmp_path / "report.pdf")))
    assert (code, "aios-edge-gateway[report]; .html needs none" in said) == (2, True)


@pytest.mark.parametrize(("name", "start"), [("label.svg", b"<?xml"), ("label.pdf", b"%PDF-")])
def test_a_label_is_drawn_from_a_bundle(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, start: bytes
) -> None:
    code, said = run(monkeypatch, capsys, "label", str(prepared.folder / BUNDLE), "--out", str(tmp_path / name))
    assert code == 0
    assert "https://id.gs1.org/00/106141412345678908?sha256=" in said
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("106141412345678908", "there is no bundle yet"),
        ("https://id.gs1.org/00/106141412345678908", "there is no bundle yet"),
        ("106141412345678909", "no key of a shipment"),
        ("nowhere.json", "no key of a shipment"),
    ],
)
def test_what_has_no_bundle_has_no_label(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: str, reason: str
) -> None:
    code, said = run(monkeypatch, capsys, "label", named, "--config", str(prepared.folder / "gateway.toml"))
    assert (code, reason in said) == (2, True)


def test_an_altered_bundle_has_no_label(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    document = json.loads((prepared.folder / BUNDLE).read_bytes())
    (tmp_path / "altered.json").write_text(json.dumps(document | {"network": "elsewhere"}))
    code, said = run(monkeypatch, capsys, "label", str(tmp_path / "altered.json"), "--out", str(tmp_path / "label.svg"))
    assert (code, "altered.json: seal is" in said, "the file was altered" in said) == (2, True, True)
    assert not (tmp_path / "label.svg").exists()


def test_a_file_that_is_no_bundle_has_no_label(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, said = run(monkeypatch, capsys, "label", str(prepared.folder / "network.toml"), "--out", str(tmp_path / "label.svg"))
    assert (code, "network.toml" in said) == (2, True)
    assert not (tmp_path / "label.svg").exists()
