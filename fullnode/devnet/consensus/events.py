"""What the chain tells its listeners, in the order in which it becomes true."""

from dataclasses import dataclass

from fullnode.devnet.consensus.block import Block
from lightclient.types import LightClientFinalityUpdate, LightClientOptimisticUpdate


@dataclass(frozen=True, slots=True)
class HeadChanged:
    """A block became the head."""

    block: Block
    """The new head."""
    epoch_transition: bool
    """Whether it is the first block of its epoch."""


@dataclass(frozen=True, slots=True)
class Finalized:
    """A checkpoint became final."""

    block: Block
    """The finalized block."""
    epoch: int
    """The checkpoint's epoch."""


@dataclass(frozen=True, slots=True)
class Reorganized:
    """Blocks left the chain."""

    old_head: Block
    """The head until now."""
    new_head: Block
    """The ancestor that is head again."""
    depth: int
    """How many blocks left."""


Event = HeadChanged | Finalized | Reorganized | LightClientFinalityUpdate | LightClientOptimisticUpdate
"""What listeners are told."""
