"""The committee chain from a checkpoint to a finalized header, as evidence for someone else.

A trace holds the bootstrap, the updates that changed what committees were known, and the latest finality update, all as received and
verified. Whoever trusts the checkpoint replays it with `verify_trace` and needs no server. Pure. Invariant: replaying a trace from its
checkpoint ends at the same committees and the same finalized header as the store it was recorded from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lightclient.beacon_json import from_document, to_document
from lightclient.bls.backend import BlsBackend
from lightclient.errors import MalformedMessage
from lightclient.network import Network
from lightclient.spec import (
    LightClientStore,
    initialize_light_client_store,
    is_sync_committee_update,
    process_light_client_finality_update,
    process_or_bridge,
    to_finality_update,
)
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientUpdate

MAX_UPDATES = 1024
"""Most updates of a trace: more than three years of mainnet's periods."""


@dataclass(frozen=True, slots=True)
class Trace:
    """How to get from a checkpoint to a finalized header."""

    bootstrap: LightClientBootstrap
    """The checkpoint's header and committee."""
    updates: tuple[LightClientUpdate, ...] = ()
    """One update per period that passed, in order; each made a committee known."""
    finality_update: LightClientFinalityUpdate | None = None
    """The latest finality update, unless an update already finalizes as much."""


def record(
    trace: Trace, before: LightClientStore, after: LightClientStore, update: LightClientUpdate, bridged: LightClientUpdate | None = None
) -> Trace:
    """Returns the trace after an update, with the one that it confirms if there is one, took the store from `before` to `after`."""
    if (after.current_sync_committee, after.next_sync_committee) != (before.current_sync_committee, before.next_sync_committee):
        kept = trace.updates
        # A finality update that only rotated is superfluous once an update of the new period rotates and brings the next committee as well.
        if kept and bridged is None and is_sync_committee_update(update) and not is_sync_committee_update(kept[-1]):
            kept = kept[:-1]
        trace = replace(trace, updates=(*kept, update) if bridged is None else (*kept, bridged, update))
    if after.finalized_header != before.finalized_header:
        trace = replace(trace, finality_update=to_finality_update(update))
    return trace


def verify_trace(trace: Trace, checkpoint: bytes, network: Network, *, current_slot: int, bls: BlsBackend) -> LightClientStore:
    """Returns the store that the trace proves under the checkpoint's block root; its `finalized_header` is what may be believed.

    Raises:
        PeerError: a step of the trace fails a check; the class names it.
    """
    store = initialize_light_client_store(network, checkpoint, trace.bootstrap)
    pending: LightClientUpdate | None = None
    for update in trace.updates:
        store, pending, _ = process_or_bridge(store, pending, update, current_slot, network, bls)
    finality = trace.finality_update
    if finality is not None and finality.finalized_header.beacon.slot > store.finalized_header.beacon.slot:
        store = process_light_client_finality_update(store, finality, current_slot, network, bls)
    return store


def trace_to_document(trace: Trace, network: Network) -> dict[str, Any]:
    """Returns the JSON form: documents of the beacon API under `bootstrap`, `updates` and `finality_update`."""
    finality = trace.finality_update
    return {
        "bootstrap": to_document(trace.bootstrap, network),
        "updates": [to_document(update, network) for update in trace.updates],
        "finality_update": None if finality is None else to_document(finality, network),
    }


def trace_from_document(document: Any, network: Network) -> Trace:
    """Returns the trace of its JSON form, unverified.

    Raises:
        MalformedMessage: it is not of that form.
    """
    if not isinstance(document, Mapping) or set(document) != {"bootstrap", "updates", "finality_update"}:
        raise MalformedMessage("", "not an object with exactly bootstrap, updates and finality_update")
    updates, finality = document["updates"], document["finality_update"]
    if not isinstance(updates, list) or len(updates) > MAX_UPDATES:
        raise MalformedMessage("updates", f"not a list of at most {MAX_UPDATES}")
    return Trace(
        bootstrap=from_document(LightClientBootstrap, document["bootstrap"], network),
        updates=tuple(from_document(LightClientUpdate, update, network) for update in updates),
        finality_update=None if finality is None else from_document(LightClientFinalityUpdate, finality, network),
    )
