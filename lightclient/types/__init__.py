"""Containers of the light-client protocol, in the specification's names, as frozen records of ints and bytes.

Each record tells its own SSZ type (`record.ssz_type()`), so `lightclient.ssz.hash_tree_root(record)` needs no fork. To read bytes, take the
type from the functions here: `deserialize(light_client_update(ForkName.ELECTRA, 512), data)`.
"""

from lightclient.types.beacon import (
    BEACON_BLOCK_HEADER,
    CHECKPOINT,
    FORK,
    FORK_DATA,
    SIGNING_DATA,
    BeaconBlockHeader,
    Checkpoint,
    Fork,
    ForkData,
    SigningData,
    SyncAggregate,
    SyncCommittee,
    sync_aggregate,
    sync_committee,
)
from lightclient.types.execution import ExecutionPayloadHeader, execution_payload_header
from lightclient.types.light_client import (
    Branch,
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    light_client_bootstrap,
    light_client_finality_update,
    light_client_header,
    light_client_optimistic_update,
    light_client_update,
)

__all__ = [
    "BEACON_BLOCK_HEADER",
    "CHECKPOINT",
    "FORK",
    "FORK_DATA",
    "SIGNING_DATA",
    "BeaconBlockHeader",
    "Branch",
    "Checkpoint",
    "ExecutionPayloadHeader",
    "Fork",
    "ForkData",
    "LightClientBootstrap",
    "LightClientFinalityUpdate",
    "LightClientHeader",
    "LightClientOptimisticUpdate",
    "LightClientUpdate",
    "SigningData",
    "SyncAggregate",
    "SyncCommittee",
    "execution_payload_header",
    "light_client_bootstrap",
    "light_client_finality_update",
    "light_client_header",
    "light_client_optimistic_update",
    "light_client_update",
    "sync_aggregate",
    "sync_committee",
]
