"""Why a request is refused, as JSON-RPC errors: `code`, and a message that ends with the name of the class.

Codes are those of JSON-RPC 2.0 section 5.1, EIP-1474 and, for reverts, geth. What a verification refuses keeps its own class (see
`lightclient.errors`, `lightclient.execution.errors`) and is sent under `UNVERIFIED`.
"""

from typing import Any

from lightclient.errors import EnvironmentalError, OursError

UNVERIFIED = -32020
"""Error code: no endpoint gave an answer that verifies."""

UNAVAILABLE = -32021
"""Error code: there is no trusted head to answer from, or it is too old."""

LIMIT = -32005
"""Error code of EIP-1474: the request asks for more than is given."""


class RpcRefusal(OursError):
    """Base of what the RPC itself refuses; the caller's fault unless a class says otherwise."""

    code = -32602
    """Error code of the answer: invalid parameters unless a subclass says otherwise."""
    proven: bool = False
    """Whether the error is a verified result, as a revert is."""
    data: Any = None
    """What the error's `data` holds: of a revert, its output."""


class NotJson(RpcRefusal):
    """The body is not JSON, or nests too deep."""

    code = -32700

    def __init__(self, reason: str) -> None:
        super().__init__(f"parse error: {reason[:200]}")


class InvalidRequest(RpcRefusal):
    """The document is not a JSON-RPC 2.0 request."""

    code = -32600

    def __init__(self, reason: str) -> None:
        super().__init__(f"invalid request: {reason}")


class UnknownMethod(RpcRefusal):
    """The method does not exist here: what cannot be verified is not passed through."""

    code = -32601

    def __init__(self, method: str) -> None:
        self.method = method[:64]
        super().__init__(f"the method {self.method} does not exist/is not available: only what can be verified is served")


class InvalidParameter(RpcRefusal):
    """A parameter is not of its form, or their number is wrong."""

    def __init__(self, value: Any, expected: str) -> None:
        text = repr(value)
        self.value = text if len(text) <= 80 else text[:77] + "..."
        self.expected = expected
        super().__init__(f"invalid argument: {self.value} is not {expected}")


class BatchTooLarge(RpcRefusal):
    """A batch holds more requests than are taken."""

    code = LIMIT

    def __init__(self, count: int, limit: int) -> None:
        self.count, self.limit = count, limit
        super().__init__(f"batch of {count} requests, limit {limit}")


class TooBusy(RpcRefusal):
    """More requests wait than may; the environment's fault, ask again later."""

    code = LIMIT

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        super().__init__(f"{waiting} requests wait already; ask again later")


class TooSlow(RpcRefusal):
    """The work on a request takes longer than it may."""

    code = LIMIT

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"no answer that verifies within {seconds:g} s; ask for less, or add endpoints")


class TooMuchAsked(RpcRefusal):
    """An answer would take more blocks, logs or keys than are given at once."""

    code = LIMIT

    def __init__(self, what: str, count: int, limit: int) -> None:
        self.what, self.count, self.limit = what, count, limit
        super().__init__(f"{count} {what}, limit {limit}; ask in smaller parts")


class UnverifiableTag(RpcRefusal):
    """The pending block is one server's opinion: nobody has signed it."""

    def __init__(self, tag: str, method: str) -> None:
        self.tag, self.method = tag, method
        super().__init__(f"{method} of the {tag} block cannot be verified; ask for latest, safe or finalized")


class UnsupportedSubscription(RpcRefusal):
    """Only new heads can be subscribed to."""

    def __init__(self, kind: str) -> None:
        self.kind = kind[:64]
        super().__init__(f"no subscription to {self.kind!r}; there is newHeads")


class SubscriptionsNeedASocket(RpcRefusal):
    """Subscriptions live as long as a WebSocket connection; over HTTP there is none."""

    code = -32601

    def __init__(self) -> None:
        super().__init__("notifications are not supported over HTTP: connect by WebSocket")


class BlockOutOfReach(RpcRefusal):
    """A block is older than can be proven from a trusted head."""

    code = UNVERIFIED

    def __init__(self, number: int, head: int, reach: int) -> None:
        self.number, self.head, self.reach = number, head, reach
        super().__init__(f"block {number} cannot be proven from head {head}: at most {reach} blocks back are in reach")


class UnknownBlock(RpcRefusal):
    """A block does not exist yet."""

    code = -32000

    def __init__(self, number: int, head: int) -> None:
        self.number, self.head = number, head
        super().__init__(f"header not found: block {number} lies after head {head}")


class NotCanonical(RpcRefusal):
    """A block of that hash exists, but is no ancestor of the trusted head."""

    code = UNVERIFIED

    def __init__(self, block_hash: bytes, number: int, canonical: bytes) -> None:
        self.block_hash, self.number, self.canonical = block_hash, number, canonical
        super().__init__(f"block 0x{block_hash.hex()} is not canonical: block {number} is 0x{canonical.hex()}")


class TransactionOfAnotherChain(RpcRefusal):
    """A transaction to be sent is signed for another chain."""

    code = -32000

    def __init__(self, chain_id: int, expected: int) -> None:
        self.chain_id, self.expected = chain_id, expected
        super().__init__(f"transaction is signed for chain {chain_id}, this is chain {expected}")


class ReplayableTransaction(RpcRefusal):
    """A transaction to be sent is signed for no chain, so that it is valid on every one (EIP-155)."""

    code = -32000

    def __init__(self) -> None:
        super().__init__("only replay-protected (EIP-155) transactions allowed over RPC")


class CallReverted(RpcRefusal):
    """The called contract reverted; `data` is what it reverted with."""

    code = 3
    proven = True

    def __init__(self, output: bytes, reason: str | None) -> None:
        self.output = output
        self.data = "0x" + output.hex()
        super().__init__("execution reverted" + (f": {reason}" if reason else ""))


class CallFailed(RpcRefusal):
    """A call cannot begin, or ended in an exceptional halt."""

    code = -32000
    proven = True

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class HeadTooOld(EnvironmentalError):
    """The newest verified head is older than the settings serve: the light client is cut off, or the network stands still."""

    def __init__(self, tag: str, age_seconds: float, limit_seconds: float) -> None:
        super().__init__(f"the {tag} head is {age_seconds:.0f} s old, limit {limit_seconds:g} s; check the light client's sources")
        self.tag = tag
        """The tag that was asked for."""
        self.age_seconds = age_seconds
        """How old the head is."""
        self.limit_seconds = limit_seconds
        """Oldest that is served."""


class NoExecutionHead(EnvironmentalError):
    """The verified head carries no execution header."""

    def __init__(self, slot: int) -> None:
        super().__init__(f"the head at slot {slot} carries no execution header")
        self.slot = slot
        """Its slot."""
