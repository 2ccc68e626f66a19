"""Gloas: light-client headers carry an execution block hash instead of an execution header; held to the executable specification."""

from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any

import pytest

from lightclient.beacon_json import from_document, to_document
from lightclient.forks import EXECUTION_BLOCK_HASH_GINDICES, ForkName, state_gindices
from lightclient.heads import Head
from lightclient.network import Network, network_from_spec
from lightclient.spec import is_valid_light_client_header
from lightclient.ssz import build_branch, floorlog2, get_subtree_index, hash_tree_root, root_from_branch, serialize
from lightclient.types import (
    BeaconBlockHeader,
    LightClientHeader,
    LightClientOptimisticUpdate,
    SyncAggregate,
    light_client_bootstrap,
    light_client_header,
    light_client_update,
)
from tests.lightclient.synthetic import network

NETWORK = network(fork=ForkName.GLOAS)
HASH = sha256(b"execution block").digest()


@cache
def spec() -> Any:
    return pytest.importorskip("eth_consensus_specs.gloas.minimal")


def header(fork: ForkName = ForkName.GLOAS, slot: int = 200) -> LightClientHeader:
    gindex = EXECUTION_BLOCK_HASH_GINDICES[fork]
    branch = tuple(sha256(bytes([level])).digest() for level in range(floorlog2(gindex)))
    body_root = root_from_branch(HASH, branch, get_subtree_index(gindex))
    padded = (bytes(32),) * (floorlog2(EXECUTION_BLOCK_HASH_GINDICES[ForkName.GLOAS]) - len(branch)) + branch
    beacon = BeaconBlockHeader(slot, 1, b"\1" * 32, b"\2" * 32, body_root)
    return LightClientHeader(beacon, execution_branch=padded, execution_block_hash=HASH)


@pytest.mark.parametrize(
    ("name", "mine"),
    [
        ("FINALIZED_ROOT_GINDEX_GLOAS", state_gindices(ForkName.GLOAS).finalized_root),
        ("CURRENT_SYNC_COMMITTEE_GINDEX_GLOAS", state_gindices(ForkName.GLOAS).current_sync_committee),
        ("NEXT_SYNC_COMMITTEE_GINDEX_GLOAS", state_gindices(ForkName.GLOAS).next_sync_committee),
        ("EXECUTION_BLOCK_HASH_GINDEX_GLOAS", EXECUTION_BLOCK_HASH_GINDICES[ForkName.GLOAS]),
        ("EXECUTION_BLOCK_HASH_GINDEX_DENEB", EXECUTION_BLOCK_HASH_GINDICES[ForkName.DENEB]),
        ("EXECUTION_BLOCK_HASH_GINDEX", EXECUTION_BLOCK_HASH_GINDICES[ForkName.CAPELLA]),
    ],
)
def test_places_are_the_specifications(name: str, mine: int) -> None:
    assert int(getattr(spec(), name)) == mine


@pytest.mark.parametrize("kind", [light_client_header, light_client_bootstrap, light_client_update], ids=lambda kind: kind.__name__)
def test_types_encode_and_hash_as_the_specifications(kind: Any) -> None:
    mine = kind(ForkName.GLOAS) if kind is light_client_header else kind(ForkName.GLOAS, 32)
    theirs = getattr(spec(), str(mine))()
    assert mine.encode(mine.default()) == bytes(theirs.encode_bytes() if hasattr(theirs, "encode_bytes") else theirs.ssz_serialize())
    assert mine.root(mine.default()) == bytes(theirs.hash_tree_root())


def test_the_block_hash_is_proven_and_execution_is_said_not_to_be() -> None:
    good = header()
    assert is_valid_light_client_header(NETWORK, good)
    assert not is_valid_light_client_header(NETWORK, replace(good, execution_block_hash=b"\x09" * 32))
    assert not is_valid_light_client_header(NETWORK, replace(good, execution_branch=good.execution_branch[1:]))
    assert not is_valid_light_client_header(NETWORK, replace(good, execution_block_hash=None))
    head = Head(good, 32, 32, 1.0)
    assert (head.execution, head.execution_block_hash, head.proves_execution_header) == (None, HASH, False)


@pytest.mark.parametrize(("fork", "valid"), [(ForkName.DENEB, True), (ForkName.CAPELLA, False)])
def test_a_header_from_before_the_fork_keeps_its_own_place(fork: ForkName, valid: bool) -> None:
    earlier = network(fork=ForkName.FULU)
    assert is_valid_light_client_header(earlier, header(fork)) == valid


def test_messages_go_both_ways_and_other_forms_of_the_header_are_refused() -> None:
    update = LightClientOptimisticUpdate(header(), SyncAggregate(b"\xff" * 4, bytes(96)), 201)
    document = to_document(update, NETWORK)
    assert document["version"] == "gloas"
    assert from_document(LightClientOptimisticUpdate, document, NETWORK) == update
    assert hash_tree_root(update) != hash_tree_root(replace(update, signature_slot=202))
    assert serialize(update)
    branch = build_branch([HASH] * 16, 9)
    fulu = replace(header(), execution_block_hash=None, execution_branch=branch)
    assert not is_valid_light_client_header(NETWORK, fulu)


def test_a_servers_spec_schedules_it() -> None:
    base = {f"{fork.name}_FORK_EPOCH": "0" for fork in ForkName if ForkName.PHASE0 < fork < ForkName.GLOAS}
    versions = {f"{fork.name}_FORK_VERSION": f"0x{fork:02x}000009" for fork in ForkName}
    document = base | versions | {"GENESIS_FORK_VERSION": "0x00000009", "GLOAS_FORK_EPOCH": "1000", "DEPOSIT_CHAIN_ID": "1337"}
    document |= {"PRESET_BASE": "minimal", "SECONDS_PER_SLOT": "12"}
    built: Network = network_from_spec("announced", document, genesis_validators_root=bytes(32), genesis_time=0)
    assert built.fork_at_slot(8000) is ForkName.GLOAS
    assert built.fork_at_slot(7999) is ForkName.FULU
