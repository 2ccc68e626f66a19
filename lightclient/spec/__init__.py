"""The sync protocol in the specification's names: initialize, validate, apply, process.

`validate` only checks and raises; `apply` only changes, by returning a new store; `process` does one after the other. Pure: the current
slot is an argument, the network is data, BLS is a backend. One set of functions serves altair to fulu and both presets.
Spec: https://github.com/ethereum/consensus-specs/blob/v1.6.1/specs/altair/light-client/sync-protocol.md
"""

from lightclient.spec.bridge import process_light_client_update_pair, process_or_bridge
from lightclient.spec.helpers import (
    current_sync_committee_gindex_at_slot,
    finalized_root_gindex_at_slot,
    get_lc_execution_root,
    get_safety_threshold,
    is_better_update,
    is_finality_update,
    is_next_sync_committee_known,
    is_sync_committee_update,
    is_valid_light_client_header,
    next_sync_committee_gindex_at_slot,
)
from lightclient.spec.process import (
    apply_light_client_update,
    from_finality_update,
    from_optimistic_update,
    process_light_client_finality_update,
    process_light_client_optimistic_update,
    process_light_client_store_force_update,
    process_light_client_update,
    to_finality_update,
    to_optimistic_update,
)
from lightclient.spec.store import LightClientStore
from lightclient.spec.validate import initialize_light_client_store, validate_light_client_update

__all__ = [
    "LightClientStore",
    "apply_light_client_update",
    "current_sync_committee_gindex_at_slot",
    "finalized_root_gindex_at_slot",
    "from_finality_update",
    "from_optimistic_update",
    "get_lc_execution_root",
    "get_safety_threshold",
    "initialize_light_client_store",
    "is_better_update",
    "is_finality_update",
    "is_next_sync_committee_known",
    "is_sync_committee_update",
    "is_valid_light_client_header",
    "next_sync_committee_gindex_at_slot",
    "process_light_client_finality_update",
    "process_light_client_optimistic_update",
    "process_light_client_store_force_update",
    "process_light_client_update",
    "process_light_client_update_pair",
    "process_or_bridge",
    "to_finality_update",
    "to_optimistic_update",
    "validate_light_client_update",
]
