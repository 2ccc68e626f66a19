"""Why parts of a verdict given together, or a BLS key, are refused: one class per check. Pure."""

from oracle.errors import RefusedError
from oracle.hexes import to_checksum, to_hex


class VotesDifferError(RefusedError):
    """Two parts are not about the same verdict."""

    def __init__(self, field: str, one: object, other: object) -> None:
        """Holds the field, and what both say."""
        self.field = field
        self.one = one
        self.other = other
        super().__init__(f"the parts are not of one verdict: {field} is {_shown(one)} in one and {_shown(other)} in another")


class VoteTwiceError(RefusedError):
    """One gateway's part is given twice; its voice counts once."""

    def __init__(self, gateway: bytes) -> None:
        """Holds the gateway."""
        self.gateway = gateway
        super().__init__(f"gateway {to_checksum(gateway)} is given twice, and its voice counts once; leave one of its files out")


class VoteSignatureError(RefusedError):
    """A part's signature is not that of its key over its verdict."""

    def __init__(self, gateway: bytes) -> None:
        """Holds the gateway."""
        self.gateway = gateway
        super().__init__(
            f"gateway {to_checksum(gateway)}: the signature is by another key or over another verdict than its file says; ask for a new one"
        )


class VotesTooFewError(RefusedError):
    """With these parts no quorum agrees."""

    def __init__(self, given: int, cast: int, quorum: int) -> None:
        """Holds how many parts there are, how many verdicts that say the same were cast before, and how many must agree."""
        self.given = given
        self.cast = cast
        self.quorum = quorum
        super().__init__(f"{given} parts and {cast} verdicts cast before say the same, and {quorum} must agree; collect more of them")


class VoteKeyError(RefusedError):
    """A part's key is not the one that the GatewayRegistry has for the gateway."""

    def __init__(self, gateway: bytes, key: bytes, registered: bytes) -> None:
        """Holds the gateway, the part's key, and the registered one, empty where there is none."""
        self.gateway = gateway
        self.key = key
        self.registered = registered
        found = f"has the key {to_hex(registered)}" if registered else "has no BLS key in the GatewayRegistry"
        super().__init__(
            f"gateway {to_checksum(gateway)} {found}, its part is by {to_hex(key)}; "
            "its operator registers a key with `aios gateway add-bls-key`"
        )


class VoteInactiveError(RefusedError):
    """A part is of a gateway that the registry does not hold for active: unknown, suspended, unbonding or slashed."""

    def __init__(self, gateway: bytes) -> None:
        """Holds the gateway."""
        self.gateway = gateway
        super().__init__(f"gateway {to_checksum(gateway)} is not active in the GatewayRegistry, so its voice does not count; leave it out")


class BallotAwaitsNothingError(RefusedError):
    """An escrow takes no verdict: nobody opened it, or its time is over."""

    def __init__(self, escrow: bytes, reason: str) -> None:
        """Holds the escrow's name and the reason."""
        self.escrow = escrow
        self.reason = reason
        super().__init__(f"escrow {to_hex(escrow)} takes no verdict: {reason}")


class PossessionRefusedError(RefusedError):
    """A signature does not show that a BLS key belongs to a gateway."""

    def __init__(self, gateway: bytes, key: bytes) -> None:
        """Holds the gateway and the key."""
        self.gateway = gateway
        self.key = key
        super().__init__(
            f"key {to_hex(key)} did not sign that it belongs to gateway {to_checksum(gateway)} in this GatewayRegistry on this chain; "
            "make the signature anew with `aios key bls-possession`"
        )


def _shown(value: object) -> str:
    """Returns a value in words: bytes in hexadecimal."""
    return to_hex(value) if isinstance(value, bytes) else str(value)
