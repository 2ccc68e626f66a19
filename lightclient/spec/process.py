"""Changes, and nothing but changes: `apply_light_client_update` and the `process_*` functions that decide when to apply.

Every function returns a new store and leaves the given one as it was. `process_*` validates first, so a refusal means that nothing changed.
Source: `specs/altair/light-client/sync-protocol.md#light-client-state-updates`.
"""

from dataclasses import replace

from lightclient.bls.backend import BlsBackend
from lightclient.errors import PeriodNotFinalized
from lightclient.forks import state_gindices
from lightclient.network import Network
from lightclient.spec.helpers import (
    get_safety_threshold,
    is_better_update,
    is_finality_update,
    is_sync_committee_update,
)
from lightclient.spec.store import LightClientStore
from lightclient.spec.validate import validate_light_client_update
from lightclient.ssz import ZERO_HASHES, floorlog2
from lightclient.types import (
    LightClientFinalityUpdate,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    sync_committee,
)


def apply_light_client_update(store: LightClientStore, update: LightClientUpdate, network: Network) -> LightClientStore:
    """Returns the store after an update that was validated: committees rotate and the finalized header moves forward.

    Raises:
        PeriodNotFinalized: the next committee is unknown and the update finalizes another period than the store's.
    """
    store_period = network.period_at_slot(store.finalized_header.beacon.slot)
    finalized = update.finalized_header
    finalized_period = network.period_at_slot(finalized.beacon.slot)
    carried = update.next_sync_committee if is_sync_committee_update(update) else None
    if store.next_sync_committee is None:
        if finalized_period != store_period:
            raise PeriodNotFinalized(finalized_period, store_period)
        store = replace(store, next_sync_committee=carried)
    elif finalized_period == store_period + 1:
        store = replace(
            store,
            current_sync_committee=store.next_sync_committee,
            next_sync_committee=carried,
            previous_max_active_participants=store.current_max_active_participants,
            current_max_active_participants=0,
        )
    if finalized.beacon.slot > store.finalized_header.beacon.slot:
        store = replace(store, finalized_header=finalized)
        if finalized.beacon.slot > store.optimistic_header.beacon.slot:
            store = replace(store, optimistic_header=finalized)
    return store


def process_light_client_update(
    store: LightClientStore, update: LightClientUpdate, current_slot: int, network: Network, bls: BlsBackend
) -> LightClientStore:
    """Returns the store after validating the update and taking from it what its participation allows.

    Raises:
        PeerError: a check fails; the store stays as it was.
    """
    validate_light_client_update(store, update, current_slot, network, bls)
    participants = update.sync_aggregate.participants
    if store.best_valid_update is None or is_better_update(network, update, store.best_valid_update):
        store = replace(store, best_valid_update=update)
    store = replace(store, current_max_active_participants=max(store.current_max_active_participants, participants))
    attested_slot = update.attested_header.beacon.slot
    if participants > get_safety_threshold(store) and attested_slot > store.optimistic_header.beacon.slot:
        store = replace(store, optimistic_header=update.attested_header)
    finalized_slot = update.finalized_header.beacon.slot
    has_finalized_next_committee = (
        store.next_sync_committee is None
        and is_sync_committee_update(update)
        and is_finality_update(update)
        and network.period_at_slot(finalized_slot) == network.period_at_slot(attested_slot)
    )
    supermajority = participants * 3 >= network.preset.sync_committee_size * 2
    if supermajority and (finalized_slot > store.finalized_header.beacon.slot or has_finalized_next_committee):
        return replace(apply_light_client_update(store, update, network), best_valid_update=None)
    return store


def process_light_client_finality_update(
    store: LightClientStore, update: LightClientFinalityUpdate, current_slot: int, network: Network, bls: BlsBackend
) -> LightClientStore:
    """Returns the store after a finality update. Raises PeerError as `process_light_client_update` does."""
    return process_light_client_update(store, from_finality_update(update, network), current_slot, network, bls)


def process_light_client_optimistic_update(
    store: LightClientStore, update: LightClientOptimisticUpdate, current_slot: int, network: Network, bls: BlsBackend
) -> LightClientStore:
    """Returns the store after an optimistic update. Raises PeerError as `process_light_client_update` does."""
    return process_light_client_update(store, from_optimistic_update(update, network), current_slot, network, bls)


def process_light_client_store_force_update(store: LightClientStore, current_slot: int, network: Network) -> LightClientStore:
    """Returns the store after a forced update, or unchanged where the timeout has not passed or there is nothing to force.

    A forced update takes a header as finalized that the chain did not finalize. Call it only under an explicit policy, and say so.
    """
    best = store.best_valid_update
    finalized_slot = store.finalized_header.beacon.slot
    if best is None or current_slot <= finalized_slot + network.preset.update_timeout:
        return store
    if best.finalized_header.beacon.slot <= finalized_slot:
        best = replace(best, finalized_header=best.attested_header)
    return replace(apply_light_client_update(store, best, network), best_valid_update=None)


def from_finality_update(update: LightClientFinalityUpdate, network: Network) -> LightClientUpdate:
    """Returns the update that says the same as a finality update: one without a next committee."""
    gindices = state_gindices(network.fork_at_slot(update.attested_header.beacon.slot))
    return LightClientUpdate(
        attested_header=update.attested_header,
        next_sync_committee=sync_committee(network.preset.sync_committee_size).default(),
        next_sync_committee_branch=(ZERO_HASHES[0],) * floorlog2(gindices.next_sync_committee),
        finalized_header=update.finalized_header,
        finality_branch=update.finality_branch,
        sync_aggregate=update.sync_aggregate,
        signature_slot=update.signature_slot,
    )


def from_optimistic_update(update: LightClientOptimisticUpdate, network: Network) -> LightClientUpdate:
    """Returns the update that says the same as an optimistic update: one with neither finality nor a next committee."""
    gindices = state_gindices(network.fork_at_slot(update.attested_header.beacon.slot))
    finality = LightClientFinalityUpdate(
        attested_header=update.attested_header,
        finalized_header=update.attested_header.ssz_type().default(),
        finality_branch=(ZERO_HASHES[0],) * floorlog2(gindices.finalized_root),
        sync_aggregate=update.sync_aggregate,
        signature_slot=update.signature_slot,
    )
    return from_finality_update(finality, network)


def to_finality_update(update: LightClientUpdate) -> LightClientFinalityUpdate:
    """Returns what an update says of finality (spec: `create_light_client_finality_update`)."""
    return LightClientFinalityUpdate(
        attested_header=update.attested_header,
        finalized_header=update.finalized_header,
        finality_branch=update.finality_branch,
        sync_aggregate=update.sync_aggregate,
        signature_slot=update.signature_slot,
    )


def to_optimistic_update(update: LightClientUpdate) -> LightClientOptimisticUpdate:
    """Returns what an update says of its head (spec: `create_light_client_optimistic_update`)."""
    return LightClientOptimisticUpdate(update.attested_header, update.sync_aggregate, update.signature_slot)
