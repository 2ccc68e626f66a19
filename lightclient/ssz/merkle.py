"""SSZ merkleization and Merkle branches over hashlib: chunks in, 32-byte roots out.

Implements the consensus specification's `ssz/simple-serialize.md#merkleization` and `ssz/merkle-proofs.md`. It knows nothing of types:
`lightclient.ssz.basic` and `composite` turn values into chunks. Invariant: padding is virtual, so cost follows the number of
chunks that exist, never the limit that a type declares.
"""

from collections.abc import Sequence
from hashlib import sha256

from lightclient.errors import InvalidValue

MAX_DEPTH = 64
"""Deepest tree of any SSZ type that we hash; also bounds a generalized index taken from data."""


def _zero_hashes() -> tuple[bytes, ...]:
    hashes = [bytes(32)]
    for _ in range(MAX_DEPTH):
        hashes.append(sha256(hashes[-1] + hashes[-1]).digest())
    return tuple(hashes)


ZERO_HASHES = _zero_hashes()
"""`ZERO_HASHES[d]` is the root of a tree of depth `d` whose leaves are all zero."""


def tree_depth(leaves: int) -> int:
    """Returns the depth of the smallest binary tree with room for so many leaves."""
    return max(leaves - 1, 0).bit_length()


def merkleize(chunks: Sequence[bytes], limit: int | None = None) -> bytes:
    """Returns the root over 32-byte chunks, padded with zero chunks to `limit` (default: their number) and to a power of two.

    Raises:
        InvalidValue: there are more chunks than the limit allows.
    """
    if limit is not None and len(chunks) > limit:
        raise InvalidValue("chunks", f"{len(chunks)} chunks exceed the limit of {limit}")
    depth = tree_depth(len(chunks) if limit is None else limit)
    if not chunks:
        return ZERO_HASHES[depth]
    layer = list(chunks)
    for level in range(depth):
        layer = _parents(layer, level)
    return layer[0]


def mix_in_length(root: bytes, length: int) -> bytes:
    """Returns the root of a list: its content's root hashed with its length."""
    return sha256(root + length.to_bytes(32, "little")).digest()


def pack(data: bytes) -> list[bytes]:
    """Returns the 32-byte chunks of the data, the last one padded with zeros."""
    padded = data + bytes(-len(data) % 32)
    return [padded[i : i + 32] for i in range(0, len(padded), 32)]


def build_branch(leaves: Sequence[bytes], index: int, depth: int | None = None) -> tuple[bytes, ...]:
    """Returns the sibling hashes from the leaf at `index` up to the root, lowest first.

    The tree has `depth` levels (default: the smallest that holds all leaves); absent leaves are zero.

    Raises:
        InvalidValue: the index or the leaves do not fit the depth.
    """
    depth = tree_depth(len(leaves)) if depth is None else depth
    if not 0 <= index < 1 << depth or len(leaves) > 1 << depth:
        raise InvalidValue("branch", f"{len(leaves)} leaves with index {index} do not fit a tree of depth {depth}")
    branch: list[bytes] = []
    layer = list(leaves)
    for level in range(depth):
        sibling = (index >> level) ^ 1
        branch.append(layer[sibling] if sibling < len(layer) else ZERO_HASHES[level])
        layer = _parents(layer, level)
    return tuple(branch)


def root_from_branch(leaf: bytes, branch: Sequence[bytes], index: int) -> bytes:
    """Returns the root that the leaf at `index` and its siblings imply."""
    node = leaf
    for level, sibling in enumerate(branch):
        node = sha256(sibling + node).digest() if index >> level & 1 else sha256(node + sibling).digest()
    return node


def is_valid_merkle_branch(leaf: bytes, branch: Sequence[bytes], depth: int, index: int, root: bytes) -> bool:
    """Returns whether the branch proves the leaf at `index` of a tree of `depth` levels (spec: `is_valid_merkle_branch`)."""
    return len(branch) == depth and all(len(node) == 32 for node in branch) and root_from_branch(leaf, branch, index) == root


def is_valid_normalized_merkle_branch(leaf: bytes, branch: Sequence[bytes], gindex: int, root: bytes) -> bool:
    """Returns whether the branch proves the leaf at a generalized index, after dropping leading zero nodes that pad it.

    Spec: `altair/light-client/sync-protocol.md#is_valid_normalized_merkle_branch`; the padding appears when data of an earlier fork is
    carried in a later fork's longer branch.
    """
    depth = floorlog2(gindex)
    extra = len(branch) - depth
    if extra < 0 or any(node != ZERO_HASHES[0] for node in branch[:extra]):
        return False
    return is_valid_merkle_branch(leaf, branch[extra:], depth, get_subtree_index(gindex), root)


def normalize_merkle_branch(branch: Sequence[bytes], gindex: int) -> tuple[bytes, ...]:
    """Returns the branch padded in front with zero nodes to the depth of a later fork's generalized index.

    Spec: `electra/light-client/fork.md#normalize_merkle_branch`.
    """
    return (ZERO_HASHES[0],) * (floorlog2(gindex) - len(branch)) + tuple(branch)


# Generalized indices (ssz/merkle-proofs.md)


def floorlog2(gindex: int) -> int:
    """Returns the depth of a generalized index."""
    return gindex.bit_length() - 1


def get_subtree_index(gindex: int) -> int:
    """Returns the position of a generalized index within its level."""
    return gindex - (1 << floorlog2(gindex))


def concat_generalized_indices(*gindices: int) -> int:
    """Returns the generalized index of a path through nested trees, outermost first."""
    result = 1
    for gindex in gindices:
        depth = floorlog2(gindex)
        result = (result << depth) | (gindex - (1 << depth))
    return result


def _parents(layer: list[bytes], level: int) -> list[bytes]:
    if len(layer) & 1:
        layer.append(ZERO_HASHES[level])
    return [sha256(left + right).digest() for left, right in zip(layer[::2], layer[1::2], strict=True)]
