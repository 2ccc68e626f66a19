"""Every way in which the oracle refuses, one class per failed check.

The three families say whose fault it is: `MisuseError` is ours (a bug in the caller), `RefusedError` the peer's (what was handed to
us does not hold), `SurroundingsError` the environment's (disk, key store, network). Retry policy reads the class, never the message.
"""


class OracleError(Exception):
    """Base of everything this package raises."""


class MisuseError(OracleError):
    """Ours: the caller broke a rule of the interface; retrying cannot help, the program must change."""


class RefusedError(OracleError):
    """The peer's: data from outside does not hold; asking again for the same data cannot help."""


class SurroundingsError(OracleError):
    """The environment's: disk, key store or network failed; trying again later may help."""


def shorten(value: object, limit: int = 80) -> str:
    """Returns the value's repr cut to `limit` characters, so that a hostile value cannot fill a log."""
    text = f"0x{value.hex()}" if isinstance(value, bytes) else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


class UnprovableValueError(MisuseError):
    """A reading's value has no fixed-point form: text, bytes, not a number, or beyond int256."""

    def __init__(self, value: object, reason: str) -> None:
        """Holds the value and the reason."""
        self.value = value
        self.reason = reason
        super().__init__(f"value {shorten(value)} cannot enter a reading leaf: {reason}; attest only finite numbers")


class FieldRangeError(MisuseError):
    """A field does not fit the width that its ABI type gives it."""

    def __init__(self, field: str, value: object, abi_type: str) -> None:
        """Holds the field's name, its value and the ABI type."""
        self.field = field
        self.value = value
        self.abi_type = abi_type
        super().__init__(f"{field} = {shorten(value)} does not fit {abi_type}")


class EmptyTreeError(MisuseError):
    """A Merkle tree was asked for over no leaves."""

    def __init__(self) -> None:
        """Holds nothing."""
        super().__init__("a Merkle tree needs at least one leaf: stage a batch only when there is something in it")


class DuplicateLeafError(MisuseError):
    """The same leaf occurs twice in a batch."""

    def __init__(self, leaf: bytes) -> None:
        """Holds the leaf's hash."""
        self.leaf = leaf
        super().__init__(f"leaf 0x{leaf.hex()} occurs twice in one batch: an attestation enters exactly one batch, once")


class MalformedProofError(RefusedError):
    """A Merkle proof has the wrong shape, before any hash is compared."""

    def __init__(self, reason: str) -> None:
        """Holds the reason."""
        self.reason = reason
        super().__init__(f"Merkle proof is malformed: {reason}")


class RootMismatchError(RefusedError):
    """A Merkle proof leads to another root."""

    def __init__(self, expected: bytes, actual: bytes) -> None:
        """Holds both roots."""
        self.expected = expected
        self.actual = actual
        super().__init__(f"Merkle proof leads to root 0x{actual.hex()}, expected 0x{expected.hex()}")


class MalformedDocumentError(RefusedError):
    """A document has a wrong shape at a named path: unknown, missing, or ill-typed field, or a bound exceeded."""

    def __init__(self, path: str, reason: str) -> None:
        """Holds the path within the document and the reason."""
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class MalformedStatementError(RefusedError):
    """An attestation's data is not an encoding of its schema."""

    def __init__(self, schema: str, reason: str) -> None:
        """Holds the schema's name and the reason."""
        self.schema = schema
        self.reason = reason
        super().__init__(f"{schema} statement: {reason}")


class InvalidKeyError(RefusedError):
    """A GS1 key is not well formed."""

    def __init__(self, key: str, reason: str) -> None:
        """Holds the key as given and the reason."""
        self.key = key
        self.reason = reason
        super().__init__(f"GS1 key {shorten(key)}: {reason}")
