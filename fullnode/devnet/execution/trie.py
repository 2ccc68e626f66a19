"""A persistent Merkle-Patricia trie: every version shares its unchanged nodes with the version before.

Pure. Nodes are never changed once reachable, except that each remembers its own encoding: a version of the state is therefore just a root
node, history costs only what changed, and forgetting a version is dropping a reference. It deliberately holds secure tries only
(all keys are 64 nibbles), so no branch ever carries a value.

Yellow Paper appendix D; https://ethereum.org/developers/docs/data-structures-and-encoding/patricia-merkle-trie
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fullnode.devnet.execution.encoding import EMPTY_STRING, hex_prefix, keccak, rlp_bytes, rlp_list

EMPTY_ROOT: Final = keccak(EMPTY_STRING)
"""Root of a trie that holds nothing."""


@dataclass(slots=True, eq=False)
class Leaf:
    """The end of a path."""

    path: bytes
    """What is left of the path, one byte per nibble."""
    key: bytes
    """The unhashed key, kept so that a trie can be listed."""
    value: bytes
    """What is hashed: the RLP of the account or of the storage word."""
    payload: Any
    """The decoded value, so that reading needs no decoding."""
    ref: bytes | None = None
    """How the parent names this node; computed once."""


@dataclass(slots=True, eq=False)
class Extension:
    """A stretch of path shared by everything below."""

    path: bytes
    """The shared nibbles, at least one."""
    child: "Branch"
    """What lies below; an extension always ends in a branch."""
    ref: bytes | None = None
    """How the parent names this node; computed once."""


@dataclass(slots=True, eq=False)
class Branch:
    """Sixteen ways onward."""

    children: "tuple[Node | None, ...]"
    """One entry per nibble."""
    ref: bytes | None = None
    """How the parent names this node; computed once."""


Node = Leaf | Extension | Branch


def get(node: Node | None, path: bytes) -> Leaf | None:
    """Returns the leaf at the path, or None."""
    depth = 0
    while node is not None:
        if isinstance(node, Branch):
            node = node.children[path[depth]]
            depth += 1
        elif isinstance(node, Leaf):
            return node if node.path == path[depth:] else None
        else:
            if not path.startswith(node.path, depth):
                return None
            depth += len(node.path)
            node = node.child
    return None


def put(node: Node | None, leaf: Leaf) -> Node:
    """Returns the trie with the leaf at `leaf.path` (relative to `node`), replacing what was there."""
    if node is None:
        return leaf
    if isinstance(node, Branch):
        index = leaf.path[0]
        return _with_child(node, index, put(node.children[index], _shortened(leaf, 1)))
    shared = _shared_prefix(node.path, leaf.path)
    if isinstance(node, Leaf):
        if shared == len(node.path):
            return leaf
        below: Node = _shortened(node, shared + 1)
    else:
        if shared == len(node.path):
            return Extension(node.path, _branch(put(node.child, _shortened(leaf, shared))))
        rest = node.path[shared + 1 :]
        below = Extension(rest, node.child) if rest else node.child
    children: list[Node | None] = [None] * 16
    children[node.path[shared]] = below
    children[leaf.path[shared]] = _shortened(leaf, shared + 1)
    fork = Branch(tuple(children))
    return Extension(leaf.path[:shared], fork) if shared else fork


def remove(node: Node | None, path: bytes) -> Node | None:
    """Returns the trie without the leaf at the path; the same trie when nothing is there."""
    if node is None:
        return None
    if isinstance(node, Leaf):
        return None if node.path == path else node
    if isinstance(node, Extension):
        if not path.startswith(node.path):
            return node
        child = remove(node.child, path[len(node.path) :])
        return node if child is node.child or child is None else _prefixed(node.path, child)
    index = path[0]
    child = remove(node.children[index], path[1:])
    if child is node.children[index]:
        return node
    changed = _with_child(node, index, child)
    remaining = [(i, c) for i, c in enumerate(changed.children) if c is not None]
    return changed if len(remaining) > 1 else _prefixed(bytes((remaining[0][0],)), remaining[0][1])


def root_hash(node: Node | None) -> bytes:
    """Returns the trie's root, 32 bytes."""
    return EMPTY_ROOT if node is None else keccak(encode(node))


def encode(node: Node) -> bytes:
    """Returns the node's RLP."""
    if isinstance(node, Leaf):
        return rlp_list(rlp_bytes(hex_prefix(node.path, leaf=True)) + rlp_bytes(node.value))
    if isinstance(node, Extension):
        return rlp_list(rlp_bytes(hex_prefix(node.path, leaf=False)) + _ref(node.child))
    return rlp_list(b"".join([EMPTY_STRING if c is None else _ref(c) for c in node.children]) + EMPTY_STRING)


def prove(node: Node | None, path: bytes) -> tuple[bytes, ...]:
    """Returns the nodes from the root towards the path, in geth's form: nodes embedded in their parent are not listed again."""
    nodes: list[bytes] = []
    depth = 0
    while node is not None:
        encoded = encode(node)
        if not nodes or len(encoded) >= 32:
            nodes.append(encoded)
        if isinstance(node, Leaf):
            break
        if isinstance(node, Branch):
            node = node.children[path[depth]]
            depth += 1
        elif path.startswith(node.path, depth):
            depth += len(node.path)
            node = node.child
        else:
            break
    return tuple(nodes)


def leaves(node: Node | None) -> Iterator[Leaf]:
    """Yields every leaf, in the order of the hashed keys."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Extension):
        yield from leaves(node.child)
    elif node is not None:
        for child in node.children:
            yield from leaves(child)


def _ref(node: Node) -> bytes:
    if node.ref is None:
        encoded = encode(node)
        node.ref = encoded if len(encoded) < 32 else b"\xa0" + keccak(encoded)
    return node.ref


def _shared_prefix(a: bytes, b: bytes) -> int:
    for index, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return index
    return min(len(a), len(b))


def _shortened(leaf: Leaf, by: int) -> Leaf:
    return Leaf(leaf.path[by:], leaf.key, leaf.value, leaf.payload)


def _with_child(branch: Branch, index: int, child: Node | None) -> Branch:
    children = branch.children
    return Branch((*children[:index], child, *children[index + 1 :]))


def _branch(node: Node) -> Branch:
    assert isinstance(node, Branch)
    return node


def _prefixed(path: bytes, node: Node) -> Node:
    """Puts a path in front of a node, merging what must not stand alone."""
    if isinstance(node, Leaf):
        return Leaf(path + node.path, node.key, node.value, node.payload)
    if isinstance(node, Extension):
        return Extension(path + node.path, node.child)
    return Extension(path, node)
