"""Transactions, withdrawals and receipts of verified blocks, each list proven whole by its root in the header."""

from collections.abc import Sequence
from typing import Any

from lightclient.endpoints.endpoint import Endpoint
from lightclient.endpoints.errors import EndpointRefused
from lightclient.execution.blocks import Block, verify_block
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.receipts import Receipt, verify_receipts
from lightclient.execution.transactions import Transaction
from lightclient.execution.trie import EMPTY_TRIE_ROOT
from lightclient.rpc.asking import Asking, side_by_side
from lightclient.rpc.cache import Recent
from lightclient.rpc.forms import hex_data

METHOD_NOT_FOUND = -32601
"""What servers without `eth_getBlockReceipts` say."""


class Bodies:
    """What blocks hold."""

    def __init__(self, asking: Asking, cached: int) -> None:
        self._asking = asking
        self._blocks: Recent[bytes, Block] = Recent(cached)
        self._receipts: Recent[bytes, tuple[Receipt, ...]] = Recent(cached)

    async def block(self, header: ExecutionHeader) -> Block:
        """Returns the block of a verified header with all it holds."""
        known = self._blocks.get(header.block_hash)
        if known is not None:
            return known

        async def attempt(endpoint: Endpoint) -> Block:
            what = f"body of block {header.number}"
            answer = await self._asking.call_for(endpoint, what, "eth_getBlockByHash", hex_data(header.block_hash), True)
            return verify_block(answer, header.block_hash)

        block = await self._asking.ask(f"give the body of block {header.number}", attempt)
        return self._blocks.put(header.block_hash, block)

    async def receipts(self, header: ExecutionHeader) -> tuple[Receipt, ...]:
        """Returns the receipts of a verified block, each with its transaction."""
        known = self._receipts.get(header.block_hash)
        if known is not None:
            return known
        if header.receipts_root == EMPTY_TRIE_ROOT:
            return ()
        transactions = (await self.block(header)).transactions

        async def attempt(endpoint: Endpoint) -> tuple[Receipt, ...]:
            return verify_receipts(await self._ask_receipts(endpoint, header, transactions), header, transactions)

        receipts = await self._asking.ask(f"give the receipts of block {header.number}", attempt)
        return self._receipts.put(header.block_hash, receipts)

    async def _ask_receipts(self, endpoint: Endpoint, header: ExecutionHeader, transactions: Sequence[Transaction]) -> Any:
        try:
            return await self._asking.call_at(endpoint, header, "eth_getBlockReceipts")
        except EndpointRefused as error:
            if error.code != METHOD_NOT_FOUND:
                raise

        def one(transaction: Transaction) -> Any:
            return self._asking.call_for(endpoint, "receipt", "eth_getTransactionReceipt", hex_data(transaction.hash))

        return await side_by_side([one(transaction) for transaction in transactions])
