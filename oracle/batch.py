"""The Batch: attestations under one Merkle root, in the form in which the root is anchored. Pure.

A leaf is keccak256(keccak256(abi.encode(bytes32 uid, address attester, bytes32 digest))): an EAS uid names neither attester nor chain, so
the leaf must. A batch is a function of its index and its set of leaves; nothing random and no clock enters, so a restart that stages
the same attestations again stages the same root.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from oracle import abi
from oracle.errors import DuplicateLeafError, FieldRangeError
from oracle.keccak import keccak256
from oracle.merkle import StandardMerkleTree


@dataclass(frozen=True, slots=True)
class BatchLeaf:
    """One attestation as a batch knows it."""

    uid: bytes
    """The attestation's EAS uid, 32 bytes."""
    attester: bytes
    """Address of the key that signed it, 20 bytes."""
    digest: bytes
    """The EIP-712 digest that was signed, 32 bytes; it names the chain and the contract."""

    @property
    def hash(self) -> bytes:
        """The leaf's hash; raises FieldRangeError for a field of the wrong length."""
        words = abi.bytes32("uid", self.uid) + abi.address("attester", self.attester) + abi.bytes32("digest", self.digest)
        return keccak256(keccak256(words))


@dataclass(frozen=True, slots=True)
class Batch:
    """Attestations under one root; `build` makes it."""

    index: int
    """The batch's number: without gaps per gateway, so that leaving one out shows."""
    leaves: tuple[BatchLeaf, ...]
    """The attestations, in the order given."""
    tree: StandardMerkleTree
    """The tree over them."""

    @classmethod
    def build(cls, index: int, leaves: Sequence[BatchLeaf]) -> Self:
        """Returns the batch over the leaves.

        Raises:
            EmptyTreeError: there are no leaves.
            DuplicateLeafError: an attestation is named twice.
            FieldRangeError: a field does not fit its ABI type.

        """
        if not 0 <= index < 1 << 64:
            raise FieldRangeError("index", index, "uint64")
        hashes = [leaf.hash for leaf in leaves]
        seen: set[bytes] = set()
        for leaf in hashes:
            if leaf in seen:
                raise DuplicateLeafError(leaf)
            seen.add(leaf)
        return cls(index, tuple(leaves), StandardMerkleTree.of(hashes))

    @property
    def root(self) -> bytes:
        """The root that is anchored."""
        return self.tree.root

    @property
    def count(self) -> int:
        """How many attestations the batch holds."""
        return len(self.leaves)

    def proof(self, position: int) -> tuple[bytes, ...]:
        """Returns the proof of the attestation at `position` in `leaves`."""
        return self.tree.proof(position)
