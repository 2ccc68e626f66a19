"""Methods that read blocks, and the logs in them."""

from collections.abc import Sequence
from typing import Any

from fullnode.devnet.execution import logs
from fullnode.devnet.execution.block import StoredBlock
from fullnode.devnet.execution.errors import UnknownBlockError
from fullnode.devnet.rpc import answers
from fullnode.devnet.rpc.errors import InvalidParamsError, LimitExceededError, RpcError
from fullnode.devnet.rpc.forms import BlockRef, hex_quantity
from fullnode.devnet.rpc.queries import LogQuery
from fullnode.devnet.rpc.settings import RpcSettings
from fullnode.devnet.rpc.view import ChainView, find, resolve


def block_number(chain: ChainView) -> str:
    """Returns the height of the head."""
    return hex_quantity(chain.head.number)


def get_block(chain: ChainView, ref: BlockRef, full: bool) -> dict[str, Any] | None:
    """Returns a block, or null; `full` lists whole transactions instead of hashes."""
    stored = find(chain, ref)
    return None if stored is None else answers.block(stored, full=full, pending=ref.tag == "pending")


def get_block_by_hash(chain: ChainView, block_hash: bytes, full: bool) -> dict[str, Any] | None:
    """Returns the block of that hash, or null."""
    return get_block(chain, BlockRef(hash=block_hash), full)


def count_transactions(chain: ChainView, ref: BlockRef) -> str | None:
    """Returns how many transactions a block holds, or null."""
    stored = find(chain, ref)
    return None if stored is None else hex_quantity(len(stored.receipts))


def count_transactions_by_hash(chain: ChainView, block_hash: bytes) -> str | None:
    """Returns how many transactions the block of that hash holds, or null."""
    return count_transactions(chain, BlockRef(hash=block_hash))


def get_block_receipts(chain: ChainView, ref: BlockRef) -> list[dict[str, Any]] | None:
    """Returns every receipt of a block, or null."""
    stored = find(chain, ref)
    return None if stored is None else [answers.receipt(stored, its) for its in stored.receipts]


def get_logs(chain: ChainView, settings: RpcSettings, query: LogQuery) -> list[dict[str, Any]]:
    """Returns the logs that match; raises LimitExceededError past the server's bounds."""
    found: list[dict[str, Any]] = []
    for hit in logs.find(_blocks(chain, settings, query), query.wanted):
        found.append(answers.log(hit))
        if len(found) > settings.max_logs:
            raise LimitExceededError(f"query returned more than {settings.max_logs} results; ask for fewer blocks")
    return found


def _blocks(chain: ChainView, settings: RpcSettings, query: LogQuery) -> Sequence[StoredBlock]:
    if query.block is not None:
        stored = find(chain, BlockRef(hash=query.block))
        if stored is None:
            raise RpcError("unknown block")
        return [stored]
    head = chain.head.number
    first = query.first.number if query.first.number is not None else resolve(chain, query.first).number
    last = query.last.number if query.last.number is not None else resolve(chain, query.last).number
    if first > last:
        raise InvalidParamsError("invalid block range params")
    last = min(last, head)
    if last - first >= settings.max_log_range:
        raise LimitExceededError(f"query covers more than {settings.max_log_range} blocks; ask for fewer")
    if first < chain.earliest:
        raise UnknownBlockError(first)
    return [chain.at(number) for number in range(first, last + 1)]
