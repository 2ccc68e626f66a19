"""Why the gateway refuses what it is told about a shipment: one class per rule, each with the pointer to the field."""

from collections.abc import Collection

from gateway.errors import GatewayError
from oracle.drawing import words
from oracle.hexes import to_checksum


class ShipmentRefusedError(GatewayError):
    """Base: what was said about a shipment does not hold."""

    def __init__(self, path: str, reason: str) -> None:
        """Holds the pointer to the field of the command or document, and the reason."""
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class UnknownNameError(ShipmentRefusedError):
    """A shipment names a device or product that is not configured."""

    def __init__(self, kind: str, name: str, known: Collection[str]) -> None:
        """Holds what was named and what there is."""
        self.kind = kind
        self.name = name
        super().__init__(f"$.{kind}", f"{kind} {name!r} is not configured; known: {', '.join(sorted(known)) or 'none'}")


class FutureTimeError(ShipmentRefusedError):
    """Something is said to happen in the future."""

    def __init__(self, path: str, at_ms: int, now_ms: int) -> None:
        """Holds both times, in milliseconds."""
        self.at_ms = at_ms
        self.now_ms = now_ms
        super().__init__(path, f"{words.instant(at_ms)} lies {words.duration(at_ms - now_ms)} in the future; check the clocks")


class TimeOrderError(ShipmentRefusedError):
    """Something is said to end, or to happen, before what it follows."""

    def __init__(self, path: str, at_ms: int, before_ms: int, what: str) -> None:
        """Holds both times, in milliseconds, and what happened at the earlier one."""
        self.at_ms = at_ms
        self.before_ms = before_ms
        super().__init__(path, f"{words.instant(at_ms)} is before {words.instant(before_ms)}, when {what}")


class AttachmentError(ShipmentRefusedError):
    """A device is attached twice, or detached without being attached."""

    def __init__(self, device: str, subject: str, reason: str) -> None:
        """Holds the device and the shipment."""
        self.device = device
        self.subject = subject
        super().__init__("$.device", f"{device} {reason} {subject}")


class TwoVerdictsError(ShipmentRefusedError):
    """One attester states two different things about a shipment, and neither names the other."""

    def __init__(self, attester: bytes, known: bytes, given: bytes) -> None:
        """Holds the attester and both uids: whoever holds both attestations can have the attester slashed."""
        self.attester = attester
        self.known = known
        self.given = given
        super().__init__(
            "$.sig.message.refUID",
            f"{to_checksum(attester)} has stated 0x{known.hex()} about this shipment already, and 0x{given.hex()} does not name it: "
            "two verdicts contradict each other; keep both files",
        )


class NotOursError(ShipmentRefusedError):
    """An attestation is about another subject, of another schema, or this gateway's own."""


class NotJudgedError(GatewayError):
    """A correction was asked for before there is anything to correct."""

    def __init__(self, subject: str) -> None:
        """Names the shipment."""
        self.subject = subject
        super().__init__(
            f"shipment {subject} is not judged yet, so there is nothing to correct; wait until `aios shipments show` has a verdict"
        )


class ChangedMeanwhileError(GatewayError):
    """Somebody else changed the shipment between reading and writing; nothing was stored."""

    def __init__(self, subject: str) -> None:
        """Names the shipment."""
        self.subject = subject
        super().__init__(f"shipment {subject} changed meanwhile; look at it again, then repeat what you said")
