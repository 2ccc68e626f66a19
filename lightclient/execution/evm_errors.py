"""Why a call is not executed, or not to its end; each class holds the offending values.

What a server did wrong while proving state is refused by the classes of `errors`; a call that reverts is an outcome and no error.
"""

from lightclient.errors import OursError, PeerError


class EvmNotInstalled(OursError):
    """The interpreter is an extra that is not installed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"calls cannot be executed locally: {reason}; install aios-edge-gateway[evm]")
        self.reason = reason
        """What the import says."""


class UnsupportedRules(OursError):
    """The interpreter does not know the rules of that block."""

    def __init__(self, fork: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no execution rules for {fork!r}; known are {', '.join(known)}")
        self.fork = fork
        """What was asked for."""
        self.known = known
        """What there is."""


class MalformedCall(OursError):
    """A call object is not of its form."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        """Which field."""
        self.reason = reason
        """What is wrong with it."""


class CallCannotBegin(OursError):
    """The call is refused before its first instruction."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, with the offending values."""


class CallFails(OursError):
    """No amount of gas makes the call succeed, so there is no estimate."""

    def __init__(self, error: str, output: bytes) -> None:
        super().__init__(f"the call fails: {error}")
        self.error = error
        """Why its outermost frame fails."""
        self.output = output
        """Data returned with the revert."""


class CallTooDeep(OursError):
    """Calls nest deeper than this process can follow."""

    def __init__(self) -> None:
        super().__init__("calls nest deeper than this process can follow")


class CallTooExpensive(OursError):
    """The call takes more than the limits allow: gas in all its runs, rounds of asking for state, accounts, slots, or code."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"the call takes more {what} than the {limit} that the limits allow")
        self.what = what
        """What it takes too much of."""
        self.limit = limit
        """Most that is allowed."""


class WrongAnswerCount(PeerError):
    """A reader of state answers more or fewer questions than were asked."""

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(f"{found} answers to {expected} questions about accounts")
        self.found = found
        """Answers."""
        self.expected = expected
        """Questions."""
