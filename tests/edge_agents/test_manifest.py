import hashlib
from pathlib import Path

import pytest

from edge_agents.errors import ManifestRefused
from edge_agents.finding import SubjectKind
from edge_agents.manifest import load, parse

GOOD = b"""
name = "x"
version = "1.0.0"
kind = "lot"
concludes = "something"
labels = ["good", "bad"]
[source]
script = "x.py"
licence = "Apache-2.0"
"""
MODEL = b"""
[model]
file = "x.onnx"
sha256 = "%s"
inputs = [{name = "i", shape = [1, 2], dtype = "uint8"}]
outputs = [{name = "o", shape = [1], dtype = "float32"}]
""" % (b"0" * 64)
METRIC = b"""
[metric]
name = "accuracy"
value = 0.5
dataset = "none"
seed = 1
"""
POLICY = b"""
[policy]
title = "p"
bands = [{quantity = "temperature", unit = "Cel", low = 2, high = 8, allowed_minutes_above = 0}]
kinetic = {limit = 8}
"""


def test_a_manifest_is_its_file() -> None:
    found = parse(GOOD + MODEL + METRIC, Path("/a/x.toml"))
    assert found.hash == hashlib.sha256(GOOD + MODEL + METRIC).digest()
    assert (found.kind, found.folder) == (SubjectKind.LOT, Path("/a"))
    assert found.model is not None
    assert str(found.model.inputs[0]) == "i uint8[1, 2]"
    assert parse(GOOD + POLICY, Path("x")).policy is not None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "utf-8"),
        (b"name", "Expected"),
        (b"", "missing required field"),
        (GOOD + b"[extra]\n", "extra"),
        (GOOD.replace(b'"lot"', b'"pallet"'), "kind"),
        (GOOD.replace(b'"1.0.0"', b'"1.0"'), "version"),
        (GOOD.replace(b'"bad"', b'"good"'), "labels must differ"),
        (GOOD.replace(b'"x.py"', b'"x.py"\nauthor = "y"'), "author"),
        (GOOD + MODEL, "come together"),
        (GOOD + METRIC, "come together"),
        (GOOD + MODEL.replace(b"x.onnx", b"../x.onnx") + METRIC, "file"),
        (GOOD + MODEL.replace(b"0" * 64, b"0" * 63 + b"G") + METRIC, "sha256"),
        (GOOD + MODEL.replace(b"[1, 2]", b"[1, -2]") + METRIC, "shape"),
        (GOOD + MODEL.replace(b"uint8", b"string") + METRIC, "dtype"),
        (GOOD + MODEL.replace(b'[{name = "o", shape = [1], dtype = "float32"}]', b"[]") + METRIC, "outputs"),
        (GOOD + POLICY.replace(b"low = 2", b"low = 9"), "less than high"),
        (GOOD + POLICY.replace(b"allowed_minutes_above = 0", b"allowed_minutes_above = -1"), "allowed_minutes_above"),
        (GOOD + POLICY.replace(b"limit = 8", b"limit = nan"), "limit"),
    ],
)
def test_wrong_manifests_are_refused_by_key(data: bytes, reason: str) -> None:
    with pytest.raises(ManifestRefused, match=reason):
        parse(data, Path("x.toml"))


def test_missing_and_oversized_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestRefused, match="No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "big.toml").write_bytes(GOOD)
    with pytest.raises(ManifestRefused, match="larger than 20"):
        load(tmp_path / "big.toml", limit=20)
