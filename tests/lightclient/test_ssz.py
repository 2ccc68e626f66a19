from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightclient.errors import InvalidValue, MalformedSsz
from lightclient.forks import ELECTRA_GINDICES, FORKS_BY_LABEL, LIGHT_CLIENT_FORKS, MINIMAL_PRESET, ForkName
from lightclient.ssz import (
    Bitlist,
    Bitvector,
    Boolean,
    ByteList,
    ByteVector,
    Container,
    List,
    SszType,
    Uint,
    Vector,
    build_branch,
    concat_generalized_indices,
    deserialize,
    floorlog2,
    get_subtree_index,
    hash_tree_root,
    is_valid_merkle_branch,
    is_valid_normalized_merkle_branch,
    merkleize,
    normalize_merkle_branch,
    serialize,
)
from lightclient.types import (
    BEACON_BLOCK_HEADER,
    light_client_bootstrap,
    light_client_finality_update,
    light_client_optimistic_update,
    light_client_update,
)
from tests.lightclient.synthetic import SyntheticChain

CHAIN = SyntheticChain()
SIZE = MINIMAL_PRESET.sync_committee_size
MESSAGES = [light_client_bootstrap, light_client_update, light_client_finality_update, light_client_optimistic_update]


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20), st.data())
def test_the_branch_of_any_leaf_verifies_and_any_flipped_bit_refuses(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    branch = build_branch(leaves, index)
    root, depth = merkleize(leaves), len(branch)
    assert is_valid_merkle_branch(leaves[index], branch, depth, index, root)
    flipped = bytes([leaves[index][0] ^ 1]) + leaves[index][1:]
    assert not is_valid_merkle_branch(flipped, branch, depth, index, root)
    assert not is_valid_merkle_branch(leaves[index], branch, depth + 1, index, root)
    if branch:
        wrong = (bytes([branch[0][0] ^ 1]) + branch[0][1:], *branch[1:])
        assert not is_valid_merkle_branch(leaves[index], wrong, depth, index, root)


def test_normalized_branches_may_only_be_padded_with_zero() -> None:
    leaves = [bytes([n]) * 32 for n in range(8)]
    branch, root = build_branch(leaves, 3), merkleize(leaves)
    gindex = 8 + 3
    assert is_valid_normalized_merkle_branch(leaves[3], branch, gindex, root)
    padded = normalize_merkle_branch(branch, 2 * gindex)
    assert padded == (bytes(32), *branch)
    assert is_valid_normalized_merkle_branch(leaves[3], padded, gindex, root)
    assert not is_valid_normalized_merkle_branch(leaves[3], (b"\1" * 32, *branch), gindex, root)
    assert not is_valid_normalized_merkle_branch(leaves[3], branch[1:], gindex, root)


def test_generalized_indices_compose() -> None:
    # BeaconState.finalized_checkpoint.root in electra: field 20 of 37, then field 1 of 2.
    assert concat_generalized_indices(64 + 20, 3) == ELECTRA_GINDICES.finalized_root
    assert floorlog2(169) == 7
    assert get_subtree_index(169) == 41
    assert BEACON_BLOCK_HEADER.field_gindex("state_root") == 8 + 3


def test_a_fields_branch_proves_it_in_the_container() -> None:
    header = CHAIN.header(9).beacon
    branch = BEACON_BLOCK_HEADER.field_branch(header, "body_root")
    assert is_valid_merkle_branch(header.body_root, branch, 3, 4, hash_tree_root(header))


@pytest.mark.parametrize("fork", LIGHT_CLIENT_FORKS, ids=lambda fork: fork.label)
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_default_messages_of_every_fork_round_trip(fork: ForkName, message: Any) -> None:
    kind = message(fork, SIZE)
    value = kind.default()
    data = serialize(value)
    assert deserialize(kind, data) == value
    assert hash_tree_root(value) == kind.root(value)
    assert FORKS_BY_LABEL[fork.label] is fork


@given(st.data())
def test_a_damaged_update_never_decodes_to_the_same_bytes_twice(data: st.DataObject) -> None:
    kind = light_client_update(ForkName.FULU, SIZE)
    encoded = bytearray(serialize(CHAIN.update(200)))
    for _ in range(data.draw(st.integers(1, 4))):
        encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    damaged = bytes(encoded[: data.draw(st.integers(0, len(encoded)))] if data.draw(st.booleans()) else encoded)
    try:
        value = kind.decode(damaged)
    except MalformedSsz:
        return
    assert kind.encode(value) == damaged  # what is accepted has exactly one encoding


CASES: list[tuple[SszType[Any], str]] = [
    (Uint(8), "00"),
    (Boolean(), "02"),
    (Boolean(), ""),
    (ByteVector(4), "000000"),
    (ByteList(2), "000000"),
    (Bitvector(5), "20"),
    (Bitvector(5), "0000"),
    (Bitlist(8), "00"),
    (Bitlist(8), ""),
    (Bitlist(3), "ff"),
    (Vector(Uint(2), 2), "010203"),
    (List(Uint(2), 2), "010203"),
    (List(Uint(2), 1), "01020304"),
    (List(ByteList(4), 4), "00000000"),
    (List(ByteList(4), 4), "05000000ff"),
    (List(ByteList(4), 4), "ffffff7f"),
    (List(ByteList(4), 1), "0800000008000000"),
    (List(ByteList(4), 4), "080000000a000000ff"),
    (List(ByteList(4), 4), "0c000000080000000c000000"),
    (List(ByteList(4), 4), "01"),
    (Vector(ByteList(4), 2), "0400000000"),
    (Container(dict, (("a", ByteList(4)), ("b", Uint(1)))), "0600000001"),
    (Container(dict, (("a", ByteList(4)), ("b", Uint(1)))), "05000000"),
]


@pytest.mark.parametrize(("kind", "text"), CASES)
def test_what_is_not_canonical_is_refused(kind: SszType[Any], text: str) -> None:
    with pytest.raises(MalformedSsz):
        kind.decode(bytes.fromhex(text))


VALUES: list[tuple[SszType[Any], Any]] = [
    (Uint(1), 256),
    (Uint(1), -1),
    (ByteVector(2), b"x"),
    (ByteList(2), b"xyz"),
    (Bitvector(3), b"\x08"),
    (Bitlist(1), (True, False)),
    (Vector(Uint(1), 2), (1,)),
    (List(Uint(1), 1), (1, 2)),
]


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_a_value_that_does_not_fit_its_type_is_our_own_mistake(kind: SszType[Any], value: Any) -> None:
    with pytest.raises(InvalidValue):
        kind.encode(value)
    with pytest.raises(InvalidValue):
        kind.root(value)


def test_illegal_shapes_are_refused() -> None:
    for build in (lambda: Vector(Uint(1), 0), lambda: Bitvector(0), lambda: merkleize([bytes(32)] * 3, 2), lambda: build_branch([], 1, 0)):
        with pytest.raises(InvalidValue):
            build()
    with pytest.raises(InvalidValue, match="withdrawals_root"):
        light_client_update(ForkName.CAPELLA, SIZE).fields[0][1].root(_bellatrix_header())


def _bellatrix_header() -> Any:

    header = CHAIN.header(9)
    execution = header.execution
    assert execution is not None
    return replace(header, execution=replace(execution, withdrawals_root=None, blob_gas_used=None, excess_blob_gas=None))
