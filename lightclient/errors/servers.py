"""What goes wrong with servers: their form, their size, their silence."""

from lightclient.errors.base import EnvironmentalError, PeerError


class MalformedMessage(PeerError):
    """A JSON document is not of the beacon API's form."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'document'}: {reason}")
        self.path = path
        """Where in the document."""
        self.reason = reason
        """What is wrong there."""


class OversizedAnswer(PeerError):
    """A server sends more than any honest answer has."""

    def __init__(self, source: str, limit: int) -> None:
        super().__init__(f"{source} sends more than {limit} bytes")
        self.source = source
        """The server."""
        self.limit = limit
        """Most bytes that this answer may have."""


class SourceUnreachable(EnvironmentalError):
    """A server cannot be reached, or does not answer in time."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        """The server."""
        self.reason = reason
        """What the network says."""


class SourceLacksData(EnvironmentalError):
    """A server answers with an error status; some say 500 where they mean that they do not have the data."""

    def __init__(self, source: str, path: str, status: int) -> None:
        super().__init__(f"{source} answers {path} with status {status}")
        self.source = source
        """The server."""
        self.path = path
        """What was asked for."""
        self.status = status
        """HTTP status."""


class NoSourceAnswers(EnvironmentalError):
    """Every source failed at the same task."""

    def __init__(self, task: str, reasons: tuple[str, ...]) -> None:
        super().__init__(f"no source can {task}: " + "; ".join(reasons))
        self.task = task
        """What was tried."""
        self.reasons = reasons
        """What each source's failure was, best source first."""
