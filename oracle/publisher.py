"""Moves publications to finality: observes, asks `oracle.publication_steps` what to do, does it, keeps it, and asks again.

The rim around a pure table. Between rounds it holds nothing that matters: what is under way is in the store, and a restart goes through
the same code as any round. Invariants:
- Nothing is sent that is not in the store; nothing is signed under a nonce that the ledger has not given out.
- Anchors are signed in the order of their indices, under ascending nonces, and no publication waits for a nonce that nobody uses: a gap
  below one that is signed is filled.
- Nothing is signed before the contract's code is known to be the right one, nothing is FINAL but by proof: an RPC delays, never decides.
"""

import asyncio
from collections.abc import Awaitable, Callable

from oracle.anchor_signer import TransactionSigner
from oracle.chain import Chain
from oracle.conditions import Conditions, Report
from oracle.errors import OracleError
from oracle.finality import AnchorTarget, Finality
from oracle.grounds import Ground, Grounds, ProvenGrounds, ReportedGrounds
from oracle.publication import Kind, Publication, PublicationStore, State, stage_filler
from oracle.publication_errors import (
    AnchorConflictError,
    AnchorNotProvenError,
    ContractChangedError,
    NonceGapError,
    RecordMovedError,
    RegistryNotGenuineError,
    RpcUnreachableError,
    VerdictRefusedOnChainError,
    WrongChainError,
)
from oracle.publication_steps import Doubt, Halt, Observation, Outbid, Record, Send, Sign, Wait, given_up, next_step
from oracle.sending import Sending
from oracle.settings import PublisherSettings

STEPS_PER_ROUND = 8
"""Changes of one record in one round: signed, sent, included, proven are four; the bound keeps a lying RPC from holding the loop."""
UNSIGNED = (State.STAGED, State.REPLACED)
"""States in which later publications of the kind have to wait."""
Action = Wait | Sign | Outbid | Send | Record
"""The steps that are done here; the others are told to the operator."""
UNMINED = (State.SIGNED, State.SENT)
"""States that count against the node's limit of waiting transactions."""


class Publisher:
    """Publishes what one gateway has to write. One runs per gateway and store."""

    def __init__(
        self,
        *,
        chain: Chain,
        finality: Finality | None,
        store: PublicationStore,
        signer: TransactionSigner,
        target: AnchorTarget,
        settings: PublisherSettings,
        now_ms: Callable[[], int],
        report: Report,
    ) -> None:
        """Takes the edges it works on; `report` is told of conditions as they begin and end. Without `finality` nothing becomes FINAL."""
        self._chain = chain
        self._store = store
        self._target = target
        self._settings = settings
        self._now_ms = now_ms
        self._conditions = Conditions(report)
        self._sending = Sending(chain, store, signer, settings, now_ms, self._conditions)
        self._grounds: Grounds = (
            ReportedGrounds(chain, target, store) if finality is None else ProvenGrounds(chain, finality, target, store)
        )
        self._chain_checked = False

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Publishes until cancelled.

        Error handling: what the world does wrong becomes a condition and a longer pause; errors that are no OracleError go through, and a
        restart resumes. Resource handling: closes nothing; chain, store and signer are the caller's.
        """
        failures = 0
        while True:
            failures = 0 if await self.step() else failures + 1
            pause = self._settings.poll_seconds * 2 ** min(failures, 16)
            await sleep(min(pause, max(self._settings.backoff_limit_seconds, self._settings.poll_seconds)))

    async def step(self) -> bool:
        """Takes every open publication as far as it goes now; returns whether nothing stood in the way of asking and keeping."""
        self._conditions.begin_round()
        try:
            await self._round()
        except OracleError as error:
            # Whatever was interrupted is in the store as far as it had come; the next round goes on from there.
            self._conditions.note(error)
            self._chain_checked = False
            return False
        finally:
            self._conditions.end_round()
        return True

    async def _round(self) -> None:
        stored = await self._store.load_open(self._target.gateway)
        self._sending.forget_but(stored)
        if not stored:
            return
        await self._check_chain()
        records = self._window(stored)
        ground = await self._look(records)
        if ground is not None and ground.reported is None:
            await self._fill_gaps(records, ground)
        mined = 0 if ground is None else ground.nonce
        unmined = sum(_is_pending(record, mined) for record in records)
        may_sign, waiting = True, set[Kind]()
        for record in records:
            may_sign = may_sign and unmined < self._settings.pending_limit
            try:
                moved = await self._advance(record, ground, may_sign=may_sign and record.kind not in waiting)
            except (AnchorConflictError, RecordMovedError, RpcUnreachableError):
                raise  # the others would fare no better
            except OracleError as error:
                # One record's trouble: those before and after it are followed all the same, but no nonce is given out past one it may hold.
                self._conditions.note(error)
                moved = record
                may_sign = False
            unmined += _is_pending(moved, mined) - _is_pending(record, mined)
            # A verdict that its resolver refused holds up no other: its number is signed for, only its nonce was in vain.
            if moved.state in UNSIGNED and not (moved.kind is Kind.VERDICT and moved.spent):
                waiting.add(moved.kind)

    def _window(self, stored: tuple[Publication, ...]) -> tuple[Publication, ...]:
        """Returns what this round works on, in the order of the store.

        A verdict may stay open for ever, refused by its resolver or unclear; those that were given up are only shown, and the others have
        a window of their own, so that none of them keeps an anchor out.
        """
        room = {True: self._settings.window, False: self._settings.window}
        chosen = []
        for record in stored:
            if given_up(record, self._settings.patience):
                self._conditions.note(VerdictRefusedOnChainError(record.index, record.spent))
            elif room[record.kind is Kind.VERDICT]:
                room[record.kind is Kind.VERDICT] -= 1
                chosen.append(record)
        return tuple(chosen)

    async def _check_chain(self) -> None:
        if not self._chain_checked:
            found = await self._chain.chain_id()
            if found != self._target.chain_id:
                raise WrongChainError(self._target.chain_id, found)
            self._chain_checked = True

    async def _look(self, records: tuple[Publication, ...]) -> Ground | None:
        try:
            return await self._grounds.look(records)
        except (ContractChangedError, RegistryNotGenuineError):
            raise  # another contract keeps other promises: nothing goes to it, not even what is signed
        except OracleError as error:
            # Without ground nothing is signed and nothing becomes final, but what is signed goes on being sent and followed.
            self._conditions.note(error)
            return None

    async def _fill_gaps(self, records: tuple[Publication, ...], ground: Ground) -> None:
        """Stages a filler for each nonce that is proven unused, that nobody holds, and that something signed waits for."""
        if not any(record.attempts for record in records):
            return
        for nonce in await self._store.find_gaps(self._target.gateway, ground.nonce):
            index = await self._store.next_index(self._target.gateway, Kind.FILLER)
            filler = stage_filler(records[0], index=index, nonce=nonce, now_ms=self._now_ms())
            if await self._store.compare_and_swap(None, filler):
                # On disk, unsigned: the next round signs it before anything else.
                self._conditions.remember(filler.key, NonceGapError(nonce))

    # One publication

    async def _advance(self, record: Publication, ground: Ground | None, *, may_sign: bool) -> Publication:
        """Returns the record as it stands after this round; raises AnchorConflictError where the whole gateway has to stop."""
        for _ in range(STEPS_PER_ROUND):
            step = next_step(record, await self._observe(record, ground), self._settings.patience)
            if isinstance(step, Halt):
                raise step.refusal
            if isinstance(step, Doubt):
                self._disbelieve(step.refusal)
                self._conditions.note(step.refusal)
                step = step.step
            after = await self._take(record, step, ground if may_sign else None)
            if after is None:
                return record
            record = after
            if record.state in UNSIGNED:
                return record
        return record

    async def _take(self, record: Publication, step: Action, ground: Ground | None) -> Publication | None:
        """Returns the record after a step, None where there is nothing more to do in this round."""
        match step:
            case Record(after, refusal):
                if refusal is not None:
                    self._disbelieve(refusal)
                    self._conditions.remember(record.key, refusal)
                return await self._sending.keep(record, after)
            case Sign():
                return None if ground is None else await self._sending.sign(record, ground)
            case Outbid():
                return await self._sending.outbid(record)
            case Send():
                return await self._sending.send(record)
            case Wait():
                return None

    async def _observe(self, record: Publication, ground: Ground | None) -> Observation:
        sent_ms = self._sending.sent_ms(record)
        receipt, known = None, False
        # What was signed a moment ago cannot be mined; everything else may be, also after a restart, once it has been handed over again.
        if record.state in {State.SENT, State.INCLUDED} or (record.state is State.SIGNED and sent_ms is not None):
            known = True
            for attempt in reversed(record.attempts):
                receipt = receipt or await self._chain.receipt(attempt.tx_hash)
        proven = ground.states.get(record.key) if ground else None
        return Observation(self._now_ms(), proven, known, receipt, sent_ms, ground.reported if ground else None)

    def _disbelieve(self, refusal: OracleError) -> None:
        if isinstance(refusal, AnchorNotProvenError):
            self._chain.disbelieve(refusal.tx_hash)


def _is_pending(record: Publication, mined: int) -> bool:
    """Returns whether a node may hold it as waiting; below the account's nonce nothing waits, whatever receipts say or hide."""
    return record.state in UNMINED and record.nonce is not None and record.nonce >= mined
