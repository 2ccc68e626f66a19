"""Moves anchors to finality: observes, asks `oracle.publication` what to do, does it, keeps it, and asks again.

The rim around a pure table. Between rounds it holds nothing that matters: what is under way is in the store, and a restart goes through
the same code as any round. Invariants:
- Nothing is sent that is not in the store; nothing is signed under a nonce that the ledger has not given out.
- Anchors are signed in the order of their indices, under ascending nonces: no anchor waits for a nonce that nobody uses.
- Nothing is signed before the registry's code is proven genuine, and nothing is FINAL but by proof. An RPC can delay, never decide.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from oracle import publication, transaction
from oracle.anchor import anchor_calldata
from oracle.anchor_signer import TransactionSigner
from oracle.chain import Chain, Sent
from oracle.conditions import Conditions, Report
from oracle.errors import OracleError
from oracle.fees import FeeHistory, Fees, first_fees, outbidding_fees
from oracle.finality import AnchorTarget, Finality, prove
from oracle.publication import Attempt, Publication, PublicationStore, State
from oracle.publication_errors import (
    AnchorConflictError,
    FeeCeilingError,
    NodeRefusesError,
    RecordMovedError,
    RpcRefusedError,
    RpcUnreachableError,
    WrongChainError,
)
from oracle.publication_steps import Doubt, Halt, Observation, Outbid, ProvenState, Record, Send, Sign, Wait, next_step
from oracle.settings import PublisherSettings
from oracle.signer import ANCHORS

STEPS_PER_ROUND = 8
"""Changes of one record in one round: signed, sent, included, proven are four; the bound keeps a lying RPC from holding the loop."""
UNSIGNED = (State.STAGED, State.REPLACED)
"""States in which later anchors have to wait."""
Action = Wait | Sign | Outbid | Send | Record
"""The steps that are done here; the others are told to the operator."""
UNMINED = (State.SIGNED, State.SENT)
"""States that count against the node's limit of waiting transactions."""


class Publisher:
    """Publishes the anchors of one gateway. One runs per gateway and store."""

    def __init__(
        self,
        *,
        chain: Chain,
        finality: Finality,
        store: PublicationStore,
        signer: TransactionSigner,
        target: AnchorTarget,
        settings: PublisherSettings,
        now_ms: Callable[[], int],
        report: Report,
    ) -> None:
        """Takes the edges it works on; `report` is told of conditions as they begin and end."""
        self._chain = chain
        self._finality = finality
        self._store = store
        self._signer = signer
        self._target = target
        self._settings = settings
        self._now_ms = now_ms
        self._conditions = Conditions(report)
        # Conveniences that may be lost at any time: when what was handed over, and what the last proof said.
        self._sent_ms: dict[bytes, int] = {}
        self._proven: tuple[object, dict[int, ProvenState]] = (None, {})
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
        """Takes every open anchor as far as it goes now; returns whether nothing stood in the way of asking and keeping."""
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
        self._forget_but(stored)
        if not stored:
            return
        await self._check_chain()
        records = stored[: self._settings.window]
        proven = await self._prove(records)
        unmined = sum(record.state in UNMINED for record in records)
        may_sign = True
        for record in records:
            may_sign = may_sign and unmined < self._settings.pending_limit
            try:
                moved = await self._advance(record, proven.get(record.index), may_sign=may_sign)
            except (AnchorConflictError, RecordMovedError, RpcUnreachableError):
                raise  # the others would fare no better
            except OracleError as error:
                # One anchor's trouble: those before and after it are followed all the same, but none is signed out of order.
                self._conditions.note(error)
                moved = record
                may_sign = False
            unmined += (moved.state in UNMINED) - (record.state in UNMINED)
            may_sign = may_sign and moved.state not in UNSIGNED

    async def _check_chain(self) -> None:
        if not self._chain_checked:
            found = await self._chain.chain_id()
            if found != self._target.chain_id:
                raise WrongChainError(self._target.chain_id, found)
            self._chain_checked = True

    async def _prove(self, records: Sequence[Publication]) -> dict[int, ProvenState]:
        indices = [record.index for record in records]
        key = (self._finality.finalized(), tuple(indices))
        if key != self._proven[0]:
            try:
                self._proven = (key, await prove(self._chain, self._finality, self._target, indices))
            except OracleError as error:
                # Without proof nothing is signed and nothing becomes final, but what is signed goes on being sent and followed.
                self._conditions.note(error)
                return {}
        return self._proven[1]

    # One anchor

    async def _advance(self, record: Publication, proven: ProvenState | None, *, may_sign: bool) -> Publication:
        """Returns the record as it stands after this round; raises AnchorConflictError where the whole gateway has to stop."""
        for _ in range(STEPS_PER_ROUND):
            step = next_step(record, await self._observe(record, proven), self._settings.patience)
            if isinstance(step, Halt):
                raise step.refusal
            if isinstance(step, Doubt):
                self._conditions.note(step.refusal)
                step = step.step
            after = await self._take(record, step, proven if may_sign else None)
            if after is None:
                return record
            record = after
            if record.state in UNSIGNED:
                return record
        return record

    async def _take(self, record: Publication, step: Action, proven: ProvenState | None) -> Publication | None:
        """Returns the record after a step, None where there is nothing more to do in this round."""
        match step:
            case Record(after, refusal):
                if refusal is not None:
                    self._conditions.remember(record.index, refusal)
                return await self._keep(record, after)
            case Sign():
                return None if proven is None else await self._sign(record, proven)
            case Outbid():
                return await self._outbid(record)
            case Send():
                return await self._send(record)
            case Wait():
                return None

    async def _observe(self, record: Publication, proven: ProvenState | None) -> Observation:
        sent_ms = self._sent_ms.get(record.attempts[-1].tx_hash) if record.attempts else None
        receipt, known = None, False
        # What was signed a moment ago cannot be mined; everything else may be, also after a restart, once it has been handed over again.
        if record.state in {State.SENT, State.INCLUDED} or (record.state is State.SIGNED and sent_ms is not None):
            known = True
            for attempt in reversed(record.attempts):
                receipt = receipt or await self._chain.receipt(attempt.tx_hash)
        return Observation(self._now_ms(), proven, known, receipt, sent_ms)

    async def _keep(self, before: Publication, after: Publication) -> Publication:
        if not await self._store.compare_and_swap(before, after):
            raise RecordMovedError(before.index)
        if after.state is State.FINAL:
            self._conditions.forget(after.index)
        elif after.state is State.INCLUDED:
            # Whatever the node had against it, the transaction is mined: after a restart "nonce too low" means just that.
            self._conditions.forget(after.index, NodeRefusesError)
        return after

    # Signing and sending. Each comment says what is true at that line, and so what a restart finds.

    async def _sign(self, record: Publication, proven: ProvenState) -> Publication | None:
        try:
            fees = first_fees(await self._fee_history(), self._settings.fees)
        except FeeCeilingError as error:
            self._conditions.note(error)
            return None
        # Nothing is reserved, nothing is signed.
        nonce = await self._store.reserve_nonce(record.gateway, record.index, proven.nonce)
        # The ledger has given this anchor a nonce. A restart gets the same one, so no nonce is left out.
        attempt = await self._attempt(record, nonce, fees)
        # A signed transaction exists in memory only. A restart signs another under the same nonce; this one never leaves.
        # Afterwards the transaction is on disk and nowhere else. A restart sends it.
        return await self._keep(record, publication.signed(record, nonce, attempt))

    async def _outbid(self, record: Publication) -> Publication | None:
        newest = record.attempts[-1]
        try:
            fees = outbidding_fees(Fees(newest.max_fee_wei, newest.priority_fee_wei), await self._fee_history(), self._settings.fees)
        except FeeCeilingError as error:
            # The ceiling is the operator's word: what is under way stays under way, and nodes are reminded of it.
            self._conditions.note(error)
            if self._now_ms() - self._sent_ms.get(newest.tx_hash, 0) >= self._settings.patience.resend_ms:
                await self._hand_over(record)
            return None
        assert record.nonce is not None
        attempt = await self._attempt(record, record.nonce, fees)
        # As above: in memory only. At most one transaction of a nonce is ever mined, so the earlier ones do no harm.
        return await self._keep(record, publication.outbid(record, attempt))

    async def _send(self, record: Publication) -> Publication | None:
        # SIGNED: no node may have it. SENT: one had it.
        sent = await self._hand_over(record)
        # A node may have it now, whatever it answered and even if the answer was lost. A restart sends the same bytes again.
        if sent is Sent.UNDERPRICED and len(record.attempts) < self._settings.patience.attempt_limit:
            return await self._outbid(record)
        if sent is Sent.TAKEN and record.state is State.SIGNED:
            return await self._keep(record, publication.accepted(record, self._now_ms()))
        return record

    async def _hand_over(self, record: Publication) -> Sent | None:
        newest = record.attempts[-1]
        refusal: OracleError | None
        try:
            sent = await self._chain.send_raw_transaction(newest.raw)
            refusal = None if sent is Sent.TAKEN else NodeRefusesError(record.index, sent.value, REMEDIES[sent])
        except RpcRefusedError as error:
            sent, refusal = None, NodeRefusesError(record.index, error.message, "look the node's words up, or use another RPC")
        self._sent_ms[newest.tx_hash] = self._now_ms()
        if refusal is None:
            self._conditions.forget(record.index, NodeRefusesError)
        else:
            self._conditions.remember(record.index, refusal)
        return sent

    async def _attempt(self, record: Publication, nonce: int, fees: Fees) -> Attempt:
        call = transaction.Transaction(
            chain_id=record.chain_id,
            nonce=nonce,
            to=record.registry,
            data=anchor_calldata(record.index, record.root, record.count),
            gas_limit=self._settings.gas_limit,
        )
        signed = await transaction.sign(
            call, fees, record.gateway, lambda _digest: self._signer.sign_transaction(ANCHORS, record.index, call, fees)
        )
        return Attempt(signed.tx_hash, signed.raw, fees.max_fee_wei, fees.priority_fee_wei, self._now_ms())

    async def _fee_history(self) -> FeeHistory:
        return await self._chain.fee_history(self._settings.fee_history_blocks)

    def _forget_but(self, records: Sequence[Publication]) -> None:
        kept = {attempt.tx_hash for record in records for attempt in record.attempts}
        self._sent_ms = {tx_hash: at for tx_hash, at in self._sent_ms.items() if tx_hash in kept}


REMEDIES = {
    Sent.NONCE_TOO_LOW: "if it was not ours, the proof of finalized state will say so and it is signed anew",
    Sent.UNDERPRICED: "it is outbid up to the ceiling in [oracle.publisher.fees]",
    Sent.UNFUNDED: "send ether to the gateway's address",
}
"""What becomes of each refusal, for the operator."""
