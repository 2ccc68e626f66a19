"""The light client's memory.

A frozen record rather than the specification's mutable one: a refused update cannot leave a half-changed store behind, readers on other
tasks hold consistent snapshots, and what is persisted is exactly what was applied. One record serves every fork, because headers keep
the fields of their own fork; upgrading the store at a fork is therefore nothing.
Source: `specs/altair/light-client/sync-protocol.md#lightclientstore`.
"""

from dataclasses import dataclass

from lightclient.types import LightClientHeader, LightClientUpdate, SyncCommittee


@dataclass(frozen=True, slots=True)
class LightClientStore:
    """What the light client believes."""

    finalized_header: LightClientHeader
    """Latest finalized header; never goes back."""
    current_sync_committee: SyncCommittee
    """Committee of the finalized header's period."""
    next_sync_committee: SyncCommittee | None
    """Committee of the period after it, once known (the specification writes an all-zero committee for unknown)."""
    best_valid_update: LightClientUpdate | None
    """Best update seen since finality last advanced; what a forced update would apply."""
    optimistic_header: LightClientHeader
    """Latest header that enough of the committee signed; may be reorganized away."""
    previous_max_active_participants: int
    """Most signers seen in the previous period."""
    current_max_active_participants: int
    """Most signers seen in this period."""
