"""The classifier as plain numpy: forward for checking the exported model, backward for training it. Pure.

Five convolutions, each followed by max(0, x); then the mean and the maximum of every feature map, and one linear layer. Written out by
hand (im2col, N x C x H x W as in ONNX) so that training needs nothing but numpy; it deliberately is no framework.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
"""Everything the network computes with."""

SCALE = np.float32(1 / 48)
"""What centred gray values are multiplied by."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """The fixed shape of one convolution; kernels are square, padding keeps the size before the stride."""

    inputs: int
    """Channels in."""
    outputs: int
    """Channels out."""
    size: int
    """Side of the kernel."""
    stride: int
    """Step in both directions."""


LAYERS = (
    Convolution(1, 12, 5, 2),
    Convolution(12, 24, 3, 2),
    Convolution(24, 48, 3, 2),
    Convolution(48, 48, 3, 1),
    Convolution(48, 48, 3, 1),
)
"""From 64x64 to 8x8."""

Parameters = dict[str, Array]
"""`w0 b0 ... w4 b4` of the convolutions, `w b` of the linear layer."""


def initial(rng: np.random.Generator, classes: int) -> Parameters:
    """Returns random parameters (He et al. 2015)."""
    parameters: Parameters = {}
    for index, layer in enumerate(LAYERS):
        shape = (layer.outputs, layer.inputs, layer.size, layer.size)
        parameters[f"w{index}"] = rng.normal(0, np.sqrt(2 / (layer.inputs * layer.size**2)), shape).astype(np.float32)
        parameters[f"b{index}"] = np.zeros(layer.outputs, np.float32)
    parameters["w"] = rng.normal(0, 0.05, (2 * LAYERS[-1].outputs, classes)).astype(np.float32)
    parameters["b"] = np.zeros(classes, np.float32)
    return parameters


def normalized(frames: npt.NDArray[np.uint8]) -> Array:
    """Returns frames (N x 1 x 64 x 64) around zero: each less its own mean, so that overall brightness says nothing."""
    gray = frames.astype(np.float32)
    return np.asarray((gray - gray.mean(axis=(2, 3), keepdims=True)) * SCALE)


def probabilities(parameters: Parameters, frames: npt.NDArray[np.uint8]) -> Array:
    """Returns each frame's probability per class (N x classes)."""
    return _softmax(_forward(parameters, normalized(frames))[0])


def gradients(parameters: Parameters, frames: npt.NDArray[np.uint8], truth: npt.NDArray[np.int64]) -> tuple[float, Parameters]:
    """Returns the mean cross-entropy and its gradient by every parameter."""
    logits, trace = _forward(parameters, normalized(frames))
    chances = _softmax(logits)
    count = len(truth)
    loss = float(-np.log(chances[np.arange(count), truth] + 1e-12).mean())
    slope = chances.copy()
    slope[np.arange(count), truth] -= 1
    slope /= count
    pooled, maps = trace["pooled"], trace["maps"]
    found: Parameters = {"w": pooled.T @ slope, "b": slope.sum(axis=0)}
    back = _unpool(slope @ parameters["w"].T, maps)
    for index in reversed(range(len(LAYERS))):
        columns, shape, active = trace[f"step{index}"]
        back = np.where(active, back, np.float32(0)).reshape(count, LAYERS[index].outputs, -1)
        weight = parameters[f"w{index}"]
        found[f"w{index}"] = np.einsum("nfp,ncp->fc", back, columns, optimize=True).reshape(weight.shape)
        found[f"b{index}"] = back.sum(axis=(0, 2))
        if index:
            back = _image(weight.reshape(len(weight), -1).T @ back, shape, LAYERS[index])
    return loss, found


def _forward(parameters: Parameters, values: Array) -> tuple[Array, dict[str, Any]]:
    """Returns the logits, and what going back needs."""
    trace: dict[str, Any] = {}
    for index, layer in enumerate(LAYERS):
        columns, side = _columns(values, layer)
        weight = parameters[f"w{index}"].reshape(layer.outputs, -1)
        summed = (weight @ columns).reshape(len(values), layer.outputs, side, side) + parameters[f"b{index}"][:, None, None]
        active = summed > 0
        trace[f"step{index}"] = (columns, values.shape, active)
        values = np.where(active, summed, np.float32(0))
    pooled = np.concatenate([values.mean(axis=(2, 3)), values.max(axis=(2, 3))], axis=1)
    trace.update(pooled=pooled, maps=values)
    return np.asarray(pooled @ parameters["w"] + parameters["b"]), trace


def _columns(values: Array, layer: Convolution) -> tuple[Array, int]:
    """Returns every patch under the kernel as a column (N x patch x places), and the side of the result."""
    pad = layer.size // 2
    padded = np.pad(values, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, (layer.size, layer.size), axis=(2, 3))
    patches = patches[:, :, :: layer.stride, :: layer.stride].transpose(0, 1, 4, 5, 2, 3)
    side = patches.shape[-1]
    return np.ascontiguousarray(patches).reshape(len(values), -1, side * side), side


def _image(columns: Array, shape: tuple[int, int, int, int], layer: Convolution) -> Array:
    """Returns columns added back to where `_columns` took them from."""
    count, channels, height, width = shape
    pad, stride = layer.size // 2, layer.stride
    side = (height + stride - 1) // stride
    padded = np.zeros((count, channels, height + 2 * pad, width + 2 * pad), np.float32)
    spread = columns.reshape(count, channels, layer.size, layer.size, side, side)
    for row in range(layer.size):
        for column in range(layer.size):
            padded[:, :, row : row + stride * side : stride, column : column + stride * side : stride] += spread[:, :, row, column]
    return padded[:, :, pad : pad + height, pad : pad + width]


def _unpool(slope: Array, maps: Array) -> Array:
    """Returns the gradient by the feature maps from that by their means and maxima."""
    count, channels, height, width = maps.shape
    flat = maps.reshape(count, channels, -1)
    back = np.broadcast_to(slope[:, :channels, None] / np.float32(height * width), flat.shape).copy()
    where = flat.argmax(axis=2)[:, :, None]
    np.put_along_axis(back, where, np.take_along_axis(back, where, axis=2) + slope[:, channels:, None], axis=2)
    return back.reshape(maps.shape)


def _softmax(logits: Array) -> Array:
    """Returns probabilities; the largest logit is taken off first, so nothing overflows."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
