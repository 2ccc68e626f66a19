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
