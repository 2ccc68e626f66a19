"""Why a bundle is refused: one class per check of `verify`, each holding the values that do not fit."""

from oracle.errors import RefusedError, SurroundingsError, shorten
from oracle.hexes import to_checksum

ADDRESS_BYTES = 20
"""Length of an address; no key of a device has it, nor any hash."""


class CannotTellError(SurroundingsError):
    """Nothing speaks against the bundle, but something needed to tell is not at hand."""

    def __init__(self, lacking: str, remedy: str) -> None:
        """Holds what is lacking and where to get it."""
        self.lacking = lacking
        self.remedy = remedy
        super().__init__(f"{lacking}: {remedy}")


class NotExpectedError(RefusedError):
    """The bundle speaks of another network, contract, gateway or key than the reader asked for."""

    def __init__(self, what: str, actual: object, expected: object) -> None:
        """Holds what was compared and both values."""
        self.what = what
        self.actual = actual
        self.expected = expected
        super().__init__(f"{what} is {_shown(actual)}, expected {_shown(expected)}")


class EditionError(CannotTellError):
    """The file is a bundle of an edition of the format that this program does not read."""

    def __init__(self, version: object) -> None:
        """Holds the edition."""
        self.version = version
        super().__init__(f"the bundle is of version {shorten(version)} of the format", "ask for a newer one, or use a program of its time")


class NoCheckpointError(CannotTellError):
    """The reader brought no checkpoint, so nothing says which chain is the true one."""

    def __init__(self, starts_at: bytes | None) -> None:
        """Holds the root of the block from which the bundle starts, by its own word."""
        self.starts_at = starts_at
        named = (
            ""
            if starts_at is None
            else f"; this bundle starts from 0x{starts_at.hex()}: ask a node that you trust whether it knows that block"
        )
        super().__init__("no checkpoint was given", f"pass --checkpoint with the root of a finalized block{named}")


class SealBrokenError(RefusedError):
    """The file was altered after it was written, by accident or on purpose."""

    def __init__(self, stated: bytes, computed: bytes) -> None:
        """Holds both seals."""
        self.stated = stated
        self.computed = computed
        super().__init__(f"seal is 0x{stated.hex()}, the content gives 0x{computed.hex()}: the file was altered")


class SchemaUnknownError(RefusedError):
    """The attestation follows another schema than its subject's kind calls for."""

    def __init__(self, schema: bytes, expected: bytes) -> None:
        """Holds both schema uids."""
        self.schema = schema
        self.expected = expected
        super().__init__(f"schema 0x{schema.hex()} is not that of this kind of subject, 0x{expected.hex()}")


class StatementMismatchError(RefusedError):
    """Something in the file is not what the signed statement says."""

    def __init__(self, what: str, actual: object, stated: object) -> None:
        """Holds what was compared and both values."""
        self.what = what
        self.actual = actual
        self.stated = stated
        super().__init__(f"{what} is {shorten(actual)}, the signed statement says {shorten(stated)}")


class SubjectMismatchError(StatementMismatchError):
    """The statement is about another subject or item."""


class ReadingsMismatchError(StatementMismatchError):
    """The readings are not those under the statement's root: one was altered, added or left out."""


class ImageMismatchError(StatementMismatchError):
    """The image is not the one that was judged."""


class EventMismatchError(StatementMismatchError):
    """The EPCIS event is not the one in the statement, or does not agree with the readings."""


class ManifestMismatchError(StatementMismatchError):
    """The agent's manifest is not the one in the statement."""


class ItemsMismatchError(StatementMismatchError):
    """The items of a lot's sample are not those under the statement's root, or count otherwise."""


class VerdictContradictedError(RefusedError):
    """The statement says that all limits were kept, and the evidence beside it says otherwise."""

    def __init__(self, measured: str) -> None:
        """Holds what was measured."""
        self.measured = measured
        super().__init__(f"the verdict does not stand against the evidence in the file: {measured}")


class CorrectionError(RefusedError):
    """A chain of corrections does not hold."""

    def __init__(self, which: str, reason: str) -> None:
        """Holds which attestation of it and the reason."""
        self.which = which
        self.reason = reason
        super().__init__(f"{which} attestation: {reason}")


class BatchMismatchError(RefusedError):
    """The attestation is not under the batch's root."""

    def __init__(self, computed: bytes, root: bytes) -> None:
        """Holds both roots."""
        self.computed = computed
        self.root = root
        super().__init__(f"the attestation's proof leads to 0x{computed.hex()}, the batch's root is 0x{root.hex()}")


class TraceError(RefusedError):
    """A beacon object does not hold; the cause is the light client's own error."""

    def __init__(self, which: str, reason: str) -> None:
        """Holds which object it is and the reason."""
        self.which = which
        self.reason = reason
        super().__init__(f"{which}: {reason}")


class CheckpointError(TraceError):
    """The bootstrap is not that of the checkpoint given by hand."""


class CommitteeError(TraceError):
    """The chain of sync committees does not reach the finalized block."""


class FinalityError(TraceError):
    """The finality update does not hold, or too few members signed it."""


class AccountError(RefusedError):
    """The registry's account is not proven in the finalized state."""

    def __init__(self, registry: bytes, reason: str) -> None:
        """Holds the registry's address and the reason."""
        self.registry = registry
        self.reason = reason
        super().__init__(f"account {to_checksum(registry)}: {reason}")


class CodeMismatchError(RefusedError):
    """The contract at a registry's address is not a genuine one."""

    def __init__(self, actual: bytes, expected: bytes, what: str) -> None:
        """Holds both code hashes and what the contract should be."""
        self.actual = actual
        self.expected = expected
        super().__init__(f"code hash is 0x{actual.hex()}, {what} has 0x{expected.hex()}")


class StandingError(RefusedError):
    """A key or a gateway is not in good standing at the bundle's block."""

    def __init__(self, who: bytes, reason: str) -> None:
        """Holds the address of the key or of the gateway, and the reason."""
        self.who = who
        self.reason = reason
        super().__init__(f"{to_checksum(who)}: {reason}")


class RevokedError(RefusedError):
    """The attester has taken the statement back."""

    def __init__(self, uid: bytes, time_s: int, moment: str) -> None:
        """Holds the attestation's uid and when it was revoked, in seconds and in words."""
        self.uid = uid
        self.time_s = time_s
        super().__init__(f"REVOKED by its attester {moment}")


class QuorumError(RefusedError):
    """What another gateway is said to have attested does not hold."""

    def __init__(self, who: str, reason: str) -> None:
        """Holds the gateway and the reason."""
        self.who = who
        self.reason = reason
        super().__init__(f"{who}: {reason}")


class AnchorMismatchError(RefusedError):
    """The anchor's slot holds something other than the batch's root."""

    def __init__(self, value: bytes, root: bytes) -> None:
        """Holds the slot's value and the root."""
        self.value = value
        self.root = root
        held = "nothing" if not any(value) else f"0x{value.hex()}"
        super().__init__(f"the slot holds {held}, the batch's root is 0x{root.hex()}")


def _shown(value: object) -> str:
    """Returns a value cut to a bounded length; an address as people write it."""
    return to_checksum(value) if isinstance(value, bytes) and len(value) == ADDRESS_BYTES else shorten(value)
