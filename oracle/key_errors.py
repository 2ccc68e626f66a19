"""Why a key is not opened or not used: the refusals of the keystore and of the signer, by family.

The families are those of `oracle.errors`: ours, the peer's, the environment's. Retry policy reads the class, never the message.
"""

from pathlib import Path
from typing import ClassVar

from oracle.drawing import words
from oracle.errors import MisuseError, RefusedError, SurroundingsError

# Keys


class KeyFileExposedError(MisuseError):
    """A file with a secret may be read by others."""

    def __init__(self, path: Path, mode: int) -> None:
        """Holds the path and the mode found."""
        self.path = path
        self.mode = mode
        super().__init__(f"{path} has mode {mode:04o}, so others may read it; run `chmod 600 {path}` and think about who has read it")


class KeyFileMissingError(SurroundingsError):
    """A file with a secret is not there or cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        """Holds the path and the reason."""
        self.path = path
        self.reason = reason
        super().__init__(f"{path} cannot be read: {reason}; check its name, in the command or the settings, and whose it is")


class KeyFileTakenError(MisuseError):
    """There is a file already where a new key was to be written."""

    def __init__(self, path: Path) -> None:
        """Holds the path."""
        self.path = path
        super().__init__(f"{path} exists already and is not overwritten, for it may hold the only copy of a key; choose another name")


class KeyFileMalformedError(RefusedError):
    """A key file has not the form that it must have, or asks for more work than is allowed."""

    def __init__(self, path: Path, reason: str, remedy: str = "name another, or restore it from its backup") -> None:
        """Holds the path, the reason and the remedy."""
        self.path = path
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{path} is not a usable key file: {reason}; {remedy}")


class KeyCurveError(KeyFileMalformedError):
    """A key file holds a key of another curve than the one that is needed."""

    def __init__(self, path: Path, found: str, wanted: str) -> None:
        """Holds the path and the names of both curves."""
        self.found = found
        self.wanted = wanted
        super().__init__(path, f"it holds a key of {found}, and one of {wanted} is wanted", "name another file")


class PassphraseWrongError(RefusedError):
    """The passphrase does not open the key file, or the file was altered."""

    def __init__(self, path: Path) -> None:
        """Holds the path."""
        self.path = path
        super().__init__(f"the passphrase does not open {path}, or the file was altered; restore the file or give the right passphrase")


class PassphraseEmptyError(MisuseError):
    """A key was to be sealed under no passphrase, so that whoever has its file has the key."""

    def __init__(self, path: Path) -> None:
        """Holds the path of the passphrase's file."""
        self.path = path
        super().__init__(
            f"{path} holds no passphrase, so whoever copies the key file would have the key; name a file that is not there yet"
        )


# Signing


class InvalidSecretError(MisuseError):
    """A secret is not a private key of its curve."""

    def __init__(self) -> None:
        """Holds nothing: what was given may be a mistyped key."""
        super().__init__("a private key has 32 bytes and lies between 1 and the order of its curve")


class SigningRefusedError(MisuseError):
    """The signer's policy forbids a signature; each reason is a class of its own, and each class says which rule it is."""

    rule: ClassVar[str] = "policy"
    """The rule's name, as in docs/signer.md."""


class SequenceRepeatedError(SigningRefusedError):
    """Something else was signed under this sequence number before."""

    rule = "repeat"

    def __init__(self, stream: str, sequence: int, last: int) -> None:
        """Holds the stream, the number asked for and the last one signed."""
        self.stream = stream
        self.sequence = sequence
        self.last = last
        super().__init__(
            f"{stream} {sequence} was signed with another content (last is {last}): "
            "two statements under one number would contradict each other; after a salvage or a restore, make a new key (rule repeat)"
        )


class SequenceGapError(SigningRefusedError):
    """A sequence number was left out."""

    rule = "gap"

    def __init__(self, stream: str, sequence: int, wanted: int) -> None:
        """Holds the stream, the number asked for and the one that is next."""
        self.stream = stream
        self.sequence = sequence
        self.wanted = wanted
        super().__init__(
            f"{stream} {sequence} leaves a gap, {wanted} is next; the store and the signer's log disagree: do not delete either (rule gap)"
        )


class SchemaForbiddenError(SigningRefusedError):
    """The schema is not on the signer's list."""

    rule = "schema"

    def __init__(self, schema: bytes) -> None:
        """Holds the schema's uid."""
        self.schema = schema
        super().__init__(
            f"schema 0x{schema.hex()} is not on the signer's list; add it to policy.schemas if this gateway is to state it (rule schema)"
        )


class TimeBackwardsError(SigningRefusedError):
    """A statement's time lies before that of the one before."""

    rule = "time"

    def __init__(self, stream: str, time_s: int, last_s: int) -> None:
        """Holds the stream and both times."""
        self.stream = stream
        self.time_s = time_s
        self.last_s = last_s
        super().__init__(
            f"{stream} at {words.instant(time_s * 1000)} lies before the last one at {words.instant(last_s * 1000)}; "
            "correct the clock (is NTP reachable?) (rule time)"
        )


class RateExceededError(SurroundingsError):
    """More signatures were asked for than the policy allows in its window; later there will be room."""

    rule: ClassVar[str] = "rate"

    def __init__(self, stream: str, limit: int, window_s: int) -> None:
        """Holds the stream, the limit and the window."""
        self.stream = stream
        self.limit = limit
        self.window_s = window_s
        super().__init__(f"{stream}: {limit} signatures in {window_s} s are used up; wait, or raise it in policy.rates (rule rate)")
