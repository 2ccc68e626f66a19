"""Receipts: JSON to the encoding that the header commits to, and a block's whole list against its header.

`verify_receipts(answers, header, transactions)` proves the answer of `eth_getBlockReceipts` and everything in it that follows from the
block. Without transactions the consensus part is proven all the same, but which hash each belongs to is not, and the records have none.
`verify_receipt_in_block(index, proof, header)` proves one by a proof, which `receipts_proof(receipts, index)` makes;
`check_receipt(answer, receipt, header)` binds the answer of `eth_getTransactionReceipt` to a record of the proven list.
Not proven by any header: `blobGasPrice`, which follows from the network's schedule, and whatever else a server adds.
"""

from collections.abc import Sequence
from typing import Any

from lightclient.execution.block_errors import TooMany, UnindexedEntry, WrongBloom, WrongCount, WrongReceiptField, WrongReceiptsRoot
from lightclient.execution.errors import MalformedAnswer
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.ordered_trie import index_key, ordered_trie_proof, ordered_trie_root
from lightclient.execution.receipt import Log, Receipt, check_bloom, decode_receipt
from lightclient.execution.receipt_answers import check_statements, read_receipt
from lightclient.execution.transactions import MAX_LIST_NODE_BYTES, MIN_TRANSACTION_GAS, Transaction
from lightclient.execution.trie import verify_trie_proof

__all__ = ["Log", "Receipt", "check_receipt", "receipts_proof", "verify_receipt_in_block", "verify_receipts"]


def verify_receipts(answers: Any, header: ExecutionHeader, transactions: Sequence[Transaction] | None = None) -> tuple[Receipt, ...]:
    """Returns a block's receipts from the answer of `eth_getBlockReceipts`, proven by the header.

    With the block's proven transactions, each receipt carries its own and all that follows from it is checked.

    Raises:
        WrongReceiptsRoot: they are not the block's.
        WrongCount: there are more or fewer than transactions.
        WrongBloom: a bloom filter is not that of the logs.
        UnindexedEntry: the answer, an entry or a field is null.
        PeerError: a field is malformed or belongs elsewhere; the class says why.
    """
    if answers is None:
        raise UnindexedEntry("receipts")
    if not isinstance(answers, list):
        raise MalformedAnswer("receipts", "not a list")
    if len(answers) > (limit := header.gas_used // MIN_TRANSACTION_GAS):
        raise TooMany("receipts", len(answers), limit)
    if transactions is not None and len(answers) != len(transactions):
        raise WrongCount("receipts", len(answers), len(transactions))
    receipts: list[Receipt] = []
    gas_used = logs = 0
    for index, answer in enumerate(answers):
        receipt = read_receipt(answer, index, gas_used, logs, header, None if transactions is None else transactions[index])
        gas_used, logs = receipt.cumulative_gas_used, logs + len(receipt.logs)
        receipts.append(receipt)
    _check_list(receipts, header)
    for answer, receipt in zip(answers, receipts, strict=True):
        check_statements(answer, f"receipts[{receipt.index}]", receipt, header)
    return tuple(receipts)


def check_receipt(answer: Any, receipt: Receipt, header: ExecutionHeader) -> None:
    """Refuses an answer to `eth_getTransactionReceipt` that is not this proven receipt.

    Raises:
        PeerError: it is null, another one, or says that it belongs elsewhere; the class says which.
    """
    first_gas = receipt.cumulative_gas_used - receipt.gas_used
    found = read_receipt(answer, receipt.index, first_gas, receipt.first_log_index, header, receipt.transaction)
    if found.encoding() != receipt.encoding():
        raise WrongReceiptField("receipt", f"0x{found.encoding().hex()[:80]}..", f"0x{receipt.encoding().hex()[:80]}..")
    check_statements(answer, "receipt", receipt, header)


def receipts_proof(receipts: Sequence[Receipt], index: int) -> tuple[bytes, ...]:
    """Returns the nodes that prove one of a block's receipts under its header."""
    return ordered_trie_proof([receipt.encoding() for receipt in receipts], index)


def verify_receipt_in_block(index: int, proof: Sequence[bytes], header: ExecutionHeader) -> Receipt | None:
    """Returns the receipt that a proof shows at a place of the block, or None where it shows that the block has fewer.

    What follows from earlier receipts (gas used, place of its logs) is not proven by it and stays zero.

    Raises:
        PeerError: the nodes do not prove that place under the header, or what they prove is malformed.
    """
    encoded = verify_trie_proof(header.receipts_root, index_key(index), proof, max_node_bytes=MAX_LIST_NODE_BYTES)
    return None if encoded is None else decode_receipt(encoded, index)


def _check_list(receipts: Sequence[Receipt], header: ExecutionHeader) -> None:
    found = ordered_trie_root([receipt.encoding() for receipt in receipts])
    if found != header.receipts_root:
        raise WrongReceiptsRoot(found, header.receipts_root)
    union = 0
    for receipt in receipts:
        check_bloom(receipt)
        union |= int.from_bytes(receipt.logs_bloom, "big")
    if (computed := union.to_bytes(256, "big")) != header.logs_bloom:
        raise WrongBloom(f"block {header.number}", header.logs_bloom, computed)
    gas_used = receipts[-1].cumulative_gas_used if receipts else 0
    if gas_used != header.gas_used:
        raise WrongReceiptField("receipts[-1].cumulativeGasUsed", hex(gas_used), hex(header.gas_used))
