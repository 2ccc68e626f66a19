import eth_abi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.batch import Batch, BatchLeaf
from oracle.errors import DuplicateLeafError, EmptyTreeError, FieldRangeError
from oracle.keccak import keccak256
from oracle.merkle import root_from_proof

WORDS = st.binary(min_size=32, max_size=32)
BATCH_LEAVES = st.builds(BatchLeaf, WORDS, st.binary(min_size=20, max_size=20), WORDS)


@given(BATCH_LEAVES)
def test_a_leaf_is_the_double_hash_of_eth_abi(leaf: BatchLeaf) -> None:
    fields = (leaf.uid, f"0x{leaf.attester.hex()}", leaf.digest)
    encoded = eth_abi.encode(["bytes32", "address", "bytes32"], fields)  # type: ignore[attr-defined]
    assert leaf.hash == keccak256(keccak256(encoded))


@given(st.lists(BATCH_LEAVES, min_size=1, max_size=20, unique=True))
def test_every_attestation_of_a_batch_is_proven(leaves: list[BatchLeaf]) -> None:
    batch = Batch.build(7, leaves)
    assert batch.count == len(leaves)
    assert all(root_from_proof(leaf.hash, batch.proof(position)) == batch.root for position, leaf in enumerate(leaves))
    assert Batch.build(7, leaves[::-1]).root == batch.root


def test_what_is_no_batch_is_refused() -> None:
    leaf = BatchLeaf(bytes(32), bytes(20), bytes(32))
    with pytest.raises(EmptyTreeError):
        Batch.build(0, [])
    with pytest.raises(DuplicateLeafError):
        Batch.build(0, [leaf, leaf])
    with pytest.raises(FieldRangeError):
        Batch.build(-1, [leaf])
    with pytest.raises(FieldRangeError):
        Batch.build(0, [BatchLeaf(bytes(32), bytes(19), bytes(32))])
