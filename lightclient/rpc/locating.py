"""Where a transaction is: endpoints give hints, verified blocks decide, and what was handed over here is looked for in them all the same.

That a transaction is *not* included cannot be proven to a client that does not read every block. For those that were sent through this
endpoint it does: from the head at sending on, each new block is searched, so that no endpoint can hide them.
"""

from collections.abc import Mapping
from typing import Any

from lightclient.endpoints.endpoint import Endpoint
from lightclient.errors import EnvironmentalError, NoSourceAnswers, PeerError
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.json_fields import get, quantity
from lightclient.execution.transactions import Transaction, check_placed
from lightclient.execution.trie import EMPTY_TRIE_ROOT
from lightclient.rpc.asking import Asking
from lightclient.rpc.bodies import Bodies
from lightclient.rpc.endpoint_errors import WithheldTransaction, WrongPlace
from lightclient.rpc.forms import hex_data
from lightclient.rpc.headers import Headers, mapping
from lightclient.rpc.sending import Sending, check_shown

SEARCHED_AGAIN = 2
"""How many blocks that were searched already are searched again, because a reorganization may have replaced them."""

SEARCHED_AT_ONCE = 32
"""Most blocks that one question searches."""

GRACE = 2
"""How many blocks an honest endpoint may be behind before its denial of a transaction counts against it."""

Place = tuple[ExecutionHeader, int]
"""A verified block, and a place in it."""


class Locating:
    """Finds transactions."""

    def __init__(self, asking: Asking, headers: Headers, bodies: Bodies, sending: Sending) -> None:
        self._asking = asking
        self._headers = headers
        self._bodies = bodies
        self._sending = sending

    async def locate(self, transaction_hash: bytes, head: ExecutionHeader) -> Place | Transaction | None:
        """Returns the proven place of a transaction; or, unproven, the transaction while it waits; or None where nobody knows it.

        Raises:
            NoSourceAnswers: every endpoint failed or was refused.
        """
        waiting: Transaction | None = None
        denying: list[Endpoint] = []
        reasons: list[str] = []
        answered = False
        for endpoint in self._asking.ordered:
            try:
                found = await self._ask(endpoint, transaction_hash, head)
            except (PeerError, EnvironmentalError) as error:
                reasons.append(self._asking.note(endpoint, error))
                continue
            self._asking.credit(endpoint)
            if isinstance(found, tuple):
                return found
            answered = True
            waiting = waiting or found
            denying.append(endpoint)
        place = await self._search(transaction_hash, head)
        if place is not None:
            if head.number - place[0].number >= GRACE:
                for endpoint in denying:
                    self._asking.note(endpoint, WithheldTransaction(transaction_hash, place[0].number))
            return place
        if not answered:
            raise NoSourceAnswers(f"find transaction 0x{transaction_hash.hex()}", tuple(reasons))
        sent = self._sending.sent(transaction_hash)
        return waiting or (None if sent is None else sent.transaction)

    async def _ask(self, endpoint: Endpoint, transaction_hash: bytes, head: ExecutionHeader) -> Place | Transaction | None:
        answer = await self._asking.call(endpoint, "eth_getTransactionByHash", hex_data(transaction_hash))
        if answer is None:
            return None
        transaction = check_shown(answer, transaction_hash)
        if answer.get("blockNumber") is None:
            return transaction
        number = quantity(answer["blockNumber"], "transaction.blockNumber", bits=64)
        if number > head.number:
            return transaction  # the endpoint knows a block that the light client has not verified yet
        return await self._place(mapping(answer), transaction, await self._headers.at(head, number))

    async def _place(self, answer: Mapping[str, Any], transaction: Transaction, header: ExecutionHeader) -> Place:
        index = quantity(get(answer, "transactionIndex"), "transaction.transactionIndex", bits=32)
        transactions = (await self._bodies.block(header)).transactions
        if index >= len(transactions) or transactions[index].hash != transaction.hash:
            raise WrongPlace(transaction.hash, header.number, index)
        check_placed(answer, transactions[index], index, header)
        return header, index

    async def _search(self, transaction_hash: bytes, head: ExecutionHeader) -> Place | None:
        sent = self._sending.sent(transaction_hash)
        if sent is None or head.number == 0:
            return None
        first = max(sent.searched - SEARCHED_AGAIN + 1, 1)
        last = min(head.number, first + SEARCHED_AT_ONCE - 1)
        if first > last:
            return None
        for header in await self._headers.between(head, first, last):
            if header.transactions_root == EMPTY_TRIE_ROOT:
                continue
            for index, transaction in enumerate((await self._bodies.block(header)).transactions):
                if transaction.hash == transaction_hash:
                    return header, index
        sent.searched = last
        return None
