"""All that a light client remembers across restarts, as one JSON payload. Pure: `persistence` puts it on a disk."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from lightclient import json_text
from lightclient.beacon_json import from_document, from_json, message_fork, message_type, to_document, to_json
from lightclient.errors import MalformedMessage
from lightclient.forks import FORKS_BY_LABEL, ForkName
from lightclient.network import Network
from lightclient.spec import LightClientStore
from lightclient.ssz import ByteVector, Uint
from lightclient.trace import Trace, trace_from_document, trace_to_document
from lightclient.types import (
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientUpdate,
    SyncCommittee,
    light_client_header,
    sync_committee,
)

VERSION = "1"
"""Version of the payload; another one is refused, never guessed at."""

_ROOT = ByteVector(32)
_NUMBER = Uint(8)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A light client's memory."""

    genesis_validators_root: bytes
    """The network that it is of."""
    checkpoint: bytes
    """Block root that trust began with."""
    store: LightClientStore
    """What it believes."""
    trace: Trace
    """How it came to believe it."""
    finalized_participants: int
    """Who signed the update that finalized the finalized header."""
    optimistic_participants: int
    """Who signed the optimistic header."""
    seen_slot: int
    """Latest slot that the clock ever showed; the clock must not go back behind it."""
    forced: bool
    """Whether an update was ever forced: then the trace does not prove the store."""


def encode_snapshot(snapshot: Snapshot, network: Network) -> bytes:
    """Returns the payload."""
    store = snapshot.store
    document = {
        "version": VERSION,
        "network": network.name,
        "genesis_validators_root": to_json(_ROOT, snapshot.genesis_validators_root),
        "checkpoint": to_json(_ROOT, snapshot.checkpoint),
        "finalized_header": _header_json(store.finalized_header),
        "optimistic_header": _header_json(store.optimistic_header),
        "current_sync_committee": to_json(store.current_sync_committee.ssz_type(), store.current_sync_committee),
        "next_sync_committee": _optional(store.next_sync_committee, lambda value: to_json(value.ssz_type(), value)),
        "best_valid_update": _optional(store.best_valid_update, lambda value: _update_json(value, network)),
        "trace": trace_to_document(snapshot.trace, network),
        "forced": snapshot.forced,
    }
    return msgspec.json.encode(document | _numbers(snapshot))


def encode_heads(snapshot: Snapshot, network: Network, base: bytes) -> bytes:
    """Returns the small payload of what moves with every slot, on top of a whole payload with the SHA-256 `base`."""
    store, finality = snapshot.store, snapshot.trace.finality_update
    document = {
        "version": VERSION,
        "base": to_json(_ROOT, base),
        "finalized_header": _header_json(store.finalized_header),
        "optimistic_header": _header_json(store.optimistic_header),
        "finality_update": None if finality is None else to_document(finality, network),
    }
    return msgspec.json.encode(document | _numbers(snapshot))


def decode_heads(payload: bytes, whole: Snapshot, network: Network, base: bytes) -> Snapshot | None:
    """Returns the whole snapshot brought forward by a small payload; None where that is on top of another whole one.

    Raises:
        MalformedMessage: it is not a payload of this version.
    """
    document = json_text.decode(payload)
    if not isinstance(document, Mapping) or document.get("version") != VERSION:
        raise MalformedMessage("version", f"not {VERSION}")
    try:
        if document["base"] != to_json(_ROOT, base):
            return None
        finality = _optional(document["finality_update"], lambda value: from_document(LightClientFinalityUpdate, value, network))
        store = replace(
            whole.store,
            finalized_header=_header(document["finalized_header"], "finalized_header"),
            optimistic_header=_header(document["optimistic_header"], "optimistic_header"),
            best_valid_update=None,  # what only a forced update would use; the next one will do
            previous_max_active_participants=_number_of(document, "previous_max_active_participants"),
            current_max_active_participants=_number_of(document, "current_max_active_participants"),
        )
        return replace(
            whole,
            store=store,
            trace=replace(whole.trace, finality_update=finality),
            finalized_participants=_number_of(document, "finalized_participants"),
            optimistic_participants=_number_of(document, "optimistic_participants"),
            seen_slot=_number_of(document, "seen_slot"),
        )
    except KeyError as error:
        raise MalformedMessage(str(error.args[0]), "missing") from error


def decode_snapshot(payload: bytes, network: Network) -> Snapshot:
    """Returns the snapshot of a payload whose integrity is already checked.

    Raises:
        MalformedMessage: it is not a payload of this version.
    """
    document = json_text.decode(payload)
    if not isinstance(document, Mapping) or document.get("version") != VERSION:
        raise MalformedMessage("version", f"not {VERSION}")
    try:
        return _snapshot(document, network)
    except KeyError as error:
        raise MalformedMessage(str(error.args[0]), "missing") from error


def _snapshot(document: Mapping[str, Any], network: Network) -> Snapshot:
    committee = sync_committee(network.preset.sync_committee_size)

    def known(name: str) -> SyncCommittee:
        value: SyncCommittee = from_json(committee, document[name], name)
        return value

    store = LightClientStore(
        finalized_header=_header(document["finalized_header"], "finalized_header"),
        current_sync_committee=known("current_sync_committee"),
        next_sync_committee=None if document["next_sync_committee"] is None else known("next_sync_committee"),
        best_valid_update=_optional(document["best_valid_update"], lambda value: from_document(LightClientUpdate, value, network)),
        optimistic_header=_header(document["optimistic_header"], "optimistic_header"),
        previous_max_active_participants=_number_of(document, "previous_max_active_participants"),
        current_max_active_participants=_number_of(document, "current_max_active_participants"),
    )
    return Snapshot(
        genesis_validators_root=from_json(_ROOT, document["genesis_validators_root"], "genesis_validators_root"),
        checkpoint=from_json(_ROOT, document["checkpoint"], "checkpoint"),
        store=store,
        trace=trace_from_document(document["trace"], network),
        finalized_participants=_number_of(document, "finalized_participants"),
        optimistic_participants=_number_of(document, "optimistic_participants"),
        seen_slot=_number_of(document, "seen_slot"),
        forced=document["forced"] is True,
    )


def _numbers(snapshot: Snapshot) -> dict[str, str]:
    numbers = {
        "previous_max_active_participants": snapshot.store.previous_max_active_participants,
        "current_max_active_participants": snapshot.store.current_max_active_participants,
        "finalized_participants": snapshot.finalized_participants,
        "optimistic_participants": snapshot.optimistic_participants,
        "seen_slot": snapshot.seen_slot,
    }
    return {name: str(value) for name, value in numbers.items()}


def _number_of(document: Mapping[str, Any], name: str) -> int:
    value: int = from_json(_NUMBER, document[name], name)
    return value


def _update_json(update: LightClientUpdate, network: Network) -> dict[str, Any] | None:
    # Built from an optimistic update, a best update may mix forms at a fork; it is only a fallback, so it is left out then.
    fits = message_type(LightClientUpdate, message_fork(update, network), network) == update.ssz_type()
    return to_document(update, network) if fits else None


def _header_json(header: LightClientHeader) -> dict[str, Any]:
    return {"fork": header.fork().label, "data": to_json(header.ssz_type(), header)}


def _header(document: Any, path: str) -> LightClientHeader:
    if not isinstance(document, Mapping) or document.get("fork") not in FORKS_BY_LABEL:
        raise MalformedMessage(path, "not a header with its fork")
    fork = FORKS_BY_LABEL[document["fork"]]
    header: LightClientHeader = from_json(light_client_header(max(fork, ForkName.ALTAIR)), document.get("data"), path)
    return header


def _optional(value: Any, convert: Any) -> Any:
    return None if value is None else convert(value)
