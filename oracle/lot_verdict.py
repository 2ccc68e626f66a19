"""What a lot's verdict rests on: the tree over the attestations about the items of its sample. Pure.

leaf = keccak256(keccak256(abi.encode(bytes32 uid, bytes32 digest))): the uid says what was stated about an item, the digest under which
deployment it was signed. The tree sorts its leaves, so the root is a function of the set of items and not of their order.
"""

from collections.abc import Iterable

from oracle import abi
from oracle.attestation import Attestation
from oracle.errors import DuplicateLeafError
from oracle.keccak import keccak256
from oracle.manifest import load
from oracle.merkle import StandardMerkleTree

VERDICTS = {0: "accept", 1: "reject", 2: "insufficient"}
"""The verdict of a `LotVerdictStatement` in words."""


def inspection_leaf(uid: bytes, digest: bytes) -> bytes:
    """Returns the leaf of one item's attestation, 32 bytes; raises FieldRangeError for a field of the wrong length."""
    return keccak256(keccak256(abi.bytes32("uid", uid) + abi.bytes32("digest", digest)))


def inspection_tree(items: Iterable[Attestation]) -> StandardMerkleTree:
    """Returns the tree whose root a `LotVerdictStatement` names, over the attestations about the items of the sample.

    Raises:
        EmptyTreeError: there are none.
        DuplicateLeafError: an attestation is named twice, so that an item would count twice.

    """
    leaves = [inspection_leaf(item.uid, item.digest) for item in items]
    seen: set[bytes] = set()
    for leaf in leaves:
        if leaf in seen:
            raise DuplicateLeafError(leaf)
        seen.add(leaf)
    return StandardMerkleTree.of(leaves)


def verdict_of_plan(manifest: str, lot_size: int, inspected: int, nonconforming: int) -> int | None:
    """Returns the verdict to which the counts lead under the sampling plan that a manifest lists, or None if it lists none for the lot.

    As many nonconforming items as `reject` reject the lot, whole sample or not; a sample smaller than the plan's, and smaller than the
    lot, is insufficient; else the lot is accepted. The manifest's hash is the caller's to compare.
    """
    try:
        plans = (load(manifest) or {})["sampling"]["plans"]
        plan = next(plan for plan in plans if lot_size <= _number(plan["largest_lot"]))
        size, reject = _number(plan["sample_size"]), _number(plan["reject"])
        if nonconforming >= reject:
            return 1
        return 0 if inspected >= min(size, lot_size) else 2
    except (LookupError, TypeError, StopIteration):
        return None


def _number(value: object) -> float:
    if type(value) not in (int, float):
        raise TypeError("not a number")
    return value  # type: ignore[return-value]  # an int is a float to whoever compares it
