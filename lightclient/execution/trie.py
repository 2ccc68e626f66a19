"""Merkle-Patricia tries: one function that walks a proof from a root to a key, and says what is there.

Source: Ethereum yellow paper, appendix D. Every node is bound to its parent by hash (or by being embedded in it), so nothing in the result
comes from the server alone. Absence is proven too: by an empty place in a branch, or by a path that leaves the key's.
"""

from collections.abc import Sequence

from sha3 import keccak_256

from lightclient.execution import rlp
from lightclient.execution.errors import IncompleteProof, MalformedNode, OverlongProof, WrongNodeHash

EMPTY_TRIE_ROOT = keccak_256(b"\x80").digest()
"""Root of the trie that holds nothing."""

MAX_NODE_BYTES = 1024
"""Largest node of an account or storage trie: a full branch takes 532 bytes, an account leaf fewer than 150."""

MAX_NODES = 66
"""Most nodes on the way to a 32-byte key: one per nibble, a leaf, and the root."""


def keccak256(data: bytes) -> bytes:
    """Returns the Keccak-256 digest that Ethereum uses."""
    return bytes(keccak_256(data).digest())


def verify_trie_proof(root: bytes, key: bytes, proof: Sequence[bytes], *, max_node_bytes: int = MAX_NODE_BYTES) -> bytes | None:
    """Returns the value that a trie with this root holds at the key, or None where the proof shows that it holds none.

    The key is the trie's own: for state tries the caller hashes first.

    Raises:
        PeerError: the proof is not exactly the nodes from the root to the key; the class says why.
    """
    _check_size(proof, max_node_bytes)
    path = [nibble for byte in key for nibble in (byte >> 4, byte & 15)]
    if root == EMPTY_TRIE_ROOT:
        if list(proof) not in ([], [b"\x80"]):  # servers write the proof of an empty trie either way
            raise OverlongProof("nodes of an empty trie", len(proof), 1)
        return None
    reference: rlp.Item = root
    used = 0
    while True:
        if isinstance(reference, bytes):
            if used == len(proof):
                raise IncompleteProof(used)
            found = keccak256(proof[used])
            if found != reference:
                raise WrongNodeHash(used, found, reference)
            node = rlp.decode(proof[used])
            used += 1
        else:
            node = reference
        outcome, path = _step(node, path, used - 1)
        if outcome is None or isinstance(outcome, _Value):
            if used != len(proof):
                raise OverlongProof("nodes", len(proof), used)
            return None if outcome is None else outcome.value
        reference = outcome.item


class _Value:
    """The walk ended at a value."""

    __slots__ = ("value",)

    def __init__(self, value: bytes) -> None:
        self.value = value


class _Child:
    """The walk goes on: a hash, or the child itself where it is embedded."""

    __slots__ = ("item",)

    def __init__(self, item: rlp.Item) -> None:
        self.item = item


def _step(node: rlp.Item, path: list[int], depth: int) -> tuple[_Value | _Child | None, list[int]]:
    """Returns where one node leads for the rest of the path: a value, a child, or nowhere."""
    if not isinstance(node, list) or len(node) not in (2, 17):
        raise MalformedNode(depth, "it has neither 2 nor 17 items")
    if len(node) == 17:
        if not path:
            return _value(node[16], depth), []
        return _child(node[path[0]], depth), path[1:]
    is_leaf, segment = _hex_prefix(node[0], depth)
    if path[: len(segment)] != segment or (is_leaf and len(path) != len(segment)):
        return None, path
    if is_leaf:
        return _value(node[1], depth), []
    child = _child(node[1], depth)
    if not segment or child is None:
        raise MalformedNode(depth, "an extension has no path or leads nowhere")
    return child, path[len(segment) :]


def _value(item: rlp.Item, depth: int) -> _Value | None:
    if not isinstance(item, bytes):
        raise MalformedNode(depth, "a value is a list")
    return _Value(item) if item else None


def _child(item: rlp.Item, depth: int) -> _Child | None:
    if item == b"":
        return None
    if isinstance(item, bytes) and len(item) != 32:
        raise MalformedNode(depth, f"a child's hash has {len(item)} bytes")
    if isinstance(item, list) and len(rlp.encode(item)) >= 32:
        raise MalformedNode(depth, "a child of 32 bytes or more is embedded instead of hashed")
    return _Child(item)


def _hex_prefix(item: rlp.Item, depth: int) -> tuple[bool, list[int]]:
    """Returns whether the node is a leaf, and its path; only the canonical flags are accepted."""
    if not isinstance(item, bytes) or not item:
        raise MalformedNode(depth, "its path is missing")
    flags, first = item[0] >> 4, item[0] & 15
    if flags > 3 or (not flags & 1 and first):
        raise MalformedNode(depth, f"its path begins with {item[0]:#04x}")
    nibbles = [nibble for byte in item[1:] for nibble in (byte >> 4, byte & 15)]
    return flags >= 2, [first, *nibbles] if flags & 1 else nibbles


def _check_size(proof: Sequence[bytes], max_node_bytes: int) -> None:
    if len(proof) > MAX_NODES:
        raise OverlongProof("nodes", len(proof), MAX_NODES)
    largest = max(map(len, proof), default=0)
    if largest > max_node_bytes:
        raise OverlongProof("bytes of a node", largest, max_node_bytes)
