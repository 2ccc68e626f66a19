"""Methods that send transactions and follow them."""

from typing import Any

from fullnode.devnet.rpc import answers
from fullnode.devnet.rpc.forms import BlockRef, hex_data
from fullnode.devnet.rpc.view import ChainView, find


def send_raw_transaction(chain: ChainView, raw: bytes) -> str:
    """Takes a signed transaction into the pool and returns its hash."""
    return hex_data(chain.submit(raw))


def get_transaction(chain: ChainView, transaction_hash: bytes) -> dict[str, Any] | None:
    """Returns a transaction, included or waiting, or null."""
    place = chain.receipt(transaction_hash)
    if place is not None:
        return answers.transaction(place[1].transaction, *place)
    waiting = chain.pool.get(transaction_hash)
    return None if waiting is None else answers.transaction(waiting, None, None)


def get_receipt(chain: ChainView, transaction_hash: bytes) -> dict[str, Any] | None:
    """Returns the receipt of an included transaction, or null."""
    place = chain.receipt(transaction_hash)
    return None if place is None else answers.receipt(*place)


def get_transaction_in_block(chain: ChainView, ref: BlockRef, index: int) -> dict[str, Any] | None:
    """Returns the transaction at a place in a block, or null."""
    stored = find(chain, ref)
    if stored is None or index >= len(stored.receipts):
        return None
    receipt = stored.receipts[index]
    return answers.transaction(receipt.transaction, stored, receipt)


def get_transaction_in_block_by_hash(chain: ChainView, block_hash: bytes, index: int) -> dict[str, Any] | None:
    """Returns the transaction at a place in the block of that hash, or null."""
    return get_transaction_in_block(chain, BlockRef(hash=block_hash), index)
