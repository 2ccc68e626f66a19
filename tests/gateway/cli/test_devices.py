"""`aios devices` says of each quantity how long its sensor is calibrated, if at all."""

import json
from pathlib import Path

import pytest

from tests.gateway.test_cli import call
from tests.prepared import prepare


def test_a_certificate_is_shown_beside_its_quantity_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = prepare(tmp_path).folder
    path = prepared / "gateway.toml"
    code, said, _ = call("devices", "--json", "-c", str(path), monkeypatch=monkeypatch)
    assert (code, [row["calibrated_until_ms"] for row in json.loads(said)]) == (0, [None, None])
    certificate = (
        'quantity = "temperature"\ncertificate = "K-1"\nvalid_from = 2026-01-01\nvalid_until = 2026-12-31\nexpanded_uncertainty = 0.3\n'
    )
    path.write_text(path.read_text() + "[[devices.calibrations]]\n" + certificate)
    code, said, _ = call("devices", "--json", "-c", str(path), monkeypatch=monkeypatch)
    shown = {row["quantity"]: row["calibrated_until_ms"] for row in json.loads(said)}
    assert code == 0
    assert shown == {"temperature": 1_798_761_599_999, "frame/": None}
