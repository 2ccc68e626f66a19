import hashlib

import numpy as np
import pytest

from edge_agents.manifest import load
from edge_agents.runtime import load_model
from edge_agents.surface_defects.agent import MANIFEST
from edge_agents.surface_defects.network import LAYERS, Parameters, gradients, initial, probabilities
from firmware_sim.inspection.frames import SIDE

onnx = pytest.importorskip("onnx", reason="reading the model file back needs the extra `train`")

from edge_agents.surface_defects.export import onnx_bytes  # noqa: E402 (after the skip)
from edge_agents.surface_defects.train import HELD_OUT_SEED, TRAIN_SEED, Schedule, confusion, frames, train  # noqa: E402 (after the skip)


def shipped() -> Parameters:
    graph = onnx.load(MANIFEST.parent / "model.onnx").graph
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer if tensor.name != "scale"}


def test_gradients_are_slopes_of_the_loss() -> None:
    images, truth = frames(5, 2)
    exact = {name: value.astype(np.float64) for name, value in initial(np.random.default_rng(0), 5).items()}
    _, slopes = gradients(exact, images, truth)  # type: ignore[arg-type] # in double precision the differences are exact enough
    for name in ("w0", "w1", "w3", "b2", "w", "b"):
        at = tuple(side // 2 for side in exact[name].shape)
        step = np.zeros_like(exact[name])
        step[at] = 1e-5
        up = gradients({**exact, name: exact[name] + step}, images, truth)[0]  # type: ignore[dict-item] # as above
        down = gradients({**exact, name: exact[name] - step}, images, truth)[0]  # type: ignore[dict-item] # as above
        assert slopes[name][at] == pytest.approx((up - down) / 2e-5, rel=1e-3, abs=1e-7)


def test_numpy_and_onnxruntime_compute_the_same() -> None:
    images, _ = frames(6, 8)
    ours = probabilities(shipped(), images)
    model = load_model(load(MANIFEST))
    theirs = np.concatenate([model.run({"frame": image[None]})[0] for image in images])
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_the_same_parameters_give_the_shipped_bytes() -> None:
    data = onnx_bytes(shipped(), SIDE)
    manifest = load(MANIFEST)
    assert manifest.model is not None
    assert hashlib.sha256(data).hexdigest() == manifest.model.sha256
    assert len(data) < 300_000
    assert len(shipped()) == 2 * len(LAYERS) + 2


@pytest.mark.slow
@pytest.mark.arithmetic
def test_training_is_repeatable() -> None:
    schedule = Schedule(frames_per_kind=10, epochs=1, batch=10)

    def once() -> str:
        parameters = [p for _, p in train(schedule, *frames(7, schedule.frames_per_kind))][-1]
        return hashlib.sha256(onnx_bytes(parameters, SIDE)).hexdigest()

    assert once() == once()


def test_a_sample_of_the_held_out_frames_is_recognized() -> None:
    table = confusion(shipped(), *frames(HELD_OUT_SEED + 1, 40))
    assert np.trace(table) / table.sum() > 0.95


@pytest.mark.slow
@pytest.mark.arithmetic
def test_the_manifests_metric_is_what_is_measured() -> None:
    manifest = load(MANIFEST)
    assert manifest.metric is not None
    assert manifest.metric.seed == HELD_OUT_SEED != TRAIN_SEED
    table = confusion(shipped(), *frames(HELD_OUT_SEED, 1000))
    assert np.trace(table) / table.sum() == pytest.approx(manifest.metric.value, abs=5e-4)
    assert manifest.metric.value >= 0.97


@pytest.mark.slow
@pytest.mark.arithmetic
def test_a_short_training_learns() -> None:
    schedule = Schedule(frames_per_kind=300, epochs=4)
    parameters = [p for _, p in train(schedule, *frames(TRAIN_SEED, schedule.frames_per_kind))][-1]
    table = confusion(parameters, *frames(HELD_OUT_SEED + 1, 60))
    assert np.trace(table) / table.sum() > 0.6
