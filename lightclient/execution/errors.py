"""Why an answer of an execution server is refused; each class holds the offending values. All are the peer's fault."""

from lightclient.errors import PeerError


class MalformedRlp(PeerError):
    """Bytes are not one canonical RLP item within bounds."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"RLP: {reason}")
        self.reason = reason
        """What is wrong, with the offending numbers."""


class MalformedAnswer(PeerError):
    """A field of a JSON answer is missing or is not of its form."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        """Path of the field."""
        self.reason = reason
        """What is wrong with it."""


class MalformedNode(PeerError):
    """A trie node is neither a branch, an extension nor a leaf."""

    def __init__(self, depth: int, reason: str) -> None:
        super().__init__(f"trie node {depth} of the proof: {reason}")
        self.depth = depth
        """Its place in the proof, from the root."""
        self.reason = reason
        """What is wrong with it."""


class WrongNodeHash(PeerError):
    """A node does not hash to what its parent, or the root, says: the proof is for another root or was altered."""

    def __init__(self, depth: int, found: bytes, expected: bytes) -> None:
        super().__init__(f"trie node {depth} of the proof hashes to 0x{found.hex()}, not to 0x{expected.hex()}")
        self.depth = depth
        """Its place in the proof, from the root."""
        self.found = found
        """Hash of the node received."""
        self.expected = expected
        """Hash that its parent commits to."""


class IncompleteProof(PeerError):
    """The proof ends before the key is reached or excluded."""

    def __init__(self, nodes: int) -> None:
        super().__init__(f"proof ends after {nodes} nodes, before the key is reached or excluded")
        self.nodes = nodes
        """Nodes received."""


class OverlongProof(PeerError):
    """The proof has more nodes than lead to the key, or more or larger ones than any trie has."""

    def __init__(self, what: str, size: int, limit: int) -> None:
        super().__init__(f"{what}: {size} where at most {limit} can be")
        self.what = what
        """What is too many or too large."""
        self.size = size
        """How many or how large."""
        self.limit = limit
        """Most that can be."""


class WrongProofAddress(PeerError):
    """The answer is about another account than was asked for."""

    def __init__(self, requested: bytes, answered: bytes) -> None:
        super().__init__(f"asked for account 0x{requested.hex()}, answered about 0x{answered.hex()}")
        self.requested = requested
        """Address asked for."""
        self.answered = answered
        """Address in the answer."""


class WrongProofKeys(PeerError):
    """The answer is about other storage keys than were asked for, or in another order."""

    def __init__(self, requested: tuple[bytes, ...], answered: tuple[bytes, ...]) -> None:
        super().__init__(f"asked for storage keys {_keys(requested)}, answered about {_keys(answered)}")
        self.requested = requested
        """Keys asked for, in order."""
        self.answered = answered
        """Keys in the answer, in order."""


class WrongProofValue(PeerError):
    """A value stated beside a proof is not what the proof proves."""

    def __init__(self, field: str, stated: str, proven: str) -> None:
        super().__init__(f"{field}: the answer states {stated}, its proof proves {proven}")
        self.field = field
        """Path of the field."""
        self.stated = stated
        """What the answer states."""
        self.proven = proven
        """What its proof proves."""


class WrongCode(PeerError):
    """Contract code does not hash to the account's proven code hash."""

    def __init__(self, found: bytes, expected: bytes) -> None:
        super().__init__(f"code hashes to 0x{found.hex()}, the account commits to 0x{expected.hex()}")
        self.found = found
        """Hash of the code received."""
        self.expected = expected
        """Code hash proven for the account."""


class WrongBlockHash(PeerError):
    """A block's header does not hash to the block hash that is trusted."""

    def __init__(self, found: bytes, expected: bytes) -> None:
        super().__init__(f"header hashes to 0x{found.hex()}, not to 0x{expected.hex()}")
        self.found = found
        """Hash of the header received."""
        self.expected = expected
        """Block hash that the sync protocol proved."""


def _keys(keys: tuple[bytes, ...]) -> str:
    return "[" + ", ".join(f"0x{key.hex()}" for key in keys) + "]"
