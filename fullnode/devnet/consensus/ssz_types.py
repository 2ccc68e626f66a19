"""Two SSZ types for a state that changes little from slot to slot: vectors as shared trees, and roots that are remembered.

Both read, write and hash exactly as the types they stand for; only the cost differs.
"""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

from fullnode.devnet.consensus.tree import Tree
from lightclient.ssz import SszType

T = TypeVar("T")


class TreeVector(SszType[Tree]):
    """`Vector[Bytes32, length]` whose value is a shared tree."""

    def __init__(self, length: int) -> None:
        self.length = length

    @property
    def size(self) -> int:
        """Bytes of every encoding."""
        return 32 * self.length

    def encode(self, value: Tree) -> bytes:
        """Returns the chunks one after the other."""
        return b"".join(value)

    def decode(self, data: bytes) -> Tree:
        """Returns the tree of the chunks."""
        self._refuse_size(data)
        tree = self.default()
        for index in range(self.length):
            tree = tree.replace(index, data[32 * index : 32 * index + 32])
        return tree

    def root(self, value: Tree) -> bytes:
        """Returns the root, which the tree holds."""
        return value.root

    def default(self) -> Tree:
        """Returns all zero chunks."""
        return Tree.filled(bytes(32), self.length)


class Remembered(SszType[T], Generic[T]):
    """Another type, whose roots are kept for the values last seen (by identity: equal values of one chain are one object)."""

    CAPACITY: Final = 16

    def __init__(self, kind: SszType[T]) -> None:
        self.kind = kind
        self._roots: OrderedDict[int, tuple[T, bytes]] = OrderedDict()

    @property
    def size(self) -> int | None:
        """Bytes of every encoding, or None where they vary."""
        return self.kind.size

    def encode(self, value: T) -> bytes:
        """Returns what the type writes."""
        return self.kind.encode(value)

    def decode(self, data: bytes) -> T:
        """Returns what the type reads."""
        return self.kind.decode(data)

    def root(self, value: T) -> bytes:
        """Returns the root, computed only when the value is a new one."""
        known = self._roots.get(id(value))
        if known is not None:
            return known[1]
        root = self.kind.root(value)
        # The value is kept beside its root, so its id cannot be given to another object meanwhile.
        self._roots[id(value)] = (value, root)
        if len(self._roots) > self.CAPACITY:
            self._roots.popitem(last=False)
        return root

    def default(self) -> T:
        """Returns the type's default."""
        return self.kind.default()
