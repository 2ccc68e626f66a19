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
        """Header of the execution block in it; None before capella and from gloas on."""
        return self.header.execution

    @property
    def execution_block_hash(self) -> bytes | None:
        """Hash of the newest execution block that the header proves: its own, or from gloas on the one it builds upon."""
        return self.header.execution_block_hash if self.execution is None else self.execution.block_hash

    @property
    def proves_execution_header(self) -> bool:
        """Whether the header proves an execution header; where not, one must be fetched and hashed to `execution_block_hash`."""
        return self.execution is not None


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
    frozen: str | None = None
    """Why nothing is followed until an operator has decided; None while all is well."""
    unchecked_committees: int = 0
    """Committees relied upon whose keys are still to be checked; while there are any, the heads are provisional."""
    clock_vouched: bool = False
    """Whether a fresh header agreed with the clock, and it has run evenly since."""
    trusted_slot: int = 0
    """Slot of the checkpoint's block; 0 until it is known."""
    trust_age_seconds: float = 0.0
    """Age of what trust rests on now, the finalized header: what the weak-subjectivity limit is held against."""
    max_trust_age_seconds: int = 0
    """That limit."""
