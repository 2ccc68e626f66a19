"""Signatures over the gateway's transactions, for the publisher: a guard that sees what it signs, behind an awaitable."""

import asyncio
from typing import Protocol

from oracle.fees import Fees
from oracle.signer import GuardedSigner, SigningRequest
from oracle.transaction import Transaction, commitment, signing_digest


class TransactionSigner(Protocol):
    """Signs the gateway's transactions. It is shown the call and its fees, never a bare digest."""

    @property
    def address(self) -> bytes:
        """Returns the address that sends them."""

    async def sign_transaction(self, stream: str, sequence: int, call: Transaction, fees: Fees) -> bytes:
        """Returns r, s, v over the EIP-1559 digest of `call`, the stream's transaction with that number.

        The same call may be signed again under another nonce or with other fees; another call under the number is refused.
        """


class GuardedTransactionSigner:
    """Signs through a GuardedSigner, in a thread: its memory and its key may both take their time."""

    def __init__(self, signer: GuardedSigner) -> None:
        """Takes the signer, whose policy must allow the streams of transactions."""
        self._signer = signer

    @property
    def address(self) -> bytes:
        """Returns the address that sends the transactions."""
        return self._signer.address

    async def sign_transaction(self, stream: str, sequence: int, call: Transaction, fees: Fees) -> bytes:
        """Returns r, s, v over the digest; raises what the signer's policy refuses."""
        # A transaction names no time, its block does: a clock set back must not hold it up.
        request = SigningRequest(stream, sequence, commitment(call), signing_digest(call, fees), time_s=0)
        return await asyncio.to_thread(self._signer.sign, request)
