from dataclasses import replace

import eth_abi
import pytest

from oracle.attestation import Attestation
from oracle.errors import DuplicateLeafError, EmptyTreeError
from oracle.keccak import keccak256
from oracle.lot_verdict import inspection_leaf, inspection_tree, verdict_of_plan
from tests.oracle.bundle_fixture import LOT_STATEMENT, attest


def items(count: int) -> list[Attestation]:
    return [attest(replace(LOT_STATEMENT, item=bytes([number]) * 32)) for number in range(count)]


def test_a_leaf_is_the_double_hash_of_uid_and_digest() -> None:
    (one,) = items(1)
    encoded = eth_abi.encode(["bytes32", "bytes32"], [one.uid, one.digest])  # type: ignore[attr-defined]
    assert inspection_leaf(one.uid, one.digest) == keccak256(keccak256(encoded))


def test_the_root_depends_on_the_items_and_not_on_their_order() -> None:
    seen = items(5)
    root = inspection_tree(seen).root
    assert inspection_tree(reversed(seen)).root == root
    assert inspection_tree(seen[:-1]).root != root


def test_no_item_counts_twice_and_none_is_no_sample() -> None:
    seen = items(2)
    with pytest.raises(DuplicateLeafError):
        inspection_tree([*seen, seen[0]])
    with pytest.raises(EmptyTreeError):
        inspection_tree([])


MANIFEST = """
[[sampling.plans]]
largest_lot = 150
sample_size = 20
accept = 1
reject = 3
[[sampling.plans]]
largest_lot = 1200
sample_size = 80
accept = 2
reject = 3
"""


@pytest.mark.parametrize(
    ("size", "inspected", "bad", "verdict"),
    [
        (100, 20, 2, 0),
        (100, 20, 3, 1),
        (100, 4, 3, 1),
        (100, 19, 2, 2),
        (12, 12, 0, 0),
        (12, 11, 0, 2),
        (151, 79, 0, 2),
        (1201, 80, 0, None),
    ],
)
def test_a_verdict_follows_from_the_plan_in_the_manifest(size: int, inspected: int, bad: int, verdict: int | None) -> None:
    assert verdict_of_plan(MANIFEST, size, inspected, bad) == verdict


@pytest.mark.parametrize("manifest", ["", "[", "sampling = 1", "[[sampling.plans]]\nlargest_lot = 'x'", "a = " + "[" * 5000])
def test_a_manifest_without_a_plan_leads_to_no_verdict(manifest: str) -> None:
    assert verdict_of_plan(manifest, 100, 20, 0) is None
