"""Why an attestation is refused: one class per check."""

from oracle.errors import RefusedError, shorten
from oracle.hexes import to_checksum


class SignatureError(RefusedError):
    """A signature has neither form, is out of range or in the upper half, or is by no key over this digest."""

    def __init__(self, signature: bytes, reason: str) -> None:
        """Holds the signature and the reason."""
        self.signature = signature
        self.reason = reason
        super().__init__(f"signature {shorten(signature)}: {reason}")


class AttesterMismatchError(RefusedError):
    """The signature recovers another address than the attestation names."""

    def __init__(self, claimed: bytes, recovered: bytes) -> None:
        """Holds both addresses."""
        self.claimed = claimed
        self.recovered = recovered
        super().__init__(f"signature is by {to_checksum(recovered)}, the attestation names {to_checksum(claimed)}")


class UidMismatchError(RefusedError):
    """The uid is not the hash of what was signed."""

    def __init__(self, claimed: bytes, computed: bytes) -> None:
        """Holds both uids."""
        self.claimed = claimed
        self.computed = computed
        super().__init__(f"uid is 0x{claimed.hex()}, its content gives 0x{computed.hex()}")


class DomainMismatchError(RefusedError):
    """The attestation was made for another chain, contract or EAS version."""

    def __init__(self, actual: object, expected: object) -> None:
        """Holds both domains."""
        self.actual = actual
        self.expected = expected
        super().__init__(f"attestation is for {actual}, expected {expected}")


class ExpiredError(RefusedError):
    """The attestation is past its expiration time."""

    def __init__(self, expiration_time: int, now_s: int) -> None:
        """Holds both times, in seconds."""
        self.expiration_time = expiration_time
        self.now_s = now_s
        super().__init__(f"attestation expired at {expiration_time}, it is {now_s}")
