"""The Manifest: a TOML file that says what an agent concludes and with which model. Pure but for `load`, which reads one file.

The sha256 of the file as it stands on disk is the agent's identity (`Finding.agent_hash`, and `agent` in both on-chain schemas). A rule
agent's limits stand in its manifest, a model's hash stands in its manifest: nothing that decides a verdict lies outside it.
Unknown keys are refused, sizes and counts are bounded.
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge_agents.conditions.policy import Policy
from edge_agents.errors import ManifestRefused
from edge_agents.finding import SubjectKind
from edge_agents.lots.sampling import Sampling

DEFAULT_LIMIT = 64 * 1024
"""Largest manifest that is read, in bytes, where the caller names no other limit."""

Text = Annotated[str, Meta(min_length=1, max_length=400)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class Tensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One input or output of a model."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    """As the model file spells it."""
    shape: Annotated[tuple[Annotated[int, Meta(ge=1, le=1 << 20)], ...], Meta(max_length=8)]
    """Every dimension is fixed."""
    dtype: Literal["uint8", "int8", "int32", "int64", "float32", "float64"]
    """Element type, in numpy's words."""

    def __str__(self) -> str:
        """Returns `name dtype[shape]`, as errors print it."""
        return f"{self.name} {self.dtype}{list(self.shape)}"


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The model file and what goes in and comes out."""

    file: FileName
    """Beside the manifest; no folder may be named."""
    sha256: Sha256
    """Of the file, lower-case hex."""
    inputs: Annotated[tuple[Tensor, ...], Meta(min_length=1, max_length=16)]
    """In the model's order."""
    outputs: Annotated[tuple[Tensor, ...], Meta(min_length=1, max_length=16)]
    """In the model's order."""


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How good the agent was measured to be."""

    name: Text
    """What was measured."""
    value: float
    """The measured value."""
    dataset: Text
    """On what; says so when the data are synthetic."""
    seed: Annotated[int, Meta(ge=0)]
    """Of the generator that made the data."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the agent comes from."""

    script: Text
    """Path in this project of the code that made the model, or that is the rule."""
    licence: Text
    """SPDX identifier."""


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file's keys."""

    name: Name
    version: Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    kind: SubjectKind
    concludes: Text
    labels: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)]
    source: Source
    model: Model | None = None
    metric: Metric | None = None
    policy: Policy | None = None
    sampling: Sampling | None = None


class Manifest(_Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A parsed manifest with its identity and its place."""

    hash: bytes
    """sha256 of the file, 32 bytes."""
    text: str
    """The file as it stands on disk: what a verifier hashes."""
    folder: Path
    """Where the manifest lies, and its model beside it."""


def parse(data: bytes, path: Path) -> Manifest:
    """Returns the manifest in `data`; `path` is named in refusals and tells where the model lies.

    Raises:
        ManifestRefused: not UTF-8, not TOML, an unknown or missing key, or a value out of bounds.
    """
    try:
        document = tomllib.loads(data.decode())
        checked = msgspec.convert(document, _Document)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise ManifestRefused(path, str(error)) from error
    if (checked.model is None) != (checked.metric is None):
        raise ManifestRefused(path, "[model] and [metric] come together: a model without a measured metric is not run")
    if len(set(checked.labels)) != len(checked.labels):
        raise ManifestRefused(path, "labels must differ from each other")
    fields = {name: getattr(checked, name) for name in checked.__struct_fields__}
    return Manifest(**fields, hash=hashlib.sha256(data).digest(), text=data.decode(), folder=path.parent)


def load(path: Path, *, limit: int = DEFAULT_LIMIT) -> Manifest:
    """Returns the manifest at `path`, reading at most `limit` bytes.

    Raises:
        ManifestRefused: the file cannot be read, is larger than `limit`, or is not what `parse` accepts.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ManifestRefused(path, error.strerror or str(error)) from error
    if len(data) > limit:
        raise ManifestRefused(path, f"larger than {limit} bytes")
    return parse(data, path)
