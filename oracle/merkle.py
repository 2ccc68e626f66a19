"""StandardMerkleTree: the tree of OpenZeppelin's merkle-tree package, so that its proofs verify in Solidity. Pure.

Not a general tree: leaves arrive already hashed (twice, by `leaves` and `batch`), which is what makes an inner node useless as a leaf.
Layout and proofs follow @openzeppelin/merkle-tree `core.ts`; verification follows MerkleProof.sol, including the check that closes
CVE-2023-34459 (every proof element must be used).

Invariants:
- leaves are sorted by hash, so the root depends on the set of leaves and not on their order;
- the tree is a complete binary tree in one array: the children of node i are 2i+1 and 2i+2, leaves fill the end backwards;
- a pair is hashed smaller first, so a proof carries no directions.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from oracle.errors import EmptyTreeError, FieldRangeError, MalformedProofError, RootMismatchError
from oracle.keccak import keccak256

MAX_PROOF_DEPTH = 64
"""A proof of more than 64 steps would speak of more leaves than any gateway can make."""


@dataclass(frozen=True, slots=True)
class MultiProof:
    """One proof for several leaves at once; siblings that are leaves themselves are not repeated."""

    leaves: tuple[bytes, ...]
    """Hashes of the proven leaves, in the order in which the proof consumes them."""
    proof: tuple[bytes, ...]
    """Hashes that the leaves do not provide."""
    flags: tuple[bool, ...]
    """For each hashing step: whether the partner comes from the leaves (true) or from `proof` (false)."""


@dataclass(frozen=True, slots=True)
class StandardMerkleTree:
    """A tree over leaf hashes; `of` builds it."""

    nodes: tuple[bytes, ...]
    """All nodes, root first."""
    positions: tuple[int, ...]
    """For each leaf, in the order given to `of`: its index in `nodes`."""

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> Self:
        """Returns the tree over leaf hashes of 32 bytes.

        Raises:
            EmptyTreeError: there are no leaves.
            FieldRangeError: a leaf is not 32 bytes long.

        """
        if not leaves:
            raise EmptyTreeError
        for leaf in leaves:
            if len(leaf) != 32:
                raise FieldRangeError("leaf", leaf, "bytes32")
        last = 2 * len(leaves) - 2
        nodes = [b""] * (last + 1)
        positions = [0] * len(leaves)
        for rank, index in enumerate(sorted(range(len(leaves)), key=leaves.__getitem__)):
            nodes[last - rank] = leaves[index]
            positions[index] = last - rank
        for parent in range(len(leaves) - 2, -1, -1):
            nodes[parent] = hash_pair(nodes[2 * parent + 1], nodes[2 * parent + 2])
        return cls(tuple(nodes), tuple(positions))

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self.nodes[0]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """Returns the proof of the leaf that was given at `index`."""
        node = self.positions[index]
        proof = []
        while node > 0:
            proof.append(self.nodes[_sibling(node)])
            node = (node - 1) // 2
        return tuple(proof)

    def multiproof(self, indices: Sequence[int]) -> MultiProof:
        """Returns one proof of the leaves given at `indices`, which are distinct; their order does not matter."""
        chosen = sorted((self.positions[index] for index in indices), reverse=True)
        if len(set(chosen)) != len(chosen):
            raise MalformedProofError("an index is named twice")
        queue = deque(chosen)
        proof: list[bytes] = []
        flags: list[bool] = []
        while queue and queue[0] > 0:
            node = queue.popleft()
            sibling = _sibling(node)
            partner_is_ours = bool(queue) and queue[0] == sibling
            flags.append(partner_is_ours)
            if partner_is_ours:
                queue.popleft()
            else:
                proof.append(self.nodes[sibling])
            queue.append((node - 1) // 2)
        if not chosen:
            proof.append(self.root)
        return MultiProof(tuple(self.nodes[node] for node in chosen), tuple(proof), tuple(flags))


def hash_pair(left: bytes, right: bytes) -> bytes:
    """Returns keccak256 over the pair, smaller first."""
    return keccak256(left + right if left < right else right + left)


def root_from_proof(leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Returns the root to which a proof leads; the caller compares it with the root that it trusts.

    Raises:
        MalformedProofError: the proof is longer than any real tree is deep.

    """
    if len(proof) > MAX_PROOF_DEPTH:
        raise MalformedProofError(f"{len(proof)} steps, at most {MAX_PROOF_DEPTH}")
    node = leaf
    for sibling in proof:
        node = hash_pair(node, sibling)
    return node


def root_from_multiproof(multiproof: MultiProof) -> bytes:
    """Returns the root to which a multiproof leads; the caller compares it with the root that it trusts.

    Raises:
        MalformedProofError: the counts do not fit, or an element of the proof would stay unused.

    """
    leaves, proof, flags = multiproof.leaves, multiproof.proof, multiproof.flags
    if len(leaves) + len(proof) != len(flags) + 1:
        raise MalformedProofError(f"{len(leaves)} leaves and {len(proof)} hashes do not fit {len(flags)} flags")
    known = list(leaves)
    ours, theirs = iter(known), iter(proof)
    try:
        for partner_is_ours in flags:
            left, right = next(ours), next(ours if partner_is_ours else theirs)
            known.append(keccak256(left + right if left < right else right + left))  # hash_pair, thousands of times
    except StopIteration:
        raise MalformedProofError("flags ask for a hash that is not there") from None
    # Each step takes two and leaves one, so exactly one is left by the first check: no hash of the proof stays unused.
    return known[-1] if known else proof[0]


def require_root(actual: bytes, expected: bytes) -> None:
    """Raises RootMismatchError unless both roots are equal."""
    if actual != expected:
        raise RootMismatchError(expected, actual)


def _sibling(node: int) -> int:
    return node + 1 if node % 2 else node - 1
