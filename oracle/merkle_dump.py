"""The `standard-v1` dump of a StandardMerkleTree, as @openzeppelin/merkle-tree writes and reads it. Pure.

Loading validates: every node is hashed again and every value must be at its place, so a dump can come from anywhere.
"""

from collections.abc import Callable, Sequence
from typing import Any

from oracle.errors import MalformedDocumentError, RootMismatchError
from oracle.hexes import to_hex
from oracle.merkle import StandardMerkleTree

FORMAT = "standard-v1"
"""The dump's format name."""

Value = Sequence[str]
"""One leaf before hashing, each item as text."""


def dump(tree: StandardMerkleTree, encoding: Sequence[str], values: Sequence[Value]) -> dict[str, Any]:
    """Returns the dump of a tree whose leaves are `values`, in the order given to `StandardMerkleTree.of`."""
    placed = [{"value": list(value), "treeIndex": position} for value, position in zip(values, tree.positions, strict=True)]
    return {"format": FORMAT, "leafEncoding": list(encoding), "tree": [to_hex(node) for node in tree.nodes], "values": placed}


def load(document: dict[str, Any], leaf_hash: Callable[[Value], bytes]) -> StandardMerkleTree:
    """Returns the tree of a dump.

    Raises:
        MalformedDocumentError: another format, or nodes that are not where the values put them.
        RootMismatchError: the values give another root than the dump states.

    """
    if document.get("format") != FORMAT:
        raise MalformedDocumentError("$.format", f"expected {FORMAT}")
    try:
        values = document["values"]
        tree = StandardMerkleTree.of([leaf_hash(entry["value"]) for entry in values])
        stated = [bytes.fromhex(node[2:]) for node in document["tree"]]
        positions = tuple(entry["treeIndex"] for entry in values)
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedDocumentError("$", f"not a dump: {error!r}") from error
    if not stated or stated[0] != tree.root:
        raise RootMismatchError(tree.root, stated[0] if stated else b"")
    if tuple(stated) != tree.nodes or sorted(positions) != sorted(tree.positions):
        raise MalformedDocumentError("$.tree", "nodes are not those of the values")
    return StandardMerkleTree(tree.nodes, positions)
