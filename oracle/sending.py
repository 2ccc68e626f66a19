"""Signs publications and hands them to nodes: within ceilings and the day's budget, under nonces of the ledger, kept before they are sent.

Each comment says what is true at that line, and so what a restart finds. `oracle.publisher` decides when.
"""

from collections.abc import Callable, Sequence

from oracle import publication, transaction
from oracle.anchor_signer import TransactionSigner
from oracle.calls import calldata_of
from oracle.chain import Chain, Sent
from oracle.conditions import Conditions
from oracle.errors import OracleError
from oracle.fees import FeeHistory, Fees, check_budget, day_of, first_fees, outbidding_fees
from oracle.grounds import Ground
from oracle.publication import Attempt, Kind, Publication, PublicationStore, State
from oracle.publication_errors import FeeBudgetError, FeeCeilingError, NodeRefusesError, RecordMovedError, RpcRefusedError
from oracle.settings import PublisherSettings


class Sending:
    """Signs, keeps and hands over. What it remembers itself may be lost at any time."""

    def __init__(
        self,
        chain: Chain,
        store: PublicationStore,
        signer: TransactionSigner,
        settings: PublisherSettings,
        now_ms: Callable[[], int],
        conditions: Conditions,
    ) -> None:
        """Takes the edges it works on."""
        self._chain, self._store, self._signer = chain, store, signer
        self._settings, self._now_ms, self._conditions = settings, now_ms, conditions
        self._sent_ms: dict[bytes, int] = {}

    def sent_ms(self, record: Publication) -> int | None:
        """Returns when the newest attempt was last handed over by this process."""
        return self._sent_ms.get(record.attempts[-1].tx_hash) if record.attempts else None

    def forget_but(self, records: Sequence[Publication]) -> None:
        """Forgets when anything else was handed over."""
        kept = {attempt.tx_hash for record in records for attempt in record.attempts}
        self._sent_ms = {tx_hash: at for tx_hash, at in self._sent_ms.items() if tx_hash in kept}

    async def keep(self, before: Publication, after: Publication) -> Publication:
        """Returns the record once it is on disk; raises RecordMovedError where somebody else changed it meanwhile."""
        if not await self._store.compare_and_swap(before, after):
            raise RecordMovedError(before.index)
        if after.state in publication.CLOSED:
            self._conditions.forget(after.key)
        elif after.state is State.INCLUDED:
            # Whatever the node had against it, the transaction is mined: after a restart "nonce too low" means just that.
            self._conditions.forget(after.key, NodeRefusesError)
        return after

    async def sign(self, record: Publication, ground: Ground) -> Publication | None:
        """Returns the record with its first transaction under a new nonce; None where it costs more than is allowed now."""
        try:
            fees = first_fees(await self._fee_history(), self._settings.fees)
            await self._check_budget(self._settings.gas_limit_of(record.kind) * fees.max_fee_wei)
        except (FeeCeilingError, FeeBudgetError) as error:
            self._conditions.note(error)
            return None
        # Nothing is reserved, nothing is signed.
        nonce = await self._nonce(record, ground)
        # The ledger has given this record a nonce. A restart gets the same one, so no nonce is left out.
        attempt = await self._attempt(record, nonce, fees)
        # A signed transaction exists in memory only. A restart signs another under the same nonce; this one never leaves.
        # Afterwards the transaction is on disk and nowhere else, and its cost counts. A restart sends it.
        return await self.keep(record, publication.signed(record, nonce, attempt, after_s=ground.after_s))

    async def outbid(self, record: Publication) -> Publication | None:
        """Returns the record with a dearer transaction under its nonce; None where that costs more than is allowed now."""
        newest = record.attempts[-1]
        try:
            fees = outbidding_fees(Fees(newest.max_fee_wei, newest.priority_fee_wei), await self._fee_history(), self._settings.fees)
            await self._check_budget(self._settings.gas_limit_of(record.kind) * fees.max_fee_wei - record.cost_wei())
        except (FeeCeilingError, FeeBudgetError) as error:
            # The limits are the operator's word: what is under way stays under way, and nodes are reminded of it.
            self._conditions.note(error)
            if self._now_ms() - self._sent_ms.get(newest.tx_hash, 0) >= self._settings.patience.resend_ms:
                await self._hand_over(record)
            return None
        assert record.nonce is not None
        attempt = await self._attempt(record, record.nonce, fees)
        # As above: in memory only. At most one transaction of a nonce is ever mined, so the earlier ones do no harm.
        return await self.keep(record, publication.outbid(record, attempt))

    async def send(self, record: Publication) -> Publication | None:
        """Returns the record after its newest transaction was handed over, outbid at once where that was too cheap."""
        # SIGNED: no node may have it. SENT: one had it.
        sent = await self._hand_over(record)
        # A node may have it now, whatever it answered and even if the answer was lost. A restart sends the same bytes again.
        if sent is Sent.UNDERPRICED and len(record.attempts) < self._settings.patience.attempt_limit:
            return await self.outbid(record)
        if sent is Sent.TAKEN and record.state is State.SIGNED:
            return await self.keep(record, publication.accepted(record, self._now_ms()))
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
            self._conditions.forget(record.key, NodeRefusesError)
        else:
            self._conditions.remember(record.key, refusal)
        return sent

    async def _nonce(self, record: Publication, ground: Ground) -> int:
        if record.kind is Kind.FILLER:
            assert record.nonce is not None, "a filler is made for one nonce"
            return record.nonce
        return await self._store.reserve_nonce(record.gateway, record.key, ground.nonce)

    async def _attempt(self, record: Publication, nonce: int, fees: Fees) -> Attempt:
        call = transaction.Transaction(
            chain_id=record.chain_id,
            nonce=nonce,
            to=record.registry,
            data=calldata_of(record),
            gas_limit=self._settings.gas_limit_of(record.kind),
        )
        signed = await transaction.sign(
            call, fees, record.gateway, lambda _digest: self._signer.sign_transaction(record.kind.value, record.index, call, fees)
        )
        return Attempt(signed.tx_hash, signed.raw, fees.max_fee_wei, fees.priority_fee_wei, self._now_ms(), call.gas_limit)

    async def _check_budget(self, wanted_wei: int) -> None:
        policy = self._settings.fees
        if policy.budget_wei_per_day:
            check_budget(wanted_wei, await self._store.spent_wei(self._signer.address, day_of(self._now_ms())), policy)

    async def _fee_history(self) -> FeeHistory:
        return await self._chain.fee_history(self._settings.fee_history_blocks)


REMEDIES = {
    Sent.NONCE_TOO_LOW: "if it was not ours, the proof of finalized state will say so and it is signed anew",
    Sent.UNDERPRICED: "it is outbid up to the ceiling in [oracle.publisher.fees]",
    Sent.UNFUNDED: "send ether to the gateway's address",
}
"""What becomes of each refusal, for the operator."""
