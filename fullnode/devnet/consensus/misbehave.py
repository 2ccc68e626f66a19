"""Switches by which the devnet breaks its promises, so that others' tests can see what happens then.

One record, read by the slot ticker, the chain and the beacon API at the moment of use; a test sets a field and sets it back. Nothing here
is on by default. Misbehaviour of blocks is real (the committee truly signs it); misbehaviour of answers is done to a copy.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Endpoint(StrEnum):
    """The light-client answers that can be withheld."""

    BOOTSTRAP = "bootstrap"
    UPDATES = "updates"
    FINALITY_UPDATE = "finality_update"
    OPTIMISTIC_UPDATE = "optimistic_update"
    EVENTS = "events"


class Lie(StrEnum):
    """Ways in which a light-client answer can be wrong."""

    SIGNATURE = "signature"
    """A signature by the right keys over something else."""
    EXECUTION_BRANCH = "execution_branch"
    """An execution branch that proves nothing."""
    FINALITY_BRANCH = "finality_branch"
    """A finality branch that proves nothing."""
    COMMITTEE_BRANCH = "committee_branch"
    """A committee branch that proves nothing."""
    COMMITTEE = "committee"
    """A committee with one member replaced by another."""
    STATE_ROOT = "state_root"
    """An execution header with another state root than the block has."""
    FEW_SIGNERS = "few_signers"
    """A valid signature by half of the committee."""
    CONFLICT = "conflict"
    """A valid signature by the whole committee over other headers of the same slots: equivocation, seen from one side."""


@dataclass(slots=True)
class Misbehaviour:
    """What goes wrong at the moment."""

    stall: bool = False
    """The slot ticker makes no blocks."""
    no_finality: bool = False
    """Validators do not vote: blocks come, nothing is justified any more."""
    participation: float | None = None
    """Share of the sync committee that signs, instead of the settings' share."""
    withhold: set[Endpoint] = field(default_factory=set)
    """Answers that are missing as if the data did not exist."""
    lie: Lie | None = None
    """What is wrong in every light-client answer."""
    alternate: bool = False
    """Lie only in every second answer, so that two questions get two stories."""
    status: int | None = None
    """HTTP status given to every question, for example 500."""
    garbage: bool = False
    """Every answer is 200 with bytes that are neither JSON nor SSZ."""
    hang_seconds: float = 0.0
    """How long every answer is held back."""
