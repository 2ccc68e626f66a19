"""A person's transactions, one at a time: estimated first, sent once, followed to their receipt.

For commands that an operator, a buyer or a supplier runs by hand, whose RPC is their own choice and is believed about receipts. What must
survive a crash, the gateway's anchors and verdicts, goes through `oracle.publisher` instead, which believes proofs only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oracle.chain import ChainRpc, Sent
from oracle.fees import FeePolicy, Fees, first_fees
from oracle.publication import Inclusion
from oracle.publication_errors import (
    NodeRefusesError,
    NotMinedError,
    RpcRefusedError,
    RpcUnreachableError,
    TransactionFailedError,
    TransactionRevertsError,
    WrongChainError,
)
from oracle.revert_words import in_words
from oracle.reverts import describe
from oracle.signer import Signer
from oracle.transaction import GAS_CAP, Transaction, sign

HISTORY_BLOCKS = 5
"""Blocks that the priority fee is taken from."""
GAS_PERMILLE = 1200
"""Room above the estimate, in thousandths: what others do meanwhile may warm or cool a slot."""
POLLS = 240
"""How often a receipt is asked for before giving up; with a pause of a second, twenty slots."""

Sleep = Callable[[float], Awaitable[None]]
"""Pauses for so many seconds."""
Abi = Iterable[Mapping[str, Any]]
"""What a contract's errors are named by."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transaction that would succeed now, and what it may cost."""

    what: str
    """What it is for, in a few words."""
    transaction: Transaction
    """The call."""
    fees: Fees
    """What it offers."""

    @property
    def most_wei(self) -> int:
        """The most it can cost, with what it sends along."""
        return self.transaction.gas_limit * self.fees.max_fee_wei + self.transaction.value_wei


class Transactor:
    """Sends one key's transactions on one chain."""

    def __init__(
        self,
        chain: ChainRpc,
        signer: Signer,
        chain_id: int,
        *,
        abis: Iterable[Abi] = (),
        fees: FeePolicy | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Takes the chain, the key, the chain that it must be, and the ABIs that name what may go wrong."""
        self._chain = chain
        self._signer = signer
        self._chain_id = chain_id
        self._abis = tuple(tuple(abi) for abi in abis)
        self._fees = fees or FeePolicy()
        self._sleep = sleep

    @property
    def address(self) -> bytes:
        """Returns the sender's address."""
        return self._signer.address

    @property
    def chain_id(self) -> int:
        """Returns the chain that it sends to."""
        return self._chain_id

    async def code(self, address: bytes) -> bytes:
        """Returns a contract's code, by the node's word."""
        return await self._chain.get_code(address)

    async def ask(self, to: bytes, calldata: bytes) -> bytes:
        """Returns what a contract answers the sender, by the node's word."""
        return await self._chain.call(to, calldata, self.address)

    async def prepare(self, what: str, to: bytes | None, calldata: bytes, value_wei: int = 0) -> Prepared:
        """Returns the transaction with its gas and fees; nothing is signed yet.

        Raises:
            WrongChainError: the RPC serves another chain.
            TransactionRevertsError: it would revert now, with the contract's named error.
            FeeCeilingError: the chain wants more than the policy allows.

        """
        found = await self._chain.chain_id()
        if found != self._chain_id:
            raise WrongChainError(self._chain_id, found)
        try:
            gas = await self._chain.estimate_gas(self.address, to, calldata, value_wei)
        except RpcRefusedError as error:
            reason = in_words(describe(error.revert_data, self._abis)) if error.revert_data else error.message
            raise TransactionRevertsError(what, reason) from error
        fees = first_fees(await self._chain.fee_history(HISTORY_BLOCKS), self._fees)
        nonce = await self._chain.nonce(self.address, "pending")
        limit = min(gas * GAS_PERMILLE // 1000, GAS_CAP)
        return Prepared(what, Transaction(self._chain_id, nonce, to, calldata, limit, value_wei), fees)

    async def send(self, prepared: Prepared) -> Inclusion:
        """Returns the receipt of a prepared transaction, once it is mined and succeeded.

        Raises:
            NodeRefusesError: the node does not take it.
            TransactionFailedError: it was mined and reverted.
            NotMinedError: it is not mined after twenty slots; it may be still, so look before sending again.

        """
        signed = await sign(prepared.transaction, prepared.fees, self.address, self._sign_digest)
        sent = await self._chain.send_raw_transaction(signed.raw)
        if sent is not Sent.TAKEN:
            raise NodeRefusesError(prepared.transaction.nonce, sent.value, "give the sender ether and use its key nowhere else meanwhile")
        for _ in range(POLLS):
            receipt = await self._receipt(signed.tx_hash)
            if receipt is not None:
                if not receipt.succeeded:
                    raise TransactionFailedError(signed.tx_hash, prepared.what)
                return receipt
            await self._sleep(1.0)
        raise NotMinedError(signed.tx_hash, prepared.what, POLLS)

    async def _receipt(self, tx_hash: bytes) -> Inclusion | None:
        try:
            return await self._chain.receipt(tx_hash)
        except (RpcRefusedError, RpcUnreachableError):
            # The transaction is on its way: a node that still indexes, or is gone for a moment, is no reason to look away.
            return None

    async def transact(self, what: str, to: bytes | None, calldata: bytes, value_wei: int = 0) -> Inclusion:
        """Returns the receipt of a transaction; raises what `prepare` and `send` raise."""
        return await self.send(await self.prepare(what, to, calldata, value_wei))

    async def _sign_digest(self, digest: bytes) -> bytes:
        return await asyncio.to_thread(self._signer.sign_digest, digest)
