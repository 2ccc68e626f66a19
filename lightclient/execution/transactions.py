"""Transactions of types 0x0 to 0x4: bytes or JSON to a record with hash and sender, and a block's whole list against its header.

`decode_transaction(raw)` and `transaction_from_json(answer)` parse one; `decode_pooled_transaction(raw)` also takes the form with blobs
that is sent to nodes. `verify_transactions(answers, header)` proves a block's list, `verify_transaction_in_block(index, proof, header)`
one by a proof, which `transactions_proof(transactions, index)` makes. `check_placed(answer, transaction, index, header)` binds what
`eth_getTransactionByHash` answers. Nothing here says whether a transaction succeeded: that is the receipt's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lightclient.execution.block_errors import (
    TooMany,
    TransactionsNotFull,
    UnindexedEntry,
    WrongTransactionHash,
    WrongTransactionsRoot,
)
from lightclient.execution.errors import MalformedAnswer
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.ordered_trie import index_key, ordered_trie_proof, ordered_trie_root
from lightclient.execution.place import check_block, check_index
from lightclient.execution.transaction import Transaction, decode_pooled_transaction, decode_transaction, transaction_from_json
from lightclient.execution.trie import verify_trie_proof

__all__ = [
    "Transaction",
    "check_placed",
    "check_transactions",
    "decode_pooled_transaction",
    "decode_transaction",
    "transaction_from_json",
    "transactions_proof",
    "verify_transaction_in_block",
    "verify_transactions",
]

MIN_TRANSACTION_GAS = 10_000
"""Less than what any transaction uses, refunds of every fork taken off; bounds how many a block can hold."""

MAX_LIST_NODE_BYTES = 1 << 24
"""Largest node of a transactions' or receipts' trie: such leaves hold whole entries."""


def verify_transactions(answers: Any, header: ExecutionHeader) -> tuple[Transaction, ...]:
    """Returns a block's transactions from the `transactions` of an `eth_getBlockBy...` answer with full objects, proven by the header.

    Raises:
        TransactionsNotFull: they are hashes only.
        WrongTransactionsRoot: they are not the block's.
        PeerError: one is malformed, or says that it belongs elsewhere; the class says why.
    """
    if not isinstance(answers, list):
        raise MalformedAnswer("transactions", "not a list")
    if len(answers) > (limit := header.gas_used // MIN_TRANSACTION_GAS):
        raise TooMany("transactions", len(answers), limit)
    for index, answer in enumerate(answers):
        if not isinstance(answer, Mapping):
            raise TransactionsNotFull(index)
    transactions = tuple(transaction_from_json(answer) for answer in answers)
    check_transactions(transactions, header)
    for index, (answer, _) in enumerate(zip(answers, transactions, strict=True)):
        check_block(answer, f"transactions[{index}]", header)
        check_index(answer, f"transactions[{index}]", index)
    return transactions


def check_transactions(transactions: Sequence[Transaction], header: ExecutionHeader) -> None:
    """Refuses a list that is not exactly the block's.

    Raises:
        WrongTransactionsRoot: something is missing, added, altered or moved.
    """
    found = ordered_trie_root([transaction.raw for transaction in transactions])
    if found != header.transactions_root:
        raise WrongTransactionsRoot(found, header.transactions_root)


def check_placed(answer: Any, transaction: Transaction, index: int, header: ExecutionHeader) -> None:
    """Refuses an answer to `eth_getTransactionByHash` (or by index) that is not about this transaction at this place of the block.

    Raises:
        PeerError: it is another one, or says that it belongs elsewhere; the class says which.
    """
    if answer is None:
        raise UnindexedEntry("transaction")
    found = transaction_from_json(answer)
    if found != transaction:
        raise WrongTransactionHash("hash", f"0x{found.hash.hex()}", f"0x{transaction.hash.hex()}")
    check_block(answer, "transaction", header)
    check_index(answer, "transaction", index)


def transactions_proof(transactions: Sequence[Transaction], index: int) -> tuple[bytes, ...]:
    """Returns the nodes that prove one of a block's transactions under its header."""
    return ordered_trie_proof([transaction.raw for transaction in transactions], index)


def verify_transaction_in_block(index: int, proof: Sequence[bytes], header: ExecutionHeader) -> Transaction | None:
    """Returns the transaction that a proof shows at a place of the block, or None where it shows that the block has fewer.

    Raises:
        PeerError: the nodes do not prove that place under the header, or what they prove is malformed.
    """
    raw = verify_trie_proof(header.transactions_root, index_key(index), proof, max_node_bytes=MAX_LIST_NODE_BYTES)
    return None if raw is None else decode_transaction(raw)
