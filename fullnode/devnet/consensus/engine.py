"""What consensus asks of execution: the in-process form of the Engine API's few questions.

Whoever implements it promises that a block once returned can be named later as parent or head, until a finalized block leaves it behind.
"""

from typing import Protocol

from fullnode.devnet.execution.block import ExecutionBlock


class ExecutionEngine(Protocol):
    """What consensus asks of the execution chain; calls come from one thread, in this order for each slot."""

    def produce_block(
        self, *, timestamp: int, prev_randao: bytes, parent_beacon_block_root: bytes, parent_hash: bytes | None = None
    ) -> ExecutionBlock:
        """Returns a new block on `parent_hash`, which becomes the head if its parent was."""
        ...

    def set_head(self, block_hash: bytes) -> None:
        """Makes a block the head."""
        ...

    def set_safe(self, block_hash: bytes) -> None:
        """Names the justified block."""
        ...

    def set_finalized(self, block_hash: bytes) -> None:
        """Names the finalized block."""
        ...
