"""Merkle trees that share what did not change: a new state costs only the path to each changed leaf.

States of several branches live at once (a reorganization returns to an older one), so nodes are never changed in place.
This is not an SSZ library: it knows 32-byte chunks and nothing of types. Spec: consensus-specs `ssz/simple-serialize.md`, Merkleization.
Invariant: a node's root is the SHA-256 of its children's roots, or the chunk itself at depth 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Self


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One node of a tree; a leaf has no children."""

    root: bytes
    """The 32-byte hash of everything below, or the chunk of a leaf."""
    left: "Node | None" = None
    """The subtree with the smaller indices."""
    right: "Node | None" = None
    """The subtree with the larger indices."""


def _pair(left: Node, right: Node) -> Node:
    return Node(sha256(left.root + right.root).digest(), left, right)


def _replaced(node: Node, depth: int, index: int, leaf: bytes) -> Node:
    if depth == 0:
        return Node(leaf)
    assert node.left is not None
    assert node.right is not None
    half = 1 << (depth - 1)
    if index < half:
        return _pair(_replaced(node.left, depth - 1, index, leaf), node.right)
    return _pair(node.left, _replaced(node.right, depth - 1, index - half, leaf))


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A vector of `2**depth` chunks, kept as shared nodes."""

    node: Node
    """The top of the tree."""
    depth: int
    """How many levels are above the leaves."""

    @classmethod
    def filled(cls, leaf: bytes, length: int) -> Self:
        """Returns a vector of `length` (a power of two) equal chunks, sharing one path."""
        node, depth = Node(leaf), (length - 1).bit_length()
        for _ in range(depth):
            node = _pair(node, node)
        return cls(node, depth)

    @property
    def root(self) -> bytes:
        """The Merkle root."""
        return self.node.root

    def replace(self, index: int, leaf: bytes) -> "Tree":
        """Returns a tree that differs in one chunk."""
        return Tree(_replaced(self.node, self.depth, index, leaf), self.depth)

    def get(self, index: int) -> bytes:
        """Returns the chunk at `index`."""
        node = self.node
        for bit in reversed(range(self.depth)):
            child = node.right if index >> bit & 1 else node.left
            assert child is not None
            node = child
        return node.root

    def branch(self, index: int) -> tuple[bytes, ...]:
        """Returns the sibling hashes of the chunk at `index`, from the bottom up."""
        node, siblings = self.node, []
        for bit in reversed(range(self.depth)):
            assert node.left is not None
            assert node.right is not None
            node, sibling = (node.right, node.left) if index >> bit & 1 else (node.left, node.right)
            siblings.append(sibling.root)
        return tuple(reversed(siblings))

    def __iter__(self) -> Iterator[bytes]:
        return (self.get(index) for index in range(1 << self.depth))
