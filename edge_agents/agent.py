"""What every agent is, and what it may rely on.

An agent is a manifest and a pure function. Two shapes exist: a shipment agent judges a whole trip, a frame agent judges one image. Agents
know no clock, no store and no oracle. What each promises, and `tests/edge_agents/test_conformance.py` checks:

- the same input gives the same finding, on the same machine to the last bit;
- `Finding.agent_hash` is the hash of the manifest as it stood on disk, and the manifest names or holds everything else that decides;
- `Finding.evidence` changes when any reading used changes;
- data too poor to judge is a finding (`Verdict.INSUFFICIENT`), never an exception; bytes that are no frame are `FrameRefused`.
"""

from abc import ABC, abstractmethod

from edge_agents.conditions.trip import Trip
from edge_agents.finding import Finding
from edge_agents.frame import Frame
from edge_agents.manifest import Manifest


class Agent(ABC):
    """A manifest; the two kinds below add what they judge."""

    manifest: Manifest
    """Read once when the agent was loaded; `manifest.hash` is the agent's identity."""


class ShipmentAgent(Agent):
    """Judges a whole trip."""

    units: dict[str, str]
    """Which quantities' readings it wants in a trip, and in which SenML unit."""

    @abstractmethod
    def judge(self, subject: str, trip: Trip) -> Finding:
        """Returns what the trip says about the shipment `subject`, a Digital Link path such as `00/106141412345678908`."""


class FrameAgent(Agent):
    """Judges one image."""

    @abstractmethod
    def judge(self, frame: Frame) -> Finding:
        """Returns what the frame shows.

        Raises:
            FrameRefused: the bytes are not an image of the declared format and size.
        """
