"""Why an agent refuses: one class per failed check, holding the offending values."""

from pathlib import Path


class AgentError(Exception):
    """Base of every refusal in this room."""


class ManifestRefused(AgentError):
    """Ours: a manifest is not what `edge_agents.manifest` accepts."""

    def __init__(self, path: Path, reason: str) -> None:
        """Keeps `path` and `reason`; the reason names the key."""
        super().__init__(f"manifest {path}: {reason}")
        self.path = path
        self.reason = reason


class ModelRefused(AgentError):
    """Base: a model file is not the one its manifest names, so nothing is concluded with it."""


class ModelMissing(ModelRefused):
    """The manifest names no model, or the file cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        """Keeps `path` and `reason`."""
        super().__init__(f"model {path}: {reason}")
        self.path = path
        self.reason = reason


class ModelOversized(ModelRefused):
    """The file is larger than the settings allow; it was not read to its end."""

    def __init__(self, path: Path, limit: int) -> None:
        """Keeps `path` and `limit` in bytes."""
        super().__init__(f"model {path}: larger than {limit} bytes; raise `agents.max_model_bytes` if this is meant")
        self.path = path
        self.limit = limit


class ModelHashMismatch(ModelRefused):
    """The file's sha256 is not the manifest's."""

    def __init__(self, path: Path, declared: str, found: str) -> None:
        """Keeps both hashes as lower-case hex."""
        super().__init__(f"model {path}: sha256 is {found}, the manifest declares {declared}; restore the file or retrain")
        self.path = path
        self.declared = declared
        self.found = found


class ModelShapeMismatch(ModelRefused):
    """The file's inputs or outputs are not the manifest's, or the file is no ONNX model."""

    def __init__(self, path: Path, declared: str, found: str) -> None:
        """Keeps both descriptions: name, shape and dtype of each tensor."""
        super().__init__(f"model {path}: has {found}, the manifest declares {declared}")
        self.path = path
        self.declared = declared
        self.found = found


class FrameRefused(AgentError):
    """The peer's: a frame's bytes or its name are not what a camera of this gateway sends."""

    def __init__(self, reason: str) -> None:
        """Keeps `reason`, which names the offending value."""
        super().__init__(f"frame refused: {reason}")
        self.reason = reason
