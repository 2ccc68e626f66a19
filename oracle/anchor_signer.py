"""Signatures over the gateway's transactions, for the publisher: a guard that sees what it signs, behind an awaitable."""

import asyncio
from typing import Protocol

from oracle.fees import Fees
from oracle.signing.desk import SigningDesk
from oracle.transaction import Transaction


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
    """Has a signing desk sign, in a thread: its log and its key may both take their time."""

    def __init__(self, desk: SigningDesk) -> None:
        """Takes the desk, whose policy must allow the streams of transactions."""
        self._desk = desk

    @property
    def address(self) -> bytes:
        """Returns the address that sends the transactions."""
        return self._desk.gateway

    async def sign_transaction(self, stream: str, sequence: int, call: Transaction, fees: Fees) -> bytes:
        """Returns r, s, v over the digest; raises what the signer's policy refuses."""
        return await asyncio.to_thread(self._desk.sign_transaction, stream, sequence, call, fees)
