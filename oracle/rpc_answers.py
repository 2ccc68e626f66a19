"""Results of a JSON-RPC server: untrusted JSON values become typed ones here, or are refused. Pure.

Quantities and data as in https://ethereum.org/developers/docs/apis/json-rpc#conventions.
Being well formed says nothing about being true.
"""

import re
from typing import Any

from oracle.fees import FeeHistory
from oracle.publication import Inclusion
from oracle.publication_errors import RpcAnswerError

MAX_REVERT_TEXT = 4096
"""Characters of a revert's data; our longest named error has 260."""


def revert_data(value: object) -> bytes:
    """Returns what a contract reverted with, where an error carries it; servers put other things there too, which count as nothing."""
    return bytes.fromhex(value[2:]) if isinstance(value, str) and len(value) <= MAX_REVERT_TEXT and _DATA.fullmatch(value) else b""


_QUANTITY = re.compile(r"0x(?:0|[1-9a-f][0-9a-f]{0,63})", re.ASCII)
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)


def quantity(method: str, value: object) -> int:
    """Returns the number in a hexadecimal quantity: `0x`, no leading zeros, at most 256 bits."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise RpcAnswerError(method, f"{str(value)[:80]!r} is not a quantity")
    return int(value, 16)


def data(method: str, value: object, length: int | None = None) -> bytes:
    """Returns the bytes in hexadecimal data, of the length given."""
    if not isinstance(value, str) or not _DATA.fullmatch(value) or (length is not None and len(value) != 2 + 2 * length):
        raise RpcAnswerError(method, f"{str(value)[:80]!r} is not data of {'any' if length is None else length} bytes")
    return bytes.fromhex(value[2:])


def receipt(value: object, tx_hash: bytes) -> Inclusion | None:
    """Returns what a receipt says; refuses one for another transaction."""
    method = "eth_getTransactionReceipt"
    if value is None:
        return None
    fields = document(method, value)
    if data(method, fields.get("transactionHash"), 32) != tx_hash:
        raise RpcAnswerError(method, "it is of another transaction")
    status = quantity(method, fields.get("status"))
    if status not in {0, 1}:
        raise RpcAnswerError(method, f"status is {status}")
    return Inclusion(
        tx_hash=tx_hash,
        block_number=quantity(method, fields.get("blockNumber")),
        block_hash=data(method, fields.get("blockHash"), 32),
        succeeded=status == 1,
        gas_used=quantity(method, fields.get("gasUsed")),
        # Chains before EIP-1559 do not say it.
        price_wei=quantity(method, fields.get("effectiveGasPrice", "0x0")),
    )


def fee_history(value: object, blocks: int) -> FeeHistory:
    """Returns what a fee history says of the next block's base fee and of what the latest blocks took."""
    method = "eth_feeHistory"
    fields = document(method, value)
    bases, rewards = fields.get("baseFeePerGas"), fields.get("reward") or []
    if not isinstance(bases, list) or not bases or not isinstance(rewards, list) or max(len(bases) - 1, len(rewards)) > blocks:
        raise RpcAnswerError(method, "base fees or rewards are missing, or there are more than were asked for")
    if any(not isinstance(block, list) or len(block) != 1 for block in rewards):
        raise RpcAnswerError(method, "a block's rewards are not those of the one percentile asked for")
    # There is one base fee more than blocks: the last is that of the block to come.
    return FeeHistory(quantity(method, bases[-1]), tuple(quantity(method, block[0]) for block in rewards))


def document(method: str, value: object) -> dict[str, Any]:
    """Returns the object that an answer must be."""
    if not isinstance(value, dict):
        raise RpcAnswerError(method, "it is not an object")
    return value
