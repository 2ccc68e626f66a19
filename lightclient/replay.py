"""Recorded answers of beacon servers, replayed: what a client would have come to believe, or which message it would have refused and why.

Takes the REST JSON forms and SSZ, whichever a file holds, of any fork. Pure: files are read, and a slot is chosen, by the caller. Not the
running client: it fetches nothing, forces nothing and knows no weak-subjectivity age, since a recording may be of any age. Invariant: a
message is used, or passed over as old news whose every check holds as far as its committee is known, or refused; none is only counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeVar

from lightclient import json_text
from lightclient.beacon_json import Message, decode_message, from_document, parse_update_stream
from lightclient.bls.backend import BlsBackend
from lightclient.errors import IrrelevantUpdate, MalformedMessage, PeerError, SkippedPeriod, WrongCheckpoint, WrongNextCommitteeBranch
from lightclient.forks import ForkName
from lightclient.network import Network
from lightclient.spec import (
    LightClientStore,
    from_finality_update,
    from_optimistic_update,
    initialize_light_client_store,
    is_sync_committee_update,
    is_valid_light_client_header,
    next_sync_committee_gindex_at_slot,
    process_light_client_update,
    validate_light_client_update,
)
from lightclient.ssz import hash_tree_root, is_valid_normalized_merkle_branch
from lightclient.types import (
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientOptimisticUpdate,
    LightClientUpdate,
)

M = TypeVar("M", bound=Message)


class Outcome(Enum):
    """What became of a message."""

    MOVED = "moved"
    """It was verified and a head or a committee changed."""
    NOTHING_NEW = "nothing new"
    """It was verified, and is older than what is known."""
    TOO_OLD = "too old"
    """It was signed before the period of the store: the committee that could verify it is not known, and is not needed."""


@dataclass(slots=True)
class Replay:
    """One client, fed by hand."""

    network: Network
    """The chain."""
    current_slot: int
    """Slot that the clock would show; nothing from later slots is accepted."""
    bls: BlsBackend
    """Who checks signatures."""
    store: LightClientStore
    """What is believed so far."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What became of each message, in order."""

    def feed(self, message: LightClientUpdate | LightClientFinalityUpdate | LightClientOptimisticUpdate) -> Outcome:
        """Verifies a message and applies what it brings.

        Raises:
            PeerError: a check fails; nothing changed.
        """
        update = self._as_update(message)
        try:
            after = process_light_client_update(self.store, update, self.current_slot, self.network, self.bls)
        except SkippedPeriod as error:
            if error.period >= min(error.allowed, default=0):
                raise
            outcome = Outcome.TOO_OLD
        except IrrelevantUpdate:
            self._check_old(update)
            outcome = Outcome.NOTHING_NEW
        else:
            moved = replace(after, best_valid_update=None) != replace(self.store, best_valid_update=None)
            self.store, outcome = after, Outcome.MOVED if moved else Outcome.NOTHING_NEW
        self.outcomes.append(outcome)
        return outcome

    def _check_old(self, update: LightClientUpdate) -> None:
        """Checks old news like news: under a store that stands just before it, if that is of the same period."""
        finalized = self.store.finalized_header
        slot = update.attested_header.beacon.slot - 1
        if slot < 0 or self.network.period_at_slot(slot) != self.network.period_at_slot(finalized.beacon.slot):
            raise IrrelevantUpdate(update.attested_header.beacon.slot, finalized.beacon.slot)
        before = replace(self.store, finalized_header=replace(finalized, beacon=replace(finalized.beacon, slot=slot)))
        validate_light_client_update(before, update, self.current_slot, self.network, self.bls)

    def _as_update(self, message: LightClientUpdate | LightClientFinalityUpdate | LightClientOptimisticUpdate) -> LightClientUpdate:
        if isinstance(message, LightClientFinalityUpdate):
            return from_finality_update(message, self.network)
        if isinstance(message, LightClientOptimisticUpdate):
            return from_optimistic_update(message, self.network)
        return message


def begin(
    network: Network, trusted: bytes | None, start: LightClientBootstrap | LightClientUpdate, *, current_slot: int, bls: BlsBackend
) -> Replay:
    """Returns a replay that begins at the trusted block; None trusts the block that `start` is about.

    A bootstrap is the usual start. An update serves too where the trusted block is its attested one: that block's state names the next
    committee, so that the chain can be followed from the period after it.

    Raises:
        PeerError: `start` is not about the trusted block, or its committee is not in that block's state.
    """
    if isinstance(start, LightClientBootstrap):
        root = hash_tree_root(start.header.beacon) if trusted is None else trusted
        return Replay(network, current_slot, bls, initialize_light_client_store(network, root, start))
    header, committee = start.attested_header, start.next_sync_committee
    if not is_valid_light_client_header(network, header):
        raise MalformedMessage("attested_header", "the execution header is not the one of its block")
    found = hash_tree_root(header.beacon)
    if trusted not in (None, found):
        raise WrongCheckpoint(found, trusted or b"")
    leaf, gindex = hash_tree_root(committee), next_sync_committee_gindex_at_slot(network, header.beacon.slot)
    proven = is_valid_normalized_merkle_branch(leaf, start.next_sync_committee_branch, gindex, header.beacon.state_root)
    if not (proven and is_sync_committee_update(start)):
        raise WrongNextCommitteeBranch(leaf, header.beacon.state_root)
    # The committee of the block's own period is unknown: keys of zeros, under which no signature verifies.
    store = LightClientStore(header, committee.ssz_type().default(), committee, None, header, 0, 0)
    return Replay(network, current_slot, bls, store)


# Files


def read_start(data: bytes, network: Network) -> LightClientBootstrap | LightClientUpdate:
    """Returns the bootstrap, or the one update, that a file holds.

    Raises:
        PeerError: it holds neither.
    """
    if _is_json(data) and _looks_like_updates(document := json_text.decode(data)):
        return _single(_updates(document, network))
    if not _is_json(data) and _is_stream(data):
        return _single(parse_update_stream(data, network))
    return read_message(LightClientBootstrap, data, network)


def read_updates(data: bytes, network: Network) -> tuple[LightClientUpdate, ...]:
    """Returns the updates of an answer to `/updates`: a JSON list, one JSON document, or the SSZ stream.

    Raises:
        PeerError: it is none of these.
    """
    return _updates(json_text.decode(data), network) if _is_json(data) else parse_update_stream(data, network)


def read_message(kind: type[M], data: bytes, network: Network) -> M:
    """Returns the message of a JSON document or of bare SSZ bytes.

    SSZ answers name their fork in a header that a file lacks; since a message must be in the form of its own slot's fork, at most one fits.

    Raises:
        PeerError: it is not a message of that kind.
    """
    if _is_json(data):
        return from_document(kind, json_text.decode(data), network)
    refusals: list[PeerError] = []
    for fork in sorted({entry.fork for entry in network.forks if entry.fork >= ForkName.ALTAIR}, reverse=True):
        try:
            return decode_message(kind, fork, data, network)
        except PeerError as error:
            refusals.append(error)
    reasons = sorted({str(error) for error in refusals})
    raise MalformedMessage("", f"fits {kind.__name__} of no fork of {network.name}: {'; '.join(reasons)}")


def _updates(document: Any, network: Network) -> tuple[LightClientUpdate, ...]:
    documents = document if isinstance(document, list) else [document]
    return tuple(from_document(LightClientUpdate, each, network) for each in documents)


def _looks_like_updates(document: Any) -> bool:
    first = document[0] if isinstance(document, list) and document else document
    data = first.get("data") if isinstance(first, dict) else None
    return isinstance(document, list) or (isinstance(data, dict) and "attested_header" in data)


def _single(updates: Sequence[LightClientUpdate]) -> LightClientUpdate:
    if len(updates) != 1:
        raise MalformedMessage("", f"{len(updates)} updates where the start is one")
    return updates[0]


def _is_json(data: bytes) -> bool:
    # An SSZ message may begin with any byte, but always holds a zero one, which JSON never does.
    return data.lstrip()[:1] in (b"{", b"[") and b"\0" not in data


def _is_stream(data: bytes) -> bool:
    return len(data) >= 8 and 8 + int.from_bytes(data[:8], "little") == len(data)
