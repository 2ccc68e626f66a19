"""Crossing a period whose best update finalizes nothing in that period.

The specification applies a next committee only together with a header finalized in the same period. Mainnet's period 1601 shows that the
best update of a period may finalize a block of the period before: then the chain of updates ends there for a client that was away for
longer. What such an update lacks is finality, so it is taken from the update that follows: the committee that it names is used only to
check that next update, and both are applied in one step, or neither. The next update must be signed by two thirds of that committee and
finalize a header after the first one's, so in the end everything taken is attested by a supermajority and final, as the specification
demands. Pure. Invariant: without both halves the store stays as it was.
"""

from dataclasses import replace

from lightclient.bls.backend import BlsBackend
from lightclient.errors import SkippedPeriod, UnconfirmedCommittee
from lightclient.network import Network
from lightclient.spec.helpers import is_sync_committee_update
from lightclient.spec.process import process_light_client_update
from lightclient.spec.store import LightClientStore
from lightclient.spec.validate import validate_light_client_update
from lightclient.types import LightClientUpdate


def process_or_bridge(
    store: LightClientStore,
    pending: LightClientUpdate | None,
    update: LightClientUpdate,
    current_slot: int,
    network: Network,
    bls: BlsBackend,
) -> tuple[LightClientStore, LightClientUpdate | None, bool]:
    """Returns the store after an update, the update that now waits for one to confirm it, and whether the waiting one was used.

    `pending` is what the previous call returned. Raises PeerError as `process_light_client_update` does.
    """
    try:
        after = process_light_client_update(store, update, current_slot, network, bls)
    except SkippedPeriod:
        if pending is None or not _follows(network, pending, update):
            raise
        after = process_light_client_update_pair(store, pending, update, current_slot, network, bls)
        return after, update if _waits(network, after, update) else None, True
    return after, update if _waits(network, after, update) else pending, False


def process_light_client_update_pair(
    store: LightClientStore,
    unfinalized: LightClientUpdate,
    confirming: LightClientUpdate,
    current_slot: int,
    network: Network,
    bls: BlsBackend,
) -> LightClientStore:
    """Returns the store after an update that finalizes nothing in its period and the one that confirms it.

    Raises:
        UnconfirmedCommittee: the second finalizes no header after the first one's.
        PeerError: a check fails for either; the store stays as it was.
    """
    validate_light_client_update(store, unfinalized, current_slot, network, bls)
    if not _waits(network, store, unfinalized):
        raise UnconfirmedCommittee(unfinalized.attested_header.beacon.slot, confirming.finalized_header.beacon.slot)
    after = process_light_client_update(_supposed(store, unfinalized), confirming, current_slot, network, bls)
    finalized = confirming.finalized_header
    if after.finalized_header != finalized or finalized.beacon.slot <= unfinalized.attested_header.beacon.slot:
        raise UnconfirmedCommittee(unfinalized.attested_header.beacon.slot, finalized.beacon.slot)
    return after


def _supposed(store: LightClientStore, unfinalized: LightClientUpdate) -> LightClientStore:
    """Returns the store as it is if the update's header becomes final; never given to anyone."""
    carried = unfinalized.next_sync_committee
    if store.next_sync_committee is None:
        return replace(store, next_sync_committee=carried, best_valid_update=None)
    return replace(
        store,
        finalized_header=unfinalized.attested_header,
        current_sync_committee=store.next_sync_committee,
        next_sync_committee=carried,
        best_valid_update=None,
        previous_max_active_participants=store.current_max_active_participants,
        current_max_active_participants=unfinalized.sync_aggregate.participants,
    )


def _waits(network: Network, store: LightClientStore, update: LightClientUpdate) -> bool:
    """Returns whether the update names, by a supermajority, the committee after the last one that the store knows."""
    supermajority = update.sync_aggregate.participants * 3 >= network.preset.sync_committee_size * 2
    period = network.period_at_slot(update.attested_header.beacon.slot)
    store_period = network.period_at_slot(store.finalized_header.beacon.slot)
    wanted = store_period + (store.next_sync_committee is not None)
    signed_within = network.period_at_slot(update.signature_slot) == period
    return supermajority and is_sync_committee_update(update) and period == wanted and signed_within


def _follows(network: Network, pending: LightClientUpdate, update: LightClientUpdate) -> bool:
    return network.period_at_slot(update.signature_slot) == network.period_at_slot(pending.attested_header.beacon.slot) + 1
