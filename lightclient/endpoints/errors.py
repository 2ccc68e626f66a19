"""What can go wrong between us and an execution endpoint, before anything is verified."""

from lightclient.errors import EnvironmentalError, PeerError


class EndpointUnreachable(EnvironmentalError):
    """An endpoint cannot be reached, does not answer in time, or answers with an HTTP error."""

    def __init__(self, endpoint: str, method: str, reason: str) -> None:
        super().__init__(f"{endpoint} gives no answer to {method}: {reason}")
        self.endpoint = endpoint
        """The endpoint."""
        self.method = method
        """What was asked."""
        self.reason = reason
        """What the network says."""


class EndpointRefused(EnvironmentalError):
    """An endpoint answers with a JSON-RPC error: it lacks the block, the state or the method, or will not do what is asked."""

    def __init__(self, endpoint: str, method: str, code: int, text: str, data: object = None) -> None:
        super().__init__(f"{endpoint} refuses {method} with {code}: {text}")
        self.endpoint = endpoint
        """The endpoint."""
        self.method = method
        """What was asked."""
        self.code = code
        """JSON-RPC error code."""
        self.text = text
        """What it says, shortened."""
        self.data = data
        """What it adds, such as a contract's error; of any form."""


class EndpointLacksData(EnvironmentalError):
    """An endpoint answers null where there must be something: it is behind, or keeps no such history."""

    def __init__(self, endpoint: str, what: str) -> None:
        super().__init__(f"{endpoint} has no {what}")
        self.endpoint = endpoint
        """The endpoint."""
        self.what = what
        """What it lacks."""


class OversizedEndpointAnswer(PeerError):
    """An answer is longer than any honest one."""

    def __init__(self, endpoint: str, method: str, limit: int) -> None:
        super().__init__(f"{endpoint} answers {method} with more than {limit} bytes")
        self.endpoint = endpoint
        """The endpoint."""
        self.method = method
        """What was asked."""
        self.limit = limit
        """Most bytes that this answer may have."""


class CompressedEndpointAnswer(PeerError):
    """An answer is compressed although that was not accepted; it could unfold past every bound."""

    def __init__(self, endpoint: str, encoding: str) -> None:
        super().__init__(f"{endpoint} compresses with {encoding[:40]!r} although identity was asked for")
        self.endpoint = endpoint
        """The endpoint."""
        self.encoding = encoding
        """What it states."""


class MalformedEnvelope(PeerError):
    """An answer is no JSON-RPC 2.0 response to what was asked."""

    def __init__(self, endpoint: str, method: str, reason: str) -> None:
        super().__init__(f"{endpoint} answers {method} with something else than a JSON-RPC response: {reason}")
        self.endpoint = endpoint
        """The endpoint."""
        self.method = method
        """What was asked."""
        self.reason = reason
        """What is wrong."""


class WrongEndpointChain(PeerError):
    """An endpoint says that it is of another chain."""

    def __init__(self, endpoint: str, chain_id: int, expected: int) -> None:
        super().__init__(f"{endpoint} is of chain {chain_id}, not {expected}")
        self.endpoint = endpoint
        """The endpoint."""
        self.chain_id = chain_id
        """What it says."""
        self.expected = expected
        """The light client's chain."""
