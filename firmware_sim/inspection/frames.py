"""What an inspection camera sees: 64x64 gray frames of brushed metal, good or with one kind of defect. Pure.

Synthetic throughout, and drawn so that no single gray-level statistic separates the kinds: brushing runs at any angle, light falls
unevenly, specks of dust lie on good parts too, and contrast, blur and sensor noise vary from frame to frame. It is deliberately no
model of any real line: no perspective, no specular glare, one material. The caller owns the seed through `rng`.
"""

import io
from enum import IntEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 64
"""Width and height in pixels."""

Gray = npt.NDArray[np.float64]
"""A frame while it is drawn, before it is rounded."""

_ROWS, _COLUMNS = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)


class Defect(IntEnum):
    """What is wrong with an item, by the number that the lot schema carries on chain."""

    GOOD = 0
    """Nothing."""
    SCRATCH = 1
    """A long, smooth, thin mark with a burr beside it."""
    PIT = 2
    """Small round holes with a lit rim."""
    STAIN = 3
    """A wide patch with a soft, irregular edge."""
    CRACK = 4
    """A thin dark jagged line, often branched."""


def draw(rng: np.random.Generator, defect: Defect) -> npt.NDArray[np.uint8]:
    """Returns one frame that shows `defect`."""
    image = _surface(rng) + _dust(rng) + _DRAWN[defect](rng)
    image = _blur(image, rng.uniform(0.3, 0.9)) + rng.normal(0, rng.uniform(1.5, 5.0), (SIDE, SIDE))
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def png(frame: npt.NDArray[np.uint8]) -> bytes:
    """Returns the frame as 8-bit grayscale PNG, as the camera sends it."""
    buffer = io.BytesIO()
    Image.fromarray(frame, mode="L").save(buffer, format="PNG")
    return buffer.getvalue()


def _surface(rng: np.random.Generator) -> Gray:
    """Returns brushed metal under uneven light."""
    angle = rng.uniform(0, np.pi)
    across = _COLUMNS * np.cos(angle) + _ROWS * np.sin(angle)
    along = _ROWS * np.cos(angle) - _COLUMNS * np.sin(angle)
    grid = np.arange(-100, 101, 1.0)
    brushing = np.interp(across, grid, rng.normal(0, 1, grid.size)) * (1 + 0.3 * np.sin(along / rng.uniform(8, 30) + rng.uniform(0, 6.28)))
    light = rng.uniform(0, 2 * np.pi)
    slope = (np.cos(light) * (_COLUMNS - SIDE / 2) + np.sin(light) * (_ROWS - SIDE / 2)) / SIDE
    vignette = ((_COLUMNS - rng.uniform(20, 44)) ** 2 + (_ROWS - rng.uniform(20, 44)) ** 2) / SIDE**2
    clouds = (
        rng.uniform(0, 5)
        * np.sin(across / rng.uniform(9, 20) + rng.uniform(0, 6.28))
        * np.sin(along / rng.uniform(9, 20) + rng.uniform(0, 6.28))
    )
    metal = rng.uniform(95, 175) + rng.uniform(2, 7) * brushing + clouds
    return np.asarray(metal + rng.uniform(0, 40) * slope - rng.uniform(0, 30) * vignette)


def _dust(rng: np.random.Generator) -> Gray:
    """Returns up to four faint specks, which are no defect."""
    image = np.zeros((SIDE, SIDE))
    for _ in range(rng.integers(0, 5)):
        row, column = rng.uniform(0, SIDE, 2)
        squared = (_ROWS - row) ** 2 + (_COLUMNS - column) ** 2
        image += rng.choice((-1, 1)) * rng.uniform(6, 22) * np.exp(-squared / (2 * rng.uniform(0.4, 0.8) ** 2))
    return image


def _nothing(_: np.random.Generator) -> Gray:
    """Returns what a good item adds to its surface."""
    return np.zeros((SIDE, SIDE))


def _scratch(rng: np.random.Generator) -> Gray:
    """Returns a smooth line with a flank of the opposite shade, mostly bright with a dark flank."""
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(22, 60)
    bend = rng.uniform(-0.25, 0.25)
    steps = np.linspace(-0.5, 0.5, 7)
    headings = angle + bend * steps * 2
    path = np.cumsum(np.stack([np.sin(headings), np.cos(headings)], axis=1) * (length / 7), axis=0)
    path += rng.uniform(22, 42, 2) - path.mean(axis=0)
    width, depth = rng.uniform(0.6, 1.2), rng.choice((1, -1), p=(0.65, 0.35)) * rng.uniform(22, 65)
    flank = np.array([np.cos(angle), -np.sin(angle)]) * rng.choice((-1, 1)) * 1.4
    return np.asarray(depth * _line(path, width) - 0.5 * depth * _line(path + flank, width))


def _pit(rng: np.random.Generator) -> Gray:
    """Returns one to four holes, dark inside and lit at the far rim."""
    image = np.zeros((SIDE, SIDE))
    light, depth = rng.uniform(0, 2 * np.pi), rng.uniform(32, 85)
    for _ in range(rng.integers(1, 5)):
        row, column = rng.uniform(6, SIDE - 6, 2)
        radius = rng.uniform(1.6, 3.8)
        distance = np.hypot(_ROWS - row, _COLUMNS - column)
        facing = np.cos(np.arctan2(_ROWS - row, _COLUMNS - column) - light)
        image -= depth / (1 + np.exp((distance - radius) * 3))
        image += 0.6 * depth * np.clip(facing, 0, 1) * np.exp(-(((distance - radius - 0.6) / 0.8) ** 2))
    return image


def _stain(rng: np.random.Generator) -> Gray:
    """Returns a patch whose radius wanders with the angle."""
    row, column = rng.uniform(14, SIDE - 14, 2)
    bearing = np.arctan2(_ROWS - row, _COLUMNS - column)
    radius = rng.uniform(6, 15) * np.ones((SIDE, SIDE))
    for lobe in (2, 3, 5):
        radius *= 1 + rng.uniform(0, 0.6 / lobe) * np.sin(lobe * bearing + rng.uniform(0, 2 * np.pi))
    distance = np.hypot(_ROWS - row, _COLUMNS - column)
    edge = rng.uniform(0.7, 2.0)
    inside = 1 / (1 + np.exp(np.clip((distance - radius) / edge, -50, 50)))
    rim = np.exp(-(((distance - radius) / 1.5) ** 2)) * rng.uniform(0, 0.4)
    return np.asarray(rng.choice((-1, 1), p=(0.75, 0.25)) * rng.uniform(13, 42) * (inside + rim))


def _crack(rng: np.random.Generator) -> Gray:
    """Returns a dark random walk, with a branch two times out of three."""
    heading = rng.uniform(0, 2 * np.pi)
    trunk = _walk(rng, rng.uniform(20, 44, 2), heading, int(rng.integers(7, 13)))
    trunk += rng.uniform(24, 40, 2) - trunk.mean(axis=0)
    width, depth = rng.uniform(0.5, 1.0), rng.uniform(28, 75)
    shape = _line(trunk, width)
    if rng.random() < 2 / 3:
        turn = rng.choice((-1, 1)) * rng.uniform(0.6, 1.2)
        branch = _walk(rng, trunk[rng.integers(2, len(trunk) - 2)], heading + turn, int(rng.integers(3, 6)))
        shape = np.maximum(shape, 0.8 * _line(branch, width * 0.8))
    return -depth * shape


def _walk(rng: np.random.Generator, start: npt.NDArray[np.float64], heading: float, steps: int) -> Gray:
    """Returns the corners of a jagged path, one (row, column) a line."""
    headings = heading + rng.normal(0, rng.uniform(0.45, 0.8), steps)
    moves = np.stack([np.sin(headings), np.cos(headings)], axis=1) * rng.uniform(3, 6.5, (steps, 1))
    return np.asarray(np.vstack([start, start + np.cumsum(moves, axis=0)]))


def _line(path: npt.NDArray[np.float64], width: float) -> Gray:
    """Returns 1 on the path, falling off over `width` pixels beside it."""
    nearest = np.full((SIDE, SIDE), np.inf)
    for one, two in pairwise(path):
        move = two - one
        part = np.clip(((_ROWS - one[0]) * move[0] + (_COLUMNS - one[1]) * move[1]) / max(float(move @ move), 1e-9), 0, 1)
        nearest = np.minimum(nearest, (_ROWS - one[0] - part * move[0]) ** 2 + (_COLUMNS - one[1] - part * move[1]) ** 2)
    return np.exp(-nearest / (2 * width**2))


def _blur(image: Gray, sigma: float) -> Gray:
    """Returns the image as a lens with a Gaussian spot of `sigma` pixels shows it."""
    kernel = np.exp(-(np.arange(-3, 4) ** 2) / (2 * sigma**2))
    kernel /= kernel.sum()
    padded = np.pad(image, 3, mode="edge")
    rows = sum(weight * padded[shift : shift + SIDE, :] for shift, weight in enumerate(kernel))
    return np.asarray(sum(weight * np.asarray(rows)[:, shift : shift + SIDE] for shift, weight in enumerate(kernel)))


_DRAWN = {Defect.GOOD: _nothing, Defect.SCRATCH: _scratch, Defect.PIT: _pit, Defect.STAIN: _stain, Defect.CRACK: _crack}
"""What each kind adds to the surface."""
