"""What is not recorded here ends every `show` with one exit code, and its name."""

from pathlib import Path

import pytest

from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from tests.gateway.test_cli import call


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lots", "show", "09506000134352", "L42"), "lot 01/09506000134352/10/L42 was not opened here"),
        (("shipments", "show", "106141412345678908"), "no shipment '00/106141412345678908' is recorded"),
    ],
)
def test_an_unknown_subject_ends_with_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'[gateway]\ndata_dir = "{tmp_path}"\n[store]\npath = "store.db"\n')
    Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None).close()
    code, _, told = call(*words, "--config", str(config), monkeypatch=monkeypatch)
    assert (code, said in told) == (2, True)
