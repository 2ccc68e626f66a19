"""Refusals of an update, in the order of the specification's checks."""

from lightclient.errors.base import PeerError


class TooFewParticipants(PeerError):
    """Nobody, or too few of the committee, signed."""

    def __init__(self, participants: int, required: int) -> None:
        super().__init__(f"{participants} of the committee signed where {required} must")
        self.participants = participants
        """Members who signed."""
        self.required = required
        """Fewest that the specification accepts."""


class InvalidExecutionBranch(PeerError):
    """An execution header is not the one of its beacon block, or is there before capella."""

    def __init__(self, which: str, slot: int, body_root: bytes) -> None:
        super().__init__(f"execution header of the {which} at slot {slot} is not proven in body 0x{body_root.hex()}")
        self.which = which
        """Which header."""
        self.slot = slot
        """Its slot, which decides the fork whose rules hold."""
        self.body_root = body_root
        """Body that should hold the execution header."""


class FutureSlot(PeerError):
    """The signature is from a slot that has not begun."""

    def __init__(self, signature_slot: int, current_slot: int) -> None:
        super().__init__(f"signature slot {signature_slot} lies after the current slot {current_slot}; if this persists, check the clock")
        self.signature_slot = signature_slot
        """Slot claimed."""
        self.current_slot = current_slot
        """Slot by the caller's clock."""


class SlotsOutOfOrder(PeerError):
    """Signature, attested and finalized slots are not in that order."""

    def __init__(self, signature_slot: int, attested_slot: int, finalized_slot: int) -> None:
        super().__init__(f"slots must fall: signature {signature_slot} > attested {attested_slot} >= finalized {finalized_slot}")
        self.signature_slot = signature_slot
        """Slot of the signature."""
        self.attested_slot = attested_slot
        """Slot of the attested header."""
        self.finalized_slot = finalized_slot
        """Slot of the finalized header."""


class SkippedPeriod(PeerError):
    """The update is signed by a committee that the store does not know."""

    def __init__(self, period: int, allowed: tuple[int, ...]) -> None:
        super().__init__(f"signature of period {period}, but committees are known for {', '.join(map(str, allowed)) or 'none'}")
        self.period = period
        """Period of the signature."""
        self.allowed = allowed
        """Periods whose committees the store knows."""


class IrrelevantUpdate(PeerError):
    """The update brings neither a later header nor a missing committee."""

    def __init__(self, attested_slot: int, finalized_slot: int) -> None:
        super().__init__(
            f"attested slot {attested_slot} is not after the finalized slot {finalized_slot}, and no missing committee comes with it"
        )
        self.attested_slot = attested_slot
        """Slot attested."""
        self.finalized_slot = finalized_slot
        """Slot that the store holds as finalized."""


class UnexpectedFinality(PeerError):
    """A finalized header is present without a branch that proves it."""

    def __init__(self, slot: int) -> None:
        super().__init__(f"finalized header at slot {slot} comes without a branch that could prove it")
        self.slot = slot
        """Its slot."""


class WrongFinalityBranch(PeerError):
    """The finalized header is not what the attested state calls finalized."""

    def __init__(self, finalized_root: bytes, state_root: bytes) -> None:
        super().__init__(f"block 0x{finalized_root.hex()} is not proven finalized in state 0x{state_root.hex()}")
        self.finalized_root = finalized_root
        """Root of the finalized header received."""
        self.state_root = state_root
        """Attested state."""


class UnexpectedCommittee(PeerError):
    """A next committee is present without a branch that proves it."""

    def __init__(self) -> None:
        super().__init__("next committee comes without a branch that could prove it")


class InconsistentNextCommittee(PeerError):
    """The update's next committee is another than the one already proven for that period."""

    def __init__(self, committee_root: bytes, known_root: bytes) -> None:
        super().__init__(f"next committee 0x{committee_root.hex()} differs from the known 0x{known_root.hex()}")
        self.committee_root = committee_root
        """Root of the committee received."""
        self.known_root = known_root
        """Root of the committee in the store."""


class WrongNextCommitteeBranch(PeerError):
    """The next committee is not proven to be in the attested state."""

    def __init__(self, committee_root: bytes, state_root: bytes) -> None:
        super().__init__(f"next committee 0x{committee_root.hex()} is not proven in state 0x{state_root.hex()}")
        self.committee_root = committee_root
        """Root of the committee received."""
        self.state_root = state_root
        """Attested state."""


class InvalidSignature(PeerError):
    """The committee did not sign the attested header under the fork of that time."""

    def __init__(self, attested_slot: int, signature_slot: int, participants: int, fork_version: bytes) -> None:
        super().__init__(
            f"signature over the header at slot {attested_slot} by {participants} members at slot {signature_slot} "
            f"does not verify under fork version 0x{fork_version.hex()}"
        )
        self.attested_slot = attested_slot
        """Slot of the header that should be signed."""
        self.signature_slot = signature_slot
        """Slot whose committee should have signed."""
        self.participants = participants
        """Members said to have signed."""
        self.fork_version = fork_version
        """Version that entered the signing root."""


class PeriodNotFinalized(PeerError):
    """An update cannot be applied: it finalizes another period than the store's while the next committee is unknown."""

    def __init__(self, finalized_period: int, store_period: int) -> None:
        super().__init__(f"update finalizes period {finalized_period} while the committee after period {store_period} is unknown")
        self.finalized_period = finalized_period
        """Period finalized by the update."""
        self.store_period = store_period
        """Period of the store."""


class UnconfirmedCommittee(PeerError):
    """A committee from an update that finalizes nothing is not confirmed by the update that should."""

    def __init__(self, attested_slot: int, finalized_slot: int) -> None:
        super().__init__(f"the committee named at slot {attested_slot} is not confirmed: what follows finalizes slot {finalized_slot}")
        self.attested_slot = attested_slot
        """Slot of the header that names the committee."""
        self.finalized_slot = finalized_slot
        """Slot finalized by the update that should confirm it; it must be later."""
