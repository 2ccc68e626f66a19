"""Turns an inspection frame into a Finding about one item of a lot.

The model takes gray values as they are (uint8) and does its own normalization, so nothing between PNG and verdict lies outside the
hashed file but the decoder.
"""

import hashlib
from pathlib import Path

from edge_agents.agent import FrameAgent
from edge_agents.errors import ManifestRefused
from edge_agents.finding import Finding, SubjectKind, Verdict
from edge_agents.frame import Frame
from edge_agents.manifest import Manifest, load
from edge_agents.runtime import array, load_model
from edge_agents.settings import AgentSettings
from edge_agents.surface_defects.png import SIDE, pixels

MANIFEST = Path(__file__).parent / "manifest.toml"
"""The shipped agent."""

GOOD = "good"
"""The label of an item without defect; every other label is a breach."""


class SurfaceDefects(FrameAgent):
    """Classifies frames into good, scratch, pit, stain and crack."""

    def __init__(self, manifest: Manifest, settings: AgentSettings | None = None) -> None:
        """Loads and checks the model that the manifest names.

        Raises:
            ManifestRefused: the manifest is of another kind, or its tensors do not fit a frame and its labels.
            ModelRefused: the model is not the manifest's.
        """
        settings = settings or AgentSettings()
        model = manifest.model
        wanted = ([1, 1, SIDE, SIDE], [1, len(manifest.labels)])
        fits = model is not None and ([list(t.shape) for t in (*model.inputs, *model.outputs)]) == list(wanted)
        if manifest.kind is not SubjectKind.LOT or GOOD not in manifest.labels or model is None or not fits:
            raise ManifestRefused(
                manifest.folder / MANIFEST.name,
                f"needs kind = 'lot', a label 'good' and one tensor of shape {wanted[0]} in, {wanted[1]} out",
            )
        self.manifest = manifest
        self._input = model.inputs[0]
        self._limit = settings.max_frame_bytes
        self._model = load_model(manifest, settings)

    @classmethod
    def load(cls, path: Path = MANIFEST, settings: AgentSettings | None = None) -> "SurfaceDefects":
        """Returns the agent whose manifest lies at `path`.

        Raises:
            ManifestRefused: the manifest is not valid.
            ModelRefused: the model is not the manifest's.
        """
        settings = settings or AgentSettings()
        return cls(load(path, limit=settings.max_manifest_bytes), settings)

    def judge(self, frame: Frame) -> Finding:
        """Returns what the frame shows; `measures` holds each label's probability in the manifest's order."""
        gray = array(self._input, pixels(frame.png, self._limit))
        probabilities: list[float] = self._model.run({self._input.name: gray})[0][0].tolist()
        labels = self.manifest.labels
        best = max(range(len(labels)), key=probabilities.__getitem__)
        return Finding(
            agent=self.manifest.name,
            agent_hash=self.manifest.hash,
            kind=SubjectKind.LOT,
            subject=frame.subject,
            item=frame.item,
            device=frame.device,
            verdict=Verdict.CONFORMS if labels[best] == GOOD else Verdict.BREACH,
            label=labels[best],
            confidence=min(1.0, probabilities[best]),
            from_ms=frame.time_ms,
            to_ms=frame.time_ms,
            readings=1,
            measures=tuple(zip(labels, probabilities, strict=True)),
            evidence=hashlib.sha256(frame.png).digest(),
        )
