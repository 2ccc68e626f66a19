"""One transaction that has to stand on chain, on its way to finality: its record, the table of its states, and what a store promises.

Pure: no clock, no socket, no store. `oracle.publication_steps` decides what to do next, `oracle.publisher` does it and keeps every change
by compare-and-swap; a restart reads the records and asks again, by the same code path. Invariants:
- One record is one thing to be written: a batch's anchor or stamp, a verdict, a revocation, a nonce's filling. That never changes.
- `TRANSITIONS` is the whole machine; `docs/publication.md` shows the same table.
- A transaction is in the record before it is sent, and every transaction of a record carries the record's one nonce, so that at
  most one of them can ever be mined.
- FINAL comes from proven state only. So does REPLACED: a nonce counts as spent when the proven account says so. On a network whose state
  nobody here can prove, REPORTED is as far as it goes, and it is called by that name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import msgspec

from oracle.keccak import keccak256
from oracle.publication_errors import TransitionRefusedError


class Kind(StrEnum):
    """What a publication writes, and so how it is proven. Each kind counts its own indices."""

    ANCHOR = "anchor"
    """A batch's root in the AnchorRegistry."""
    STAMP = "stamp"
    """A batch's salted root in EAS' timestamps, where only EAS exists."""
    VERDICT = "verdict"
    """An attestation on chain that moves money."""
    REVOCATION = "revocation"
    """The revocation of an off-chain attestation."""
    FILLER = "filler"
    """Nothing: it uses up a nonce that nobody else will, so that later transactions can be mined."""


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
    """Our own light client proved it in finalized state. Nothing undoes it."""
    REPLACED = "replaced"
    """Proven: the nonce was spent by something else, or by our transaction failing. A new nonce is needed."""
    REPORTED = "reported"
    """An RPC says that the block with it is final, on a network whose state we cannot prove. That is all it ever says."""


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
    """Finalized state holds it."""
    SPENT = "spent"
    """Finalized state does not hold it, and an account nonce beyond ours."""
    REPORTED = "reported"
    """No light client of ours follows the network, and an RPC calls the block with it final."""


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
        Event.REPORTED: State.REPORTED,
    },
    State.REPLACED: {
        Event.SIGNED: State.SIGNED,
        Event.PROVEN: State.FINAL,
    },
    State.FINAL: {},
    State.REPORTED: {},
}
"""The whole machine. What is not here does not happen."""
CLOSED = frozenset(state for state, events in TRANSITIONS.items() if not events)
"""States in which nothing is left to do."""


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
    gas_limit: int = 0
    """Most gas that it may use: with `max_fee_wei` the most that it can cost."""


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
    price_wei: int = 0
    """What is said to have been paid for each unit of gas (`effectiveGasPrice`); 0 where nothing is said."""


@dataclass(frozen=True, slots=True)
class FinalizedBlock:
    """An execution block that the light client holds for final."""

    number: int
    """Block number."""
    block_hash: bytes
    """Block hash."""
    state_root: bytes
    """Root of the state after the block."""
    time_s: int = 0
    """The block's time, seconds since the Unix epoch."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One transaction on its way to finality."""

    chain_id: int
    """Chain that it goes to (EIP-155)."""
    registry: bytes
    """Address of the contract called, 20 bytes: the AnchorRegistry, EAS, or for a filler the gateway itself."""
    gateway: bytes
    """Address that sends, 20 bytes."""
    index: int
    """Its number among this gateway's publications of its kind; an anchor's or stamp's is the batch's."""
    root: bytes
    """What is never contradicted under this index, 32 bytes: the batch's root, the revoked uid, or the hash of the calldata."""
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
    kind: Kind = Kind.ANCHOR
    """What it writes."""
    calldata: bytes = b""
    """What the contract is called with; empty for an anchor, whose calldata follows from index, root and count, and for a filler."""
    after_s: int | None = None
    """Time of the block that was final when it was first signed: no block before then can hold it."""

    uid: bytes | None = None
    """In FINAL: the uid under which a verdict stands."""

    @property
    def key(self) -> "Key":
        """Returns what names the record among the gateway's publications."""
        return (self.kind, self.index)

    def cost_wei(self) -> int:
        """Returns what it costs: by its receipt where one was seen, else the most that its transactions can cost.

        A receipt is an RPC's word; more than the transaction offers is not believed of it.
        """
        worst = max((attempt.gas_limit * attempt.max_fee_wei for attempt in self.attempts), default=0)
        told = self.inclusion.gas_used * self.inclusion.price_wei if self.inclusion else 0
        return min(told, worst) or worst


Key = tuple[Kind, int]
"""Kind and index: one publication of a gateway."""


class PublicationStore(Protocol):
    """Keeps publications, the nonce ledger, and what was spent on fees.

    Every method that returns has its effect on disk: a power cut afterwards does not undo it. A method that raises may have done its
    work or not; callers read again before they go on. SurroundingsError says that storage stands in the way and may come back; any other
    exception ends the publisher. Calls may come from one publisher at a time per gateway.
    """

    async def load_open(self, gateway: bytes) -> tuple[Publication, ...]:
        """Returns every publication of the gateway that is not CLOSED: fillers first, then in the order in which they were staged."""

    async def compare_and_swap(self, old: Publication | None, new: Publication) -> bool:
        """Stores `new` if the stored record of its (gateway, kind, index) has the revision of `old`, and says whether it did.

        With `old` None it inserts, and only the index that follows the gateway's last one of the kind (0 at first); anything else is False.
        With the record it keeps what the record costs, under the day on which its nonce was first signed for.
        """

    async def reserve_nonce(self, gateway: bytes, key: Key, floor: int) -> int:
        """Returns the larger of `floor` and one beyond the highest nonce held, and notes on disk for what it was reserved.

        A nonce is held by an open publication that has a transaction under it, or that is a filler made for it. Asking again before
        anything is signed gives the same: what was never signed for holds nothing.
        """

    async def next_index(self, gateway: bytes, kind: Kind) -> int:
        """Returns the index that the gateway's next publication of a kind must have."""

    async def find_gaps(self, gateway: bytes, floor: int) -> tuple[int, ...]:
        """Returns the nonces from `floor` on that no open publication holds although a later one is held, a few at most."""

    async def spent_wei(self, gateway: bytes, since_ms: int) -> int:
        """Returns what the publications cost together whose nonces were first signed for since then."""

    async def pin(self, address: bytes, fingerprint: bytes) -> bytes:
        """Returns the fingerprint kept for a contract; the given one where none was, which then is kept."""


def stage(chain_id: int, registry: bytes, gateway: bytes, *, index: int, root: bytes, count: int, now_ms: int) -> Publication:
    """Returns the record of a batch that is to be anchored; insert it with `compare_and_swap(None, ...)` in the batch's transaction."""
    return Publication(chain_id, registry, gateway, index, root, count, staged_ms=now_ms, since_ms=now_ms)


def stage_call(
    kind: Kind, chain_id: int, contract: bytes, gateway: bytes, *, index: int, root: bytes, calldata: bytes, now_ms: int, count: int = 1
) -> Publication:
    """Returns the record of a call that is to be made; `oracle.calls` knows the calls. Insert it with `compare_and_swap(None, ...)`."""
    return Publication(chain_id, contract, gateway, index, root, count, staged_ms=now_ms, since_ms=now_ms, kind=kind, calldata=calldata)


def stage_filler(like: Publication, *, index: int, nonce: int, now_ms: int) -> Publication:
    """Returns the record that uses up a nonce which nobody else will, so that the publications after it can be mined."""
    root = keccak256(b"AiOS nonce filler" + nonce.to_bytes(8, "big"))
    return Publication(
        like.chain_id, like.gateway, like.gateway, index, root, 0, staged_ms=now_ms, since_ms=now_ms, nonce=nonce, kind=Kind.FILLER
    )


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


def signed(publication: Publication, nonce: int, attempt: Attempt, *, after_s: int = 0) -> Publication:
    """Returns the record with its first transaction under a new nonce; those under a spent nonce are dropped, they can never be mined.

    `after_s` is the time of the block that is final now; the first one stays, for what an earlier nonce carried must still be found.
    """
    first = after_s if publication.after_s is None else publication.after_s
    return advance(publication, Event.SIGNED, attempt.signed_ms, nonce=nonce, attempts=(attempt,), inclusion=None, after_s=first)


def outbid(publication: Publication, attempt: Attempt) -> Publication:
    """Returns the record with one more transaction under the same nonce."""
    return advance(publication, Event.OUTBID, attempt.signed_ms, attempts=(*publication.attempts, attempt))


def accepted(publication: Publication, now_ms: int) -> Publication:
    """Returns the record after a node said that it has our transaction."""
    return advance(publication, Event.ACCEPTED, now_ms)
