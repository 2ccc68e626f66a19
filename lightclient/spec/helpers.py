"""The specification's helper functions, in its names.

Source: `specs/{altair,capella,deneb,electra,gloas}/light-client/sync-protocol.md#helper-functions`. Each answers for the fork at the
header's slot, so callers never branch on forks.
"""

from dataclasses import replace

from lightclient.errors import InvalidValue
from lightclient.forks import EXECUTION_BLOCK_HASH_GINDICES, EXECUTION_PAYLOAD_GINDEX, ForkName, state_gindices
from lightclient.network import Network
from lightclient.spec.store import LightClientStore
from lightclient.ssz import (
    ZERO_HASHES,
    floorlog2,
    get_subtree_index,
    hash_tree_root,
    is_valid_merkle_branch,
    is_valid_normalized_merkle_branch,
)
from lightclient.types import Branch, ExecutionPayloadHeader, LightClientHeader, LightClientUpdate


def finalized_root_gindex_at_slot(network: Network, slot: int) -> int:
    """Returns where the state at the slot keeps the finalized root."""
    return state_gindices(network.fork_at_slot(slot)).finalized_root


def current_sync_committee_gindex_at_slot(network: Network, slot: int) -> int:
    """Returns where the state at the slot keeps the current sync committee."""
    return state_gindices(network.fork_at_slot(slot)).current_sync_committee


def next_sync_committee_gindex_at_slot(network: Network, slot: int) -> int:
    """Returns where the state at the slot keeps the next sync committee."""
    return state_gindices(network.fork_at_slot(slot)).next_sync_committee


def get_lc_execution_root(network: Network, header: LightClientHeader) -> bytes:
    """Returns the root of the execution header as its own fork hashes it; zero before capella.

    A header of capella may arrive in the form of a later fork, with that fork's fields at zero: they are not hashed.
    """
    fork = network.fork_at_slot(header.beacon.slot)
    if fork >= ForkName.GLOAS and header.execution_block_hash is not None:
        return header.execution_block_hash
    if fork < ForkName.CAPELLA or header.execution is None:
        return ZERO_HASHES[0]
    execution = header.execution
    return hash_tree_root(replace(execution, blob_gas_used=None, excess_blob_gas=None) if fork < ForkName.DENEB else execution)


def is_valid_light_client_header(network: Network, header: LightClientHeader) -> bool:
    """Returns whether the execution header is the one in the beacon block's body, or is absent where the fork has none."""
    fork = network.fork_at_slot(header.beacon.slot)
    if fork < ForkName.CAPELLA:
        return _has_no_execution(header)
    if header.execution_block_hash is not None:
        return _proves_execution_block_hash(fork, header)
    if header.execution is None or fork >= ForkName.GLOAS or (fork < ForkName.DENEB and _has_blob_gas(header.execution)):
        return False
    try:
        root = get_lc_execution_root(network, header)
    except InvalidValue:
        return False
    if header.execution.fork() < min(fork, ForkName.DENEB):
        return False
    depth, index = floorlog2(EXECUTION_PAYLOAD_GINDEX), get_subtree_index(EXECUTION_PAYLOAD_GINDEX)
    return is_valid_merkle_branch(root, header.execution_branch, depth, index, header.beacon.body_root)


def is_empty_branch(branch: Branch) -> bool:
    """Returns whether a branch is all zero, which is how a message says that it has none."""
    return not any(any(node) for node in branch)


def is_empty_header(header: LightClientHeader) -> bool:
    """Returns whether this is the default header, which is how a message says that it has none."""
    return header.beacon == header.beacon.ssz_type().default() and _has_no_execution(header)


def is_sync_committee_update(update: LightClientUpdate) -> bool:
    """Returns whether the update carries the next committee."""
    return not is_empty_branch(update.next_sync_committee_branch)


def is_finality_update(update: LightClientUpdate) -> bool:
    """Returns whether the update carries a finalized header."""
    return not is_empty_branch(update.finality_branch)


def is_next_sync_committee_known(store: LightClientStore) -> bool:
    """Returns whether the store knows the committee of the coming period."""
    return store.next_sync_committee is not None


def get_safety_threshold(store: LightClientStore) -> int:
    """Returns the participation that an optimistic header must exceed: half of the best of the last two periods."""
    return max(store.previous_max_active_participants, store.current_max_active_participants) // 2


def is_better_update(network: Network, new: LightClientUpdate, old: LightClientUpdate) -> bool:
    """Returns whether the new update is to be preferred for a period; the criteria stand in the specification's order."""
    size = network.preset.sync_committee_size
    for new_rank, old_rank in zip(_ranks(network, new, size), _ranks(network, old, size), strict=True):
        if new_rank != old_rank:
            return new_rank > old_rank
    return False


def _ranks(network: Network, update: LightClientUpdate, size: int) -> tuple[int, ...]:
    participants = update.sync_aggregate.participants
    supermajority = participants * 3 >= size * 2
    attested_period = network.period_at_slot(update.attested_header.beacon.slot)
    has_finality = is_finality_update(update)
    return (
        supermajority,
        0 if supermajority else participants,
        is_sync_committee_update(update) and attested_period == network.period_at_slot(update.signature_slot),
        has_finality,
        has_finality and network.period_at_slot(update.finalized_header.beacon.slot) == attested_period,
        participants,
        -update.attested_header.beacon.slot,
        -update.signature_slot,
    )


def _has_no_execution(header: LightClientHeader) -> bool:
    execution = header.execution
    absent = execution is None or execution == execution.ssz_type().default()
    return absent and is_empty_branch(header.execution_branch) and not any(header.execution_block_hash or b"")


def _has_blob_gas(execution: ExecutionPayloadHeader) -> bool:
    return bool(execution.blob_gas_used or execution.excess_blob_gas)


def _proves_execution_block_hash(fork: ForkName, header: LightClientHeader) -> bool:
    """The form that gloas brings; a gloas message may hold a finalized header of an earlier fork in it."""
    if header.execution_block_hash is None or header.execution is not None:
        return False
    gindex = next(gindex for since, gindex in EXECUTION_BLOCK_HASH_GINDICES.items() if fork >= since)
    return is_valid_normalized_merkle_branch(header.execution_block_hash, header.execution_branch, gindex, header.beacon.body_root)
