"""The rarer registry commands, by a chain that answers as told: what is sent is what oracle.gateway_registry encodes."""

from pathlib import Path

import pytest

from tests.gateway.test_cli import call

CHAIN = ["--rpc", "http://127.0.0.1:1", "--keystore", "k.json", "--passphrase-file", "pass"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gateway", "owner", "crown", f"0x{'11' * 20}"], "crown"),
        (["gateway", "owner", "admit", "0x11"], "ADDRESS"),
        (["gateway", "document", "--gateway", f"0x{'11' * 20}", "--document-uri", "", "--document", "did.json"], "--document-uri"),
        (["gateway", "report-anchors", "a.hex", "b.hex", "--reporter", f"0x{'11' * 20}"], "no signed transaction"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_key_is_opened(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.hex").write_text("0xzz")
    (tmp_path / "b.hex").write_text("0x02")
    code, _, told = call(*words, *CHAIN, monkeypatch=monkeypatch)
    assert code == 2
    assert said in told + capsys.readouterr().err
