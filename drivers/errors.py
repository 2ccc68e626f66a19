"""What can go wrong between a device and the gateway, by whose fault it is.

Two families. A `PayloadError` is about one message: it becomes a `Reject` and the driver lives on. A `DriverError` is about the
connection: it ends `Driver.run`, and supervision reads its class (never its words) to choose how long to wait.
"""

from typing import ClassVar


class PayloadError(Exception):
    """One message's bytes cannot become readings; always the peer's fault."""

    reason: ClassVar[str] = "malformed"
    """The stable word under which the reject is counted."""


class OversizedPayload(PayloadError):
    """A payload is larger than the settings allow."""

    reason = "oversized"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"payload of {size} bytes exceeds the limit of {limit}; send smaller packs or raise the limit")
        self.size = size
        self.limit = limit


class DriverError(Exception):
    """The connection to a peer ended or could not be made."""

    retry_soon: ClassVar[bool] = True
    """False when only a person can mend it: supervision then goes straight to the longest wait."""


class OurFault(DriverError):
    """The gateway's own configuration or code is wrong."""

    retry_soon = False


class PeerFault(DriverError):
    """The peer refused us or broke its protocol."""


class EnvironmentFault(DriverError):
    """Network, name service or host: nobody did anything wrong, and trying again can help."""


class BadConfiguration(OurFault):
    """A setting names something that is absent, unreadable or unsafe."""

    def __init__(self, setting: str, problem: str, remedy: str) -> None:
        super().__init__(f"{setting}: {problem}; {remedy}")
        self.setting = setting
        self.problem = problem
        self.remedy = remedy


class Refused(PeerFault):
    """The peer knows us and will not serve us: wrong password, not authorized, identity in use."""

    retry_soon = False

    def __init__(self, peer: str, code: int, answer: str, remedy: str) -> None:
        super().__init__(f"{peer} refused us: {answer} (code {code:#04x}); {remedy}")
        self.peer = peer
        self.code = code
        self.answer = answer
        self.remedy = remedy


class ProtocolBroken(PeerFault):
    """The peer sent what its protocol does not allow."""

    def __init__(self, peer: str, detail: str) -> None:
        super().__init__(f"{peer} broke the protocol: {detail}; check what is listening at that address and port")
        self.peer = peer
        self.detail = detail


class Unreachable(EnvironmentFault):
    """No connection could be made."""

    def __init__(self, peer: str, detail: str) -> None:
        super().__init__(f"cannot reach {peer}: {detail}; check that it runs and that the network leads there")
        self.peer = peer
        self.detail = detail


class ConnectionEnded(EnvironmentFault):
    """An established connection was lost."""

    def __init__(self, peer: str, detail: str) -> None:
        super().__init__(f"connection to {peer} ended: {detail}; it is made again by itself")
        self.peer = peer
        self.detail = detail
