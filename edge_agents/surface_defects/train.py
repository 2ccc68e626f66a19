"""Trains the surface-defect model: `OPENBLAS_NUM_THREADS=1 python -m edge_agents.surface_defects.train`.

Draws frames from the simulator's seeded generator, trains with Adam, measures on frames of a seed that training never saw, and writes
the model and its manifest beside this file. Seeds and schedule are constants: on the same kind of machine with the same numpy, and one
BLAS thread, the same bytes come out. It needs the extra `train`.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agents.surface_defects.export import onnx_bytes
from edge_agents.surface_defects.network import Parameters, gradients, initial, probabilities
from firmware_sim.inspection.frames import SIDE, Defect, draw

FOLDER = Path(__file__).parent
"""Where model and manifest are written."""

TRAIN_SEED = 20_260_101
"""Of the frames that are trained on."""

HELD_OUT_SEED = 20_260_202
"""Of the frames that are measured on; no other code draws from it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How much is trained; the defaults made the shipped model."""

    frames_per_kind: int = 2400
    """Drawn frames of each kind; each is seen turned and mirrored anew in every epoch."""
    epochs: int = 14
    """Passes over all frames."""
    batch: int = 48
    """Frames per step."""
    rate: float = 3e-3
    """Adam's step size at its highest; it falls to zero along a half cosine."""


Frames = npt.NDArray[np.uint8]
Truth = npt.NDArray[np.int64]


def frames(seed: int, per_kind: int) -> tuple[Frames, Truth]:
    """Returns `per_kind` frames of each kind (N x 1 x 64 x 64) and what each shows."""
    rng = np.random.default_rng(seed)
    kinds = [kind for _ in range(per_kind) for kind in Defect]
    return np.stack([draw(rng, kind) for kind in kinds])[:, None], np.array(kinds, np.int64)


def confusion(parameters: Parameters, images: Frames, truth: Truth) -> npt.NDArray[np.int64]:
    """Returns how many frames of each kind (row) were taken for each kind (column)."""
    found = np.concatenate([probabilities(parameters, part).argmax(axis=1) for part in np.array_split(images, max(1, len(images) // 200))])
    table = np.zeros((len(Defect), len(Defect)), np.int64)
    np.add.at(table, (truth, found), 1)
    return table


def train(schedule: Schedule, images: Frames, truth: Truth) -> Iterator[tuple[float, Parameters]]:
    """Yields the mean loss and the parameters after each epoch; the dictionary is updated in place."""
    rng = np.random.default_rng(TRAIN_SEED + 1)
    parameters = initial(rng, len(Defect))
    first = {name: np.zeros_like(value) for name, value in parameters.items()}
    second = {name: np.zeros_like(value) for name, value in parameters.items()}
    steps, step = schedule.epochs * (len(images) // schedule.batch), 0
    for _ in range(schedule.epochs):
        losses, order = [], rng.permutation(len(images))
        for at in range(0, len(images) - schedule.batch + 1, schedule.batch):
            chosen, step = order[at : at + schedule.batch], step + 1
            loss, slopes = gradients(parameters, _turned(rng, images[chosen]), truth[chosen])
            rate = schedule.rate * 0.5 * (1 + np.cos(np.pi * step / steps)) * min(1.0, step / 100)
            for name, slope in slopes.items():  # Kingma and Ba 2015, algorithm 1
                first[name] = 0.9 * first[name] + 0.1 * slope
                second[name] = 0.999 * second[name] + 0.001 * slope**2
                move = (first[name] / (1 - 0.9**step)) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
                parameters[name] = (parameters[name] - rate * move).astype(np.float32)
            losses.append(loss)
        yield float(np.mean(losses)), parameters


def _turned(rng: np.random.Generator, images: Frames) -> Frames:
    """Returns the batch turned by a quarter and mirrored at random: a defect has no upside."""
    turned = np.rot90(images, int(rng.integers(0, 4)), axes=(2, 3))
    return np.flip(turned, axis=3) if rng.random() < 0.5 else turned


MANIFEST = """# Written by edge_agents/surface_defects/train.py together with the model; its sha256 is the agent's identity on chain.
name = "surface-defects"
version = "1.0.0"
kind = "lot"
concludes = "which surface defect, if any, a 64x64 gray inspection frame shows"
labels = [{labels}]

[model]
file = "model.onnx"
sha256 = "{sha256}"

[[model.inputs]]
name = "frame"
shape = [1, 1, {side}, {side}]
dtype = "uint8"

[[model.outputs]]
name = "probabilities"
shape = [1, {classes}]
dtype = "float32"

[metric]
name = "accuracy"
value = {accuracy:.4f}
dataset = "{count} synthetic frames from firmware_sim.inspection.frames, kinds in equal parts"
seed = {seed}

[source]
script = "edge_agents/surface_defects/train.py"
licence = "Apache-2.0"
"""
"""The manifest's text; what is in braces was measured."""

HELD_OUT_PER_KIND = 1000
"""Frames of each kind that the metric is measured on."""


def main() -> None:
    """Trains, measures and writes."""
    schedule = Schedule()
    images, truth = frames(TRAIN_SEED, schedule.frames_per_kind)
    parameters: Parameters = {}
    for epoch, (loss, parameters) in enumerate(train(schedule, images, truth), 1):  # noqa: B007 (the last parameters are kept)
        sys.stdout.write(f"epoch {epoch}/{schedule.epochs}: loss {loss:.4f}\n")
        sys.stdout.flush()
    table = confusion(parameters, *frames(HELD_OUT_SEED, HELD_OUT_PER_KIND))
    model = onnx_bytes(parameters, SIDE)
    (FOLDER / "model.onnx").write_bytes(model)
    text = MANIFEST.format(
        labels=", ".join(f'"{kind.name.lower()}"' for kind in Defect),
        sha256=hashlib.sha256(model).hexdigest(),
        side=SIDE,
        classes=len(Defect),
        accuracy=np.trace(table) / table.sum(),
        count=table.sum(),
        seed=HELD_OUT_SEED,
    )
    (FOLDER / "manifest.toml").write_text(text)
    sys.stdout.write(f"{len(model)} bytes\n{table}\naccuracy {np.trace(table) / table.sum():.4f}\n")


if __name__ == "__main__":
    main()
