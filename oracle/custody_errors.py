"""Why a custody chain is refused: one class per check, each with the pointer to the offending field. Pure."""

from oracle.drawing import words
from oracle.errors import RefusedError
from oracle.hexes import to_checksum


class CustodyError(RefusedError):
    """Base: handovers that contradict each other, the shipment, or the clock."""

    def __init__(self, path: str, reason: str) -> None:
        """Holds the pointer to the field within the document, and the reason."""
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class CustodyShipmentError(CustodyError):
    """A handover is about another shipment."""

    def __init__(self, path: str, actual: str, expected: str) -> None:
        """Holds both Digital Links."""
        self.actual = actual
        self.expected = expected
        super().__init__(f"{path}.shipment", f"is {actual}, the chain is about {expected}")


class CustodyNumberError(CustodyError):
    """A handover's number is not its place in the chain: one is missing, or they are out of order."""

    def __init__(self, path: str, actual: int, expected: int) -> None:
        """Holds both numbers."""
        self.actual = actual
        self.expected = expected
        super().__init__(f"{path}.number", f"is {actual}, expected {expected}: handovers are numbered from 0 without gaps")


class CustodyForkError(CustodyError):
    """Two handovers follow the same one, so the goods would be with two parties at once."""

    def __init__(self, path: str, previous: bytes, known: bytes) -> None:
        """Holds the hash that both name, and the hash of the handover that followed it first."""
        self.previous = previous
        self.known = known
        super().__init__(f"{path}.previous", f"0x{previous.hex()} was followed by handover 0x{known.hex()} already: custody does not fork")


class CustodyPreviousError(CustodyError):
    """A handover names a predecessor that is not the one before it."""

    def __init__(self, path: str, actual: bytes, expected: bytes) -> None:
        """Holds both hashes."""
        self.actual = actual
        self.expected = expected
        super().__init__(f"{path}.previous", f"is 0x{actual.hex()}, the handover before it has hash 0x{expected.hex()}")


class CustodyHolderError(CustodyError):
    """The giver is not the party that had the goods."""

    def __init__(self, path: str, giver: bytes, holder: bytes) -> None:
        """Holds both addresses."""
        self.giver = giver
        self.holder = holder
        super().__init__(f"{path}.giver", f"is {to_checksum(giver)}, but {to_checksum(holder)} had the goods")


class CustodySamePartyError(CustodyError):
    """Giver and taker are the same party."""

    def __init__(self, path: str, party: bytes) -> None:
        """Holds the address."""
        self.party = party
        super().__init__(f"{path}.taker", f"{to_checksum(party)} is the giver as well: a handover has two parties")


class CustodyTimeError(CustodyError):
    """A handover is not later than the one before it."""

    def __init__(self, path: str, time_ms: int, before_ms: int) -> None:
        """Holds both times, in milliseconds."""
        self.time_ms = time_ms
        self.before_ms = before_ms
        at, before = words.instant(time_ms), words.instant(before_ms)
        super().__init__(f"{path}.time", f"{at} is not after {before}, when the goods changed hands before")


class CustodyFutureError(CustodyError):
    """A handover is dated in the future."""

    def __init__(self, path: str, time_ms: int, now_ms: int) -> None:
        """Holds its time and the verifier's, in milliseconds."""
        self.time_ms = time_ms
        self.now_ms = now_ms
        at, ahead = words.instant(time_ms), words.duration(time_ms - now_ms)
        super().__init__(f"{path}.time", f"{at} lies {ahead} in the future; check the clocks")


class CustodySignatureError(CustodyError):
    """A party's signature is missing, damaged, or another party's."""

    def __init__(self, path: str, role: str, reason: str) -> None:
        """Holds the role, `giver` or `taker`, and the reason."""
        self.role = role
        super().__init__(f"{path}.{role}Signature", reason)
