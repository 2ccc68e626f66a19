"""What the execution chain refuses, and whose fault it is."""


class ExecutionError(Exception):
    """Base of every refusal of the execution chain."""


class RefusedTransactionError(ExecutionError):
    """The sender's fault: the transaction cannot enter the pool."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, in geth's words where geth has words for it, since clients match on them."""


class InvalidCallError(ExecutionError):
    """The caller's fault: the call could not even begin."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, in geth's words where geth has words for it."""


class UnknownBlockError(ExecutionError):
    """The caller's fault: no such block is kept."""

    def __init__(self, block: bytes | int | str) -> None:
        name = f"0x{block.hex()}" if isinstance(block, bytes) else str(block)
        super().__init__(f"unknown block {name}: it never was, or lies beyond the kept history")
        self.block = block
        """Hash, number or tag that was asked for."""


class StateNotKeptError(ExecutionError):
    """The caller's fault: the block is known but its state is no longer kept."""

    def __init__(self, number: int, history: int) -> None:
        super().__init__(f"state of block {number} is gone: only {history} blocks behind the head keep theirs; raise state_history")
        self.number = number
        """Number of the block."""
        self.history = history
        """How many blocks keep their state."""


class FinalizedConflictError(ExecutionError):
    """Consensus' fault: the fork choice would leave or pass over what is already final."""

    def __init__(self, block: bytes, finalized: bytes) -> None:
        super().__init__(f"block 0x{block.hex()} does not agree with the finalized block 0x{finalized.hex()}")
        self.block = block
        """The block that was chosen."""
        self.finalized = finalized
        """The finalized block it conflicts with."""


class InvalidAttributesError(ExecutionError):
    """Consensus' fault: no valid block can be built from these attributes."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot build a block: {reason}")
        self.reason = reason
        """What is wrong with them."""
