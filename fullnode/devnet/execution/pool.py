"""Transactions that wait for a block.

Pure but for its own memory: no clock, no chain. Bounded in count; the reasons of evictions are kept so that a sender can be told.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

from fullnode.devnet.execution.errors import RefusedTransactionError
from fullnode.devnet.execution.transaction import SignedTransaction

REPLACEMENT_BUMP_PERCENT: Final = 10
"""How much more a transaction must offer to take another's place (geth's rule)."""
NONCE_GAP: Final = 1024
"""How far ahead of its sender's account a transaction may be."""
_REASONS_KEPT: Final = 1024


class Pool:
    """Waiting transactions, by sender and nonce."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._by_hash: dict[bytes, SignedTransaction] = {}
        self._by_sender: dict[bytes, dict[int, SignedTransaction]] = {}
        self._evicted: OrderedDict[bytes, str] = OrderedDict()
        self.version = 0
        """Changes whenever the content does."""

    def __len__(self) -> int:
        return len(self._by_hash)

    def get(self, transaction_hash: bytes) -> SignedTransaction | None:
        """Returns the waiting transaction of that hash, or None."""
        return self._by_hash.get(transaction_hash)

    def reason(self, transaction_hash: bytes) -> str | None:
        """Returns why the transaction was evicted, or None if it was not (or long ago)."""
        return self._evicted.get(transaction_hash)

    def next_nonce(self, sender: bytes, nonce: int) -> int:
        """Returns the first nonce from `nonce` on that no waiting transaction of the sender uses."""
        queue = self._by_sender.get(sender, {})
        while nonce in queue:
            nonce += 1
        return nonce

    def waiting(self) -> Mapping[bytes, Sequence[SignedTransaction]]:
        """Returns each sender's transactions in the order of their nonces, senders in the order of their arrival."""
        return {sender: [queue[nonce] for nonce in sorted(queue)] for sender, queue in self._by_sender.items()}

    def add(self, transaction: SignedTransaction, *, nonce: int, balance: int) -> None:
        """Takes a transaction whose sender's account has this nonce and balance; raises RefusedTransactionError with the reason."""
        if transaction.hash in self._by_hash:
            raise RefusedTransactionError("already known")
        if transaction.nonce < nonce:
            raise RefusedTransactionError(f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce > nonce + NONCE_GAP:
            raise RefusedTransactionError(f"nonce too high: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.cost > balance:
            raise RefusedTransactionError(f"insufficient funds for gas * price + value: balance {balance}, tx cost {transaction.cost}")
        replaced = self._by_sender.get(transaction.sender, {}).get(transaction.nonce)
        if replaced is not None:
            if not _outbids(transaction, replaced):
                raise RefusedTransactionError("replacement transaction underpriced")
            self._forget(replaced)
        elif len(self._by_hash) >= self._size:
            raise RefusedTransactionError("txpool is full")
        self._by_hash[transaction.hash] = transaction
        self._by_sender.setdefault(transaction.sender, {})[transaction.nonce] = transaction
        self._evicted.pop(transaction.hash, None)
        self.version += 1

    def evict(self, transaction: SignedTransaction, reason: str) -> None:
        """Drops a transaction that can never be included and keeps the reason."""
        if self._by_hash.get(transaction.hash) is not None:
            self._forget(transaction)
        self._evicted[transaction.hash] = reason
        while len(self._evicted) > _REASONS_KEPT:
            self._evicted.popitem(last=False)

    def included(self, transaction: SignedTransaction) -> None:
        """Drops a transaction that became part of the chain, and whatever else used its nonce."""
        rival = self._by_sender.get(transaction.sender, {}).get(transaction.nonce)
        if rival is not None:
            self._forget(rival)
            if rival.hash != transaction.hash:
                self._evicted[rival.hash] = "nonce too low: another transaction with this nonce was included"

    def _forget(self, transaction: SignedTransaction) -> None:
        del self._by_hash[transaction.hash]
        queue = self._by_sender[transaction.sender]
        del queue[transaction.nonce]
        if not queue:
            del self._by_sender[transaction.sender]
        self.version += 1


def _outbids(new: SignedTransaction, old: SignedTransaction) -> bool:
    bump = 100 + REPLACEMENT_BUMP_PERCENT
    return new.max_fee * 100 >= old.max_fee * bump and new.max_tip * 100 >= old.max_tip * bump
