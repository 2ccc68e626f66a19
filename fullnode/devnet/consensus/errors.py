"""What the devnet's consensus layer refuses, and whose fault each refusal is."""


class ConsensusError(Exception):
    """Base of every refusal of the devnet's consensus layer."""


class CallerError(ConsensusError):
    """The caller asked for something that the protocol or the settings forbid."""


class SlotInThePastError(CallerError):
    """A block was asked for at a slot that is not after the head's."""

    def __init__(self, slot: int, head_slot: int) -> None:
        super().__init__(f"slot {slot} is not after the head's slot {head_slot}: ask for a later one")
        self.slot = slot
        """The slot asked for."""
        self.head_slot = head_slot
        """The slot of the head when it was asked."""


class ReorgTooDeepError(CallerError):
    """A reorganization would remove a finalized block, which no honest-majority chain does."""

    def __init__(self, depth: int, allowed: int) -> None:
        super().__init__(f"a reorganization of {depth} blocks would remove a finalized one: at most {allowed} may go")
        self.depth = depth
        """How many blocks were to be removed."""
        self.allowed = allowed
        """How many blocks stand above the finalized one."""


class NotFoundError(ConsensusError):
    """The chain does not hold what was asked for (yet, or any more)."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} not found")
        self.what = what
        """What was asked for, in the words of the beacon API."""
