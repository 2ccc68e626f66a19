from pathlib import Path

from typer.testing import CliRunner

from gateway.cli.lightclient import app
from lightclient.evidence import MARK


def test_an_operator_releases_a_frozen_client_once_and_the_evidence_stays(tmp_path: Path) -> None:
    folder = tmp_path / "lightclient.store.evidence"
    folder.mkdir()
    (folder / MARK).write_text("two blocks finalized at slot 64\n")
    (folder / "finality-64.json").write_text("{}")
    words = ["unfreeze", "--note", "the second source was a test chain", "--store", str(tmp_path / "lightclient.store")]
    released = CliRunner().invoke(app, words)
    assert released.exit_code == 0
    assert "two blocks finalized at slot 64" in released.stdout
    assert "finality-64.json" in released.stdout
    assert "a test chain" in (folder / "unfrozen.log").read_text()
    assert CliRunner().invoke(app, words).exit_code == 1


def test_a_gateway_without_a_light_client_has_nothing_to_release(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'[gateway]\ndata_dir = "{tmp_path}"\n')
    assert CliRunner().invoke(app, ["unfreeze", "--note", "x", "--config", str(config)]).exit_code == 2
