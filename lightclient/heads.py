"""What the light client tells others: heads, and its status."""

from dataclasses import dataclass

from lightclient.scores import Score
from lightclient.types import ExecutionPayloadHeader, LightClientHeader


@dataclass(frozen=True, slots=True)
class Head:
    """A verified header, and how far to rely on it."""

    header: LightClientHeader
    """The header, proven from the checkpoint."""
    participants: int
    """Members of the sync committee who signed what proved it; 0 for the checkpoint itself, which is trusted."""
    committee_size: int
    """Members of the committee."""
    age_seconds: float
    """Time since its slot began, by the injected clock."""

    @property
    def slot(self) -> int:
        """Slot of the header."""
        return self.header.beacon.slot

    @property
    def execution(self) -> ExecutionPayloadHeader | None:
        """Header of the execution block in it; None before capella."""
        return self.header.execution


@dataclass(frozen=True, slots=True)
class Heads:
    """The two heads of one moment."""

    finalized: Head
    """Will not be reverted unless a third of all stake is destroyed."""
    optimistic: Head
    """Newest header with enough signers; may be reverted."""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything a person may want to know about the light client."""

    network: str
    """Name of the network."""
    checkpoint: bytes
    """Block root that trust began with."""
    heads: Heads | None
    """None until a bootstrap verified."""
    period: int
    """Sync-committee period of the finalized header."""
    next_committee_known: bool
    """Whether the coming period's committee is proven already."""
    safety_threshold: int
    """Signers that an optimistic header must exceed."""
    sources: tuple[Score, ...]
    """Scores of the sources, in the configured order."""
    refusals: dict[str, int]
    """Refused messages by the name of the check that refused them."""
    forced: bool
    """Whether any header was taken as finalized by a forced update."""
