import hashlib
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from edge_agents.conditions.agent import Conditions
from edge_agents.errors import ModelHashMismatch, ModelMissing, ModelOversized, ModelRefused, ModelShapeMismatch
from edge_agents.manifest import load
from edge_agents.runtime import PROVIDER, load_model
from edge_agents.settings import AgentSettings
from edge_agents.surface_defects.agent import MANIFEST


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(MANIFEST, tmp_path / "manifest.toml")
    shutil.copy(MANIFEST.parent / "model.onnx", tmp_path / "model.onnx")
    return tmp_path / "manifest.toml"


def edit(manifest: Path, old: str, new: str) -> Path:
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new, 1))
    return manifest


def test_the_shipped_model_runs_on_the_named_provider() -> None:
    model = load_model(load(MANIFEST))
    assert model._session.get_providers() == [PROVIDER]
    (out,) = model.run({"frame": np.zeros((1, 1, 64, 64), np.uint8)})
    assert out.shape == (1, 5)
    assert out.sum() == pytest.approx(1)


@pytest.mark.parametrize("position", [0, 1000, -1])
def test_one_altered_byte_is_refused(copy: Path, position: int) -> None:
    path = copy.parent / "model.onnx"
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelHashMismatch) as caught:
        load_model(load(copy))
    assert caught.value.found == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "frame"', 'name = "image"'),
        ("shape = [1, 1, 64, 64]", "shape = [1, 64, 64]"),
        ("shape = [1, 1, 64, 64]", "shape = [1, 1, 64, 32]"),
        ('dtype = "uint8"', 'dtype = "float32"'),
        ('name = "probabilities"', 'name = "logits"'),
        ("shape = [1, 5]", "shape = [1, 4]"),
        ('dtype = "float32"', 'dtype = "float64"'),
        ("[metric]", '[[model.outputs]]\nname = "more"\nshape = [1]\ndtype = "float32"\n[metric]'),
    ],
)
def test_tensors_other_than_declared_are_refused(copy: Path, old: str, new: str) -> None:
    with pytest.raises(ModelShapeMismatch, match="declares"):
        load_model(load(edit(copy, old, new)))


def test_bytes_that_are_no_model_are_refused_even_with_the_right_hash(copy: Path) -> None:
    (copy.parent / "model.onnx").write_bytes(b"not a model")
    declared = load(MANIFEST).model
    assert declared is not None
    edit(copy, declared.sha256, hashlib.sha256(b"not a model").hexdigest())
    with pytest.raises(ModelShapeMismatch, match="no ONNX model"):
        load_model(load(copy))


def test_missing_unnamed_and_oversized_models_are_refused(copy: Path) -> None:
    with pytest.raises(ModelOversized, match="larger than 2000"):
        load_model(load(copy), AgentSettings(max_model_bytes=2000))
    (copy.parent / "model.onnx").unlink()
    with pytest.raises(ModelMissing, match="No such file"):
        load_model(load(copy))
    with pytest.raises(ModelRefused, match="names no model"):
        load_model(Conditions.load("vaccine").manifest)


def test_the_session_is_made_of_the_bytes_that_were_hashed(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bytes] = []
    real = onnxruntime.InferenceSession

    def spy(data: bytes, **options: object) -> object:
        given.append(data)
        return real(data, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", spy)
    manifest = load(copy)
    load_model(manifest)
    assert manifest.model is not None
    assert [hashlib.sha256(data).hexdigest() for data in given] == [manifest.model.sha256]
