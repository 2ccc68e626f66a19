"""What stands in the way of beginning or going on: trust, clock and disk; and asking before there is anything to tell."""

from lightclient.errors.base import EnvironmentalError, OursError


class NoCheckpoint(OursError):
    """There is neither a store file to resume from nor a checkpoint to begin with."""

    def __init__(self) -> None:
        super().__init__("no checkpoint is set and no store file exists: set lightclient.checkpoint to a block root that you trust")


class CheckpointTooOld(OursError):
    """The point of trust is older than the weak-subjectivity limit: former validators could have signed another history since."""

    def __init__(self, age_seconds: int, limit_seconds: int) -> None:
        super().__init__(
            f"the trusted header is {age_seconds // 3600} h old, the limit is {limit_seconds // 3600} h: take a newer checkpoint "
            "from a party that you trust, or raise max_checkpoint_age_seconds knowing the risk"
        )
        self.age_seconds = age_seconds
        """Age of the trusted header by the caller's clock."""
        self.limit_seconds = limit_seconds
        """Most that the settings allow."""


class ClockBehind(EnvironmentalError):
    """The clock shows a time before headers that are already verified."""

    def __init__(self, current_slot: int, known_slot: int) -> None:
        super().__init__(f"the clock says slot {current_slot}, but slot {known_slot} is verified: set the clock")
        self.current_slot = current_slot
        """Slot by the clock."""
        self.known_slot = known_slot
        """Latest slot known to have begun."""


class ClockJumped(EnvironmentalError):
    """The clock moved by another span than really passed, and no header seen since confirms the time that it shows."""

    def __init__(self, jump_seconds: int, limit_seconds: int) -> None:
        super().__init__(
            f"the clock jumped by {jump_seconds} s (at most {limit_seconds} s are plausible) and no header as new as that is verified: "
            "set the clock, or wait for the network to confirm it"
        )
        self.jump_seconds = jump_seconds
        """By how much; negative for backwards."""
        self.limit_seconds = limit_seconds
        """Most that is taken for a clock being corrected."""


class InvalidCheckpoint(OursError):
    """A checkpoint that was given is no block root."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        """Setting or file."""
        self.reason = reason
        """What is wrong with it."""


class CheckpointDisagreement(EnvironmentalError):
    """Too few independent providers name the same checkpoint."""

    def __init__(self, quorum: int, answers: tuple[str, ...]) -> None:
        super().__init__(f"fewer than {quorum} checkpoint providers agree: " + "; ".join(answers))
        self.quorum = quorum
        """How many must agree."""
        self.answers = answers
        """What each said."""


class Frozen(OursError):
    """Two valid messages contradict each other; nothing is followed until an operator has decided."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the light client is frozen: {reason}; look at the evidence, decide which chain is right, then unfreeze")
        self.reason = reason
        """What contradicts what."""


class DamagedStoreFile(EnvironmentalError):
    """A store file is cut off, altered, or of another version."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        """The file."""
        self.reason = reason
        """What is wrong with it."""


class ForeignStoreFile(OursError):
    """A store file belongs to another network or to another checkpoint."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}; move it away to start anew")
        self.path = path
        """The file."""
        self.reason = reason
        """What does not agree."""


class NotStarted(EnvironmentalError):
    """No bootstrap has verified yet; ask again later."""

    def __init__(self) -> None:
        super().__init__("the light client has no verified header yet")


class TraceBroken(OursError):
    """The policy allowed a forced update, so no chain of finality leads from the checkpoint to the head."""

    def __init__(self) -> None:
        super().__init__("an update was forced, so the head cannot be proven to others; start anew from a newer checkpoint")
