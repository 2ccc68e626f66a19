"""Methods about blocks: header, transactions, withdrawals and receipts, each proven by the block's hash."""

from collections.abc import Sequence
from typing import Any

from lightclient.execution import rlp
from lightclient.execution.blocks import Block
from lightclient.execution.header import ExecutionHeader, header_rlp
from lightclient.execution.render import block_to_json, header_to_json, receipt_to_json, transaction_to_json
from lightclient.rpc.answer import Answer, unverifiable
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.errors import UnknownBlock, UnverifiableTag
from lightclient.rpc.forms import BlockRef, hex_data, hex_quantity

BODY = "block hash, transactions and withdrawals roots"
"""What a block's content follows from."""


async def get_block(chain: VerifiedChain, ref: BlockRef, full: bool) -> Answer:
    """Returns a block, or null where the number lies after the head.

    Raises:
        UnverifiableTag: the pending block is asked for.
    """
    header = await _found(chain, ref, "eth_getBlockByNumber")
    if header is None:
        return await _not_yet(chain)
    block = await chain.bodies.block(header)
    return Answer(block_to_json(block, full=full) | {"size": hex_quantity(size(block))}, BODY, block=header)


async def get_block_by_hash(chain: VerifiedChain, block_hash: bytes, full: bool) -> Answer:
    """Returns the canonical block of that hash."""
    return await get_block(chain, BlockRef(hash=block_hash), full)


async def count_transactions(chain: VerifiedChain, ref: BlockRef) -> Answer:
    """Returns how many transactions a block holds."""
    header = await _found(chain, ref, "eth_getBlockTransactionCountByNumber")
    if header is None:
        return await _not_yet(chain)
    return Answer(hex_quantity(len((await chain.bodies.block(header)).transactions)), "transactions root", block=header)


async def count_transactions_by_hash(chain: VerifiedChain, block_hash: bytes) -> Answer:
    """Returns how many transactions the block of that hash holds."""
    return await count_transactions(chain, BlockRef(hash=block_hash))


async def get_block_receipts(chain: VerifiedChain, ref: BlockRef) -> Answer:
    """Returns the receipts of a block."""
    header = await _found(chain, ref, "eth_getBlockReceipts")
    if header is None:
        return await _not_yet(chain)
    receipts = await chain.bodies.receipts(header)
    return Answer([receipt_to_json(receipt, header) for receipt in receipts], "receipts and transactions roots", block=header)


async def get_transaction_in_block(chain: VerifiedChain, ref: BlockRef, index: int) -> Answer:
    """Returns the transaction at a place in a block; null, which is proven too, where the block has fewer."""
    header = await _found(chain, ref, "eth_getTransactionByBlockNumberAndIndex")
    if header is None:
        return await _not_yet(chain)
    transactions = (await chain.bodies.block(header)).transactions
    found = transaction_to_json(transactions[index], index, header) if index < len(transactions) else None
    return Answer(found, "transactions root", block=header)


async def get_transaction_in_block_by_hash(chain: VerifiedChain, block_hash: bytes, index: int) -> Answer:
    """Returns the transaction at a place in the block of that hash."""
    return await get_transaction_in_block(chain, BlockRef(hash=block_hash), index)


def new_head(header: ExecutionHeader) -> dict[str, Any]:
    """Returns what a subscription to newHeads tells of a verified header."""
    return header_to_json(header)


def size(block: Block) -> int:
    """Returns the bytes of the block's RLP, which is what `size` means."""
    transactions: Sequence[int] = [len(t.raw) if t.kind == 0 else len(rlp.encode(t.raw)) for t in block.transactions]
    lengths = [len(header_rlp(header_to_json(block.header))), _listed(sum(transactions)), 1]
    if block.withdrawals is not None:
        lengths.append(_listed(sum(len(withdrawal.encoding()) for withdrawal in block.withdrawals)))
    return _listed(sum(lengths))


def _listed(payload: int) -> int:
    return payload + (1 if payload < 56 else 1 + len(rlp.encode_uint(payload)))


async def _found(chain: VerifiedChain, ref: BlockRef, method: str) -> ExecutionHeader | None:
    if ref.tag == "pending":
        raise UnverifiableTag(ref.tag, method)
    try:
        return await chain.resolve(ref)
    except UnknownBlock:
        return None


async def _not_yet(chain: VerifiedChain) -> Answer:
    head = await chain.head()
    return unverifiable(None, f"no block after {head.number} is verified yet", block=head, head=hex_data(head.block_hash))
