"""Transactions on their way: handed to every endpoint, remembered, and found again in verified blocks even if endpoints deny them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from lightclient.endpoints.endpoint import Endpoint
from lightclient.endpoints.errors import EndpointRefused, WrongEndpointChain
from lightclient.errors import LightClientError
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.json_fields import quantity
from lightclient.execution.transactions import Transaction, decode_pooled_transaction, transaction_from_json
from lightclient.rpc.asking import Asking
from lightclient.rpc.cache import Recent
from lightclient.rpc.endpoint_errors import SwallowedTransaction, WrongPendingTransaction, WrongSentHash
from lightclient.rpc.errors import InvalidParameter, ReplayableTransaction, TransactionOfAnotherChain
from lightclient.rpc.forms import hex_data
from lightclient.rpc.headers import mapping

KNOWN_WORDS = ("already known", "known transaction", "alreadyknown", "already imported", "already exists")
"""What nodes say of a transaction that they have already; there is no code for it."""

LOOKS = 3
"""How often an endpoint is asked whether it knows what it accepted: several servers behind one address take a moment to agree."""

LOOK_PAUSE_SECONDS = 0.5
"""Pause between two such questions."""


@dataclass(slots=True)
class Sent:
    """A transaction that was handed over here."""

    transaction: Transaction
    """The transaction."""
    searched: int
    """Number of the newest block in which it was looked for."""


class Sending:
    """Hands transactions over, and remembers a bounded number of them."""

    def __init__(self, asking: Asking, chain_id: int, remembered: int, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._asking = asking
        self._chain_id = chain_id
        self._sleep = sleep
        self._sent: Recent[bytes, Sent] = Recent(remembered)
        self._nonces: Recent[tuple[bytes, int], bytes] = Recent(remembered)

    def sent(self, transaction_hash: bytes) -> Sent | None:
        """Returns what is remembered of a transaction handed over here."""
        return self._sent.get(transaction_hash)

    def next_nonce(self, sender: bytes, nonce: int) -> int:
        """Returns the first nonce from `nonce` on that no remembered transaction of the sender has."""
        while self._nonces.get((sender, nonce)) is not None:
            nonce += 1
        return nonce

    def parse(self, raw: bytes) -> Transaction:
        """Returns the signed transaction that a caller wants to send.

        Raises:
            InvalidParameter: it is none.
            TransactionOfAnotherChain, ReplayableTransaction: it is not signed for this chain alone.
        """
        try:
            transaction = decode_pooled_transaction(raw)
        except LightClientError as error:
            raise InvalidParameter(hex_data(raw), f"a signed transaction: {error}") from error
        if transaction.chain_id is None:
            raise ReplayableTransaction
        if transaction.chain_id != self._chain_id:
            raise TransactionOfAnotherChain(transaction.chain_id, self._chain_id)
        return transaction

    async def send(self, raw: bytes, head: ExecutionHeader) -> tuple[Transaction, int]:
        """Hands a transaction to every endpoint; returns it with the number of endpoints that took it and know it.

        Raises:
            RpcRefusal: it is no transaction for this chain.
            NoSourceAnswers: no endpoint took it; the reasons are listed.
        """
        transaction = self.parse(raw)

        async def attempt(endpoint: Endpoint) -> None:
            await self._hand_over(endpoint, raw, transaction)

        takers = await self._asking.each(f"take transaction 0x{transaction.hash.hex()}", attempt)
        self._sent.put(transaction.hash, Sent(transaction, head.number))
        self._nonces.put((transaction.sender, transaction.nonce), transaction.hash)
        return transaction, len(takers)

    async def _hand_over(self, endpoint: Endpoint, raw: bytes, transaction: Transaction) -> None:
        stated_chain = quantity(await self._asking.call_for(endpoint, "chain id", "eth_chainId"), "chainId")
        if stated_chain != self._chain_id:
            raise WrongEndpointChain(endpoint.name, stated_chain, self._chain_id)
        try:
            stated = await self._asking.call(endpoint, "eth_sendRawTransaction", hex_data(raw))
        except EndpointRefused as error:
            if not any(words in error.text.lower() for words in KNOWN_WORDS):
                raise
        else:
            if stated != hex_data(transaction.hash):
                raise WrongSentHash(str(stated), transaction.hash)
        await self._look(endpoint, transaction)

    async def _look(self, endpoint: Endpoint, transaction: Transaction) -> None:
        for look in range(LOOKS):
            if look:
                await self._sleep(LOOK_PAUSE_SECONDS)
            answer = await self._asking.call(endpoint, "eth_getTransactionByHash", hex_data(transaction.hash))
            if answer is not None:
                check_shown(answer, transaction.hash)
                return
        raise SwallowedTransaction(transaction.hash)


def check_shown(answer: Any, transaction_hash: bytes) -> Transaction:
    """Returns the transaction of an answer to `eth_getTransactionByHash`, which says nothing about its place.

    Raises:
        WrongPendingTransaction: it is another one.
        PeerError: it is none; the class says why.
    """
    transaction = transaction_from_json(mapping(answer))
    if transaction.hash != transaction_hash:
        raise WrongPendingTransaction(transaction.hash, transaction_hash)
    return transaction
