"""A verdict in words: the same word wherever a person reads it."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge_agents.conditions.judge import LABELS
from edge_agents.finding import Verdict
from gateway.wording import verdict
from oracle.verify_content import VERDICTS
from tests.gateway.test_cli import call
from tests.gateway.test_lots import item
from tests.gateway.web.scene import filled


@pytest.mark.parametrize(("label", "meant"), LABELS.items())
def test_a_verdict_begins_with_the_word_of_the_verifier(label: str, meant: Verdict) -> None:
    said = verdict(replace(item(0, good=True, lot="L"), verdict=meant, label=label))
    assert said.startswith(VERDICTS[meant].partition(":")[0])
    assert label.replace("-", " ") in said


def test_a_breach_is_called_that_in_the_list_of_shipments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "store.db", step_minutes=240).close()
    (tmp_path / "gateway.toml").write_text(f'[gateway]\ndata_dir = "{tmp_path}"\n')
    code, said, _ = call("shipments", "list", "-c", str(tmp_path / "gateway.toml"), monkeypatch=monkeypatch)
    assert code == 0
    assert "breach (excursion)" in said
    code, said, _ = call("shipments", "list", "--json", "-c", str(tmp_path / "gateway.toml"), monkeypatch=monkeypatch)
    assert '"verdict": "excursion"' in said
