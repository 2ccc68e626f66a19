"""Runs a model that is exactly the one its manifest names, on onnxruntime.

The file is read once, into memory. Those bytes are hashed and those bytes become the session, so what was checked is what runs. The
execution provider is named: onnxruntime otherwise picks whatever the wheel happens to carry. One thread, because the box has few and
the same number of threads gives the same sums in the same order.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from edge_agents.errors import ModelHashMismatch, ModelMissing, ModelOversized, ModelShapeMismatch
from edge_agents.manifest import Manifest, Tensor
from edge_agents.settings import AgentSettings

PROVIDER = "CPUExecutionProvider"
"""The only execution provider this project runs on."""

_DTYPES = {
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(float)": "float32",
    "tensor(double)": "float64",
}
"""onnxruntime's words for element types, in numpy's words."""


class LoadedModel:
    """A session over bytes whose hash and tensors were checked."""

    def __init__(self, session: Any, outputs: list[str]) -> None:
        """Takes a checked session; use `load_model`."""
        self._session = session
        self._outputs = outputs

    def run(self, inputs: dict[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """Returns the outputs in the manifest's order."""
        answer: list[npt.NDArray[Any]] = self._session.run(self._outputs, inputs)
        return answer


def load_model(manifest: Manifest, settings: AgentSettings | None = None) -> LoadedModel:
    """Returns the model that lies beside the manifest, once its bytes and its tensors are what the manifest says.

    Raises:
        ModelMissing: the manifest names none, or the file cannot be read.
        ModelOversized: the file is larger than the settings allow.
        ModelHashMismatch: its bytes are not the declared ones.
        ModelShapeMismatch: its inputs or outputs differ in number, name, shape or dtype, or it is no ONNX model.
    """
    settings = settings or AgentSettings()
    if manifest.model is None:
        raise ModelMissing(manifest.folder, f"the manifest of {manifest.name} names no model")
    path = manifest.folder / manifest.model.file
    data = _read(path, settings.max_model_bytes)
    found = hashlib.sha256(data).hexdigest()
    if found != manifest.model.sha256:
        raise ModelHashMismatch(path, manifest.model.sha256, found)
    declared = _describe(manifest.model.inputs, manifest.model.outputs)
    try:
        session = onnxruntime.InferenceSession(data, sess_options=_options(), providers=[PROVIDER])
    except Exception as error:  # onnxruntime raises a dozen unrelated classes for bytes that are no model
        raise ModelShapeMismatch(path, declared, f"no ONNX model ({type(error).__name__})") from error
    actual = _describe([_tensor(t) for t in session.get_inputs()], [_tensor(t) for t in session.get_outputs()])
    if actual != declared:
        raise ModelShapeMismatch(path, declared, actual)
    return LoadedModel(session, [tensor.name for tensor in manifest.model.outputs])


def _read(path: Path, limit: int) -> bytes:
    """Returns the file's bytes, reading no more than `limit` plus the one that shows it is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ModelMissing(path, error.strerror or str(error)) from error
    if len(data) > limit:
        raise ModelOversized(path, limit)
    return data


def _options() -> Any:
    """Returns session options for one quiet thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    return options


def _tensor(argument: Any) -> str:
    """Returns onnxruntime's description of a tensor in the words of `Tensor.__str__`."""
    return f"{argument.name} {_DTYPES.get(argument.type, argument.type)}{list(argument.shape)}"


def _describe(inputs: Any, outputs: Any) -> str:
    """Returns inputs and outputs in one line, the form in which declared and found are compared and shown."""
    return f"({', '.join(map(str, inputs))}) -> ({', '.join(map(str, outputs))})"


def array(tensor: Tensor, data: bytes) -> npt.NDArray[Any]:
    """Returns `data` as the array that `tensor` declares, without copying."""
    return np.frombuffer(data, dtype=tensor.dtype).reshape(tensor.shape)
