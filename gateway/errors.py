"""What can go wrong in the gateway itself; each room has errors of its own."""

from pathlib import Path

from oracle.hexes import to_checksum


class GatewayError(Exception):
    """Base of the gateway's own errors."""


class ConfigError(GatewayError):
    """A settings file says something that cannot be used."""

    def __init__(self, file: Path | str, key: str, reason: str, hint: str = "") -> None:
        """Names the file, the key's path, the reason and, where there is one, the remedy."""
        self.file = str(file)
        self.key = key
        self.reason = reason
        self.hint = hint
        where = f"{self.file}: {key}" if key else self.file
        super().__init__(f"{where}: {reason}" + (f" ({hint})" if hint else ""))


class UnknownSubjectError(GatewayError):
    """A subject is named that the store does not hold."""

    def __init__(self, subject: str, known: tuple[str, ...]) -> None:
        """Names what was asked for and what there is."""
        self.subject = subject
        self.known = known
        super().__init__(f"no shipment {subject!r} is recorded; known: {', '.join(known) or 'none yet'}")


class SubjectStateError(GatewayError):
    """A shipment is opened twice, or closed when it is not open."""

    def __init__(self, subject: str, state: str, wanted: str) -> None:
        """Names the subject, its state and what was asked of it."""
        self.subject = subject
        self.state = state
        super().__init__(f"shipment {subject!r} is {state}, so it cannot be {wanted}")


class EventConflictError(GatewayError):
    """An EPCIS event has the eventID of another that says something else."""

    def __init__(self, event_id: str) -> None:
        """Names the eventID."""
        self.event_id = event_id
        super().__init__(
            f"an event named {event_id[:200]!r} is recorded and says something else; an event is never changed: "
            "declare it wrong (errorDeclaration) and capture another"
        )


class OtherKeyOpenError(GatewayError):
    """The key that sends transactions was changed while publications of the earlier one are under way."""

    def __init__(self, gateway: bytes, count: int, current: bytes) -> None:
        """Holds the earlier key's address, how many of its publications are open, and the address of the key of now."""
        self.gateway = gateway
        self.count = count
        self.current = current
        super().__init__(
            f"{count} publications of {to_checksum(gateway)} are under way, and the key is {to_checksum(current)} now, which cannot finish "
            "them: put the earlier key back (oracle.gateway_keystore or oracle.keystore, or keys.gateway of the signer) until "
            f"`aios oracle status` shows none of them open, or, if that key is gone, run `aios oracle abandon {to_checksum(gateway)}`"
        )


class OwnKeyAbandonedError(GatewayError):
    """The publications of the key in use were to be abandoned."""

    def __init__(self, gateway: bytes) -> None:
        """Holds the key's address."""
        self.gateway = gateway
        super().__init__(
            f"{to_checksum(gateway)} is the key in use: its signer would refuse other batches under the numbers that it signed; "
            "nothing was changed, and its publications go on by themselves with `aios run`"
        )
