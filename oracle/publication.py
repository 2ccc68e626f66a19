"""One anchor on its way to finality: its record, the table of its states, and what a store promises.

Pure: no clock, no socket, no store. `oracle.publication_steps` decides what to do next, `oracle.publisher` does it and keeps every change
by compare-and-swap; a restart reads the records and asks again, by the same code path. Invariants:
- One record is one batch of one gateway. Its index, root and count never change.
- `TRANSITIONS` is the whole machine; `docs/publication.md` shows the same table.
- A transaction is in the record before it is sent, and every transaction of a record carries the record's one nonce, so that at
  most one of them can ever be mined.
- FINAL comes from proven state only. So does REPLACED: a nonce counts as spent when the proven account says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import msgspec

from oracle.publication_errors import TransitionRefusedError


class State(StrEnum):
    """Where a publication stands, and what is true there."""

    STAGED = "staged"
    """Index and root are fixed. Nothing is signed."""
    SIGNED = "signed"
    """A signed transaction is in the record. Whether any node has seen it is unknown; sending it again is harmless."""
    SENT = "sent"
    """A node took the transaction. It may be dropped, outbid or mined."""
    INCLUDED = "included"
    """An RPC says that it is mined. A reorg, or the truth, may undo that."""
    FINAL = "final"
    """Our own light client proved the root in finalized state. Nothing undoes it."""
    REPLACED = "replaced"
    """Proven: the nonce was spent by something else, or by our transaction failing. A new nonce is needed."""


class Event(StrEnum):
    """What happens to a publication."""

    SIGNED = "signed"
    """A transaction was signed under a new nonce."""
    OUTBID = "outbid"
    """A transaction with higher fees was signed under the same nonce."""
    ACCEPTED = "accepted"
    """A node answered that it has one of our transactions."""
    INCLUDED = "included"
    """A receipt of one of our transactions was seen."""
    UNSEEN = "unseen"
    """The receipt is gone, or proven state contradicts it."""
    PROVEN = "proven"
    """Finalized state holds our root."""
    SPENT = "spent"
    """Finalized state holds no root, and an account nonce beyond ours."""


TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.STAGED: {
        Event.SIGNED: State.SIGNED,
        Event.PROVEN: State.FINAL,
    },
    State.SIGNED: {
        Event.ACCEPTED: State.SENT,
        Event.OUTBID: State.SIGNED,
        Event.INCLUDED: State.INCLUDED,
        Event.PROVEN: State.FINAL,
        Event.SPENT: State.REPLACED,
    },
    State.SENT: {
        Event.OUTBID: State.SIGNED,
        Event.INCLUDED: State.INCLUDED,
        Event.PROVEN: State.FINAL,
        Event.SPENT: State.REPLACED,
    },
    State.INCLUDED: {
        Event.INCLUDED: State.INCLUDED,
        Event.UNSEEN: State.SENT,
        Event.PROVEN: State.FINAL,
        Event.SPENT: State.REPLACED,
    },
    State.REPLACED: {
        Event.SIGNED: State.SIGNED,
        Event.PROVEN: State.FINAL,
    },
    State.FINAL: {},
}
"""The whole machine. What is not here does not happen."""


# Records


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction."""

    tx_hash: bytes
    """keccak256 of `raw`, by which nodes know it."""
    raw: bytes
    """The signed transaction as sent (EIP-2718); no secret."""
    max_fee_wei: int
    """`max_fee_per_gas` (EIP-1559)."""
    priority_fee_wei: int
    """`max_priority_fee_per_gas` (EIP-1559)."""
    signed_ms: int
    """When it was signed, milliseconds since the Unix epoch."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What an RPC says of a mined transaction."""

    tx_hash: bytes
    """Which of the attempts."""
    block_number: int
    """Number of the block said to hold it."""
    block_hash: bytes
    """Hash of the block said to hold it."""
    succeeded: bool
    """Whether execution is said to have succeeded."""
    gas_used: int
    """Gas said to have been used."""


@dataclass(frozen=True, slots=True)
class FinalizedBlock:
    """An execution block that the light client holds for final."""

    number: int
    """Block number."""
    block_hash: bytes
    """Block hash."""
    state_root: bytes
    """Root of the state after the block."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One anchor on its way to finality."""

    chain_id: int
    """Chain that the anchor goes to (EIP-155)."""
    registry: bytes
    """Address of the AnchorRegistry, 20 bytes."""
    gateway: bytes
    """Address that anchors, 20 bytes."""
    index: int
    """The batch's number among this gateway's batches."""
    root: bytes
    """The batch's Merkle root, 32 bytes."""
    count: int
    """How many statements are under the root."""
    staged_ms: int
    """When it was staged, milliseconds since the Unix epoch."""
    state: State = State.STAGED
    """Where it stands."""
    since_ms: int = 0
    """When it came to stand there."""
    revision: int = 0
    """Grows by one with every change; what compare-and-swap compares."""
    nonce: int | None = None
    """Nonce of all the attempts."""
    attempts: tuple[Attempt, ...] = ()
    """Every transaction signed under `nonce`, oldest first. Any of them may be the one that is mined."""
    inclusion: Inclusion | None = None
    """The receipt in INCLUDED; in FINAL the last one seen, if any."""
    final: FinalizedBlock | None = None
    """In FINAL: the block against whose state the anchor was proven."""
    spent: int = 0
    """How many nonces were spent in vain."""


class PublicationStore(Protocol):
    """Keeps publications and the nonce ledger.

    Every method that returns has its effect on disk: a power cut afterwards does not undo it. A method that raises may have done its
    work or not; callers read again before they go on. SurroundingsError says that storage stands in the way and may come back; any other
    exception ends the publisher. Calls may come from one publisher at a time per gateway.
    """

    async def load_open(self, gateway: bytes) -> tuple[Publication, ...]:
        """Returns every publication of the gateway that is not FINAL, ascending by index."""

    async def compare_and_swap(self, old: Publication | None, new: Publication) -> bool:
        """Stores `new` if the stored record of its (gateway, index) has the revision of `old`, and says whether it did.

        With `old` None it inserts, and only the index that follows the gateway's last one (0 at first); anything else is False.
        """

    async def reserve_nonce(self, gateway: bytes, index: int, floor: int) -> int:
        """Returns the nonce for this anchor: the one reserved for it before if that is >= `floor`, else a new one, then on disk.

        A new one is the larger of `floor` and one more than the highest ever reserved for the gateway. Asking again gives the same.
        """


def stage(chain_id: int, registry: bytes, gateway: bytes, *, index: int, root: bytes, count: int, now_ms: int) -> Publication:
    """Returns the record of a batch that is to be anchored; insert it with `compare_and_swap(None, ...)` in the batch's transaction."""
    return Publication(chain_id, registry, gateway, index, root, count, staged_ms=now_ms, since_ms=now_ms)


def encode(publication: Publication) -> bytes:
    """Returns the record as JSON, for a store's column; bytes are base64."""
    return msgspec.json.encode(publication)


def decode(document: bytes | str) -> Publication:
    """Returns the record that `encode` wrote."""
    return msgspec.json.decode(document, type=Publication)


# What happens


def advance(publication: Publication, event: Event, now_ms: int, **changes: object) -> Publication:
    """Returns the record after an event, one revision later.

    Raises TransitionRefusedError where the table does not know the event in the record's state.
    """
    state = TRANSITIONS[publication.state].get(event)
    if state is None:
        raise TransitionRefusedError(publication.index, publication.state, event)
    return replace(publication, state=state, since_ms=now_ms, revision=publication.revision + 1, **changes)  # type: ignore[arg-type]


def signed(publication: Publication, nonce: int, attempt: Attempt) -> Publication:
    """Returns the record with its first transaction under a new nonce; those under a spent nonce are dropped, they can never be mined."""
    return advance(publication, Event.SIGNED, attempt.signed_ms, nonce=nonce, attempts=(attempt,), inclusion=None)


def outbid(publication: Publication, attempt: Attempt) -> Publication:
    """Returns the record with one more transaction under the same nonce."""
    return advance(publication, Event.OUTBID, attempt.signed_ms, attempts=(*publication.attempts, attempt))


def accepted(publication: Publication, now_ms: int) -> Publication:
    """Returns the record after a node said that it has our transaction."""
    return advance(publication, Event.ACCEPTED, now_ms)
