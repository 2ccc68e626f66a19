"""What to do next with a publication: from its record and what is seen of the world to one step. Pure.

Proven state outranks everything that an RPC says. The rules are few and in one order: what the proof says, then the state the record
is in. `oracle.publisher` does the steps; nothing here has an effect.
"""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from oracle.errors import RefusedError
from oracle.publication import CLOSED, Event, FinalizedBlock, Inclusion, Kind, Publication, State, advance
from oracle.publication_errors import (
    AnchorConflictError,
    AnchorNotProvenError,
    AnchorOverdueError,
    NonceSpentError,
    VerdictRefusedOnChainError,
    VerdictUnclearError,
)


@dataclass(frozen=True, slots=True)
class ProvenState:
    """What proofs say of one publication in finalized state."""

    block: FinalizedBlock
    """The block whose state was proven."""
    root: bytes
    """An anchor's storage slot, 32 bytes, zeros where nothing is anchored; of other kinds the record's root if it stands, else zeros."""
    nonce: int
    """The gateway's account nonce: how many of its transactions are mined."""
    uid: bytes | None = None
    """Uid of a verdict that stands."""


@dataclass(frozen=True, slots=True)
class ReportedState:
    """What an RPC says of a chain whose state is not proven here."""

    number: int
    """Number of the newest block that it calls final."""
    nonce: int
    """The gateway's account nonce in that block."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What is known at one moment of the world around a publication."""

    now_ms: int
    """The moment, milliseconds since the Unix epoch."""
    proven: ProvenState | None = None
    """Proven finalized state, if there is any yet."""
    receipts_known: bool = False
    """Whether an RPC answered about every attempt; otherwise a missing receipt means nothing."""
    receipt: Inclusion | None = None
    """The receipt of one of the attempts."""
    sent_ms: int | None = None
    """When the newest attempt was last handed to a node by this process."""
    reported: ReportedState | None = None
    """On a network without a light client of ours: what is said instead. Never there together with `proven`."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each kind of waiting lasts."""

    resend_ms: Annotated[int, Meta(ge=0)] = 60_000
    """A sent transaction without receipt is handed over again after this: nodes forget."""
    outbid_ms: Annotated[int, Meta(ge=0)] = 180_000
    """A transaction without receipt is outbid this long after it was signed: fifteen slots of a busy chain."""
    attempt_limit: Annotated[int, Meta(ge=1, le=64)] = 12
    """Transactions under one nonce; a dozen steps of an eighth make four times the first fee, and each is asked after in every round."""
    retry_ms: Annotated[int, Meta(ge=1)] = 60_000
    """Wait after the first nonce spent in vain; doubles each time."""
    retry_limit_ms: Annotated[int, Meta(ge=0)] = 3_600_000
    """Longest such wait."""
    verdict_tries: Annotated[int, Meta(ge=1, le=64)] = 3
    """A verdict whose nonce was spent in vain so often is not signed again: its resolver refuses it, and each try costs."""
    overdue_ms: Annotated[int, Meta(ge=0)] = 7_200_000
    """An inclusion that is not final after this is shown to the operator; finality takes 13 minutes where all is well."""


# Steps


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do now."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign the first transaction under a new nonce."""


@dataclass(frozen=True, slots=True)
class Outbid:
    """Sign the same call under the same nonce with higher fees."""


@dataclass(frozen=True, slots=True)
class Send:
    """Hand the newest attempt to a node."""


@dataclass(frozen=True, slots=True)
class Record:
    """Keep this change; ask again afterwards."""

    publication: Publication
    """The record as it must become."""
    refusal: RefusedError | None = None
    """What was refused with it, to be shown to the operator."""


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop publishing for this gateway: only a person can resolve this."""

    refusal: RefusedError
    """Why."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Tell the operator, believe nothing of it, and go on with the step."""

    refusal: RefusedError
    """What was refused."""
    step: "Wait | Send | Outbid"
    """What to do instead."""


Step = Wait | Sign | Outbid | Send | Record | Halt | Doubt


# Decisions


def given_up(publication: Publication, patience: Patience) -> bool:
    """Returns whether a verdict's resolver refused it so often that it is not signed again; nothing of it can be mined any more."""
    return publication.kind is Kind.VERDICT and publication.state is State.REPLACED and publication.spent >= patience.verdict_tries


def next_step(publication: Publication, seen: Observation, patience: Patience) -> Step:
    """Returns what to do with a publication, given what is seen of the world; proven state outranks everything an RPC says."""
    if publication.state in CLOSED:
        return Wait()
    step = _by_proof(publication, seen.proven, seen.now_ms) if seen.proven else None
    if step is None and seen.reported is not None:
        step = _by_report(publication, seen, seen.reported)
    if step is not None:
        return step
    match publication.state:
        case State.STAGED:
            return Sign()
        case State.REPLACED:
            return _replaced(publication, seen, patience)
        case State.INCLUDED:
            return _included(publication, seen, patience)
        case _:
            return _pending(publication, seen, patience)


def _by_proof(publication: Publication, proven: ProvenState, now_ms: int) -> Step | None:
    if proven.root == publication.root:
        return Record(advance(publication, Event.PROVEN, now_ms, final=proven.block, uid=proven.uid))
    if any(proven.root):
        return Halt(AnchorConflictError(publication.index, publication.root, proven.root))
    if publication.nonce is None or publication.state is State.REPLACED:
        return None
    claim = _disproven(publication, publication.inclusion, proven)
    if proven.nonce > publication.nonce:
        reverted = publication.inclusion is not None and not publication.inclusion.succeeded
        spent = NonceSpentError(publication.index, publication.nonce, proven.block.number, reverted=reverted)
        return Record(advance(publication, Event.SPENT, now_ms, inclusion=None, spent=publication.spent + 1), claim or spent)
    if publication.state is State.INCLUDED and claim is not None:
        return Record(advance(publication, Event.UNSEEN, now_ms, inclusion=None), claim)
    return None


def _by_report(publication: Publication, seen: Observation, reported: ReportedState) -> Step | None:
    """Returns what follows from words alone, where nothing better is to be had. Only what is mined twice without harm is signed anew."""
    claim, nonce = publication.inclusion, publication.nonce
    if not seen.receipts_known or nonce is None or publication.state is State.REPLACED:
        return None
    if publication.state is State.INCLUDED and claim is not None and claim == seen.receipt and claim.block_number <= reported.number:
        if claim.succeeded:
            return Record(advance(publication, Event.REPORTED, seen.now_ms))
    elif seen.receipt is not None or reported.nonce <= nonce:
        return None
    elif publication.kind is Kind.VERDICT:
        return Doubt(VerdictUnclearError(publication.index), Wait())
    reverted = claim is not None and not claim.succeeded
    spent = NonceSpentError(publication.index, nonce, reported.number, reverted=reverted)
    return Record(advance(publication, Event.SPENT, seen.now_ms, inclusion=None, spent=publication.spent + 1), spent)


def _disproven(publication: Publication, claimed: Inclusion | None, proven: ProvenState) -> AnchorNotProvenError | None:
    """Returns the refusal of a receipt that the state after its block contradicts; call it where that state holds no root."""
    if claimed is None or claimed.block_number > proven.block.number:
        return None
    if not claimed.succeeded and publication.nonce is not None and proven.nonce > publication.nonce:
        return None  # a failed transaction leaves no root and spends the nonce: nothing contradicts it
    return AnchorNotProvenError(publication.index, claimed.block_number, proven.block.number, claimed.tx_hash)


def _included(publication: Publication, seen: Observation, patience: Patience) -> Step:
    if not seen.receipts_known or seen.receipt == publication.inclusion:
        waited_ms = seen.now_ms - publication.since_ms
        return Doubt(AnchorOverdueError(publication.index, waited_ms), Wait()) if waited_ms >= patience.overdue_ms else Wait()
    if seen.receipt is None:
        return Record(advance(publication, Event.UNSEEN, seen.now_ms, inclusion=None))
    # Mined again elsewhere after a reorg, or another of our attempts was.
    return Record(advance(publication, Event.INCLUDED, seen.now_ms, inclusion=seen.receipt))


def _replaced(publication: Publication, seen: Observation, patience: Patience) -> Step:
    if given_up(publication, patience):
        return Doubt(VerdictRefusedOnChainError(publication.index, publication.spent), Wait())
    wait_ms = min(patience.retry_ms << min(publication.spent - 1, 32), patience.retry_limit_ms)
    return Sign() if seen.now_ms - publication.since_ms >= wait_ms else Wait()


def _pending(publication: Publication, seen: Observation, patience: Patience) -> Step:
    refusal = _disproven(publication, seen.receipt, seen.proven) if seen.proven else None
    if seen.receipt is not None and refusal is None:
        return Record(advance(publication, Event.INCLUDED, seen.now_ms, inclusion=seen.receipt))
    age_ms = seen.now_ms - publication.attempts[-1].signed_ms
    step: Wait | Send | Outbid = Wait()
    if seen.sent_ms is None:
        step = Send()  # after a restart too: handing over twice is harmless
    elif seen.receipts_known and age_ms >= patience.outbid_ms and len(publication.attempts) < patience.attempt_limit:
        step = Outbid()
    elif seen.now_ms - seen.sent_ms >= patience.resend_ms:
        step = Send()
    return step if refusal is None else Doubt(refusal, step)
