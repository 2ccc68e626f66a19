"""The execution chain: a tree of blocks, the fork choice on it, and a pool of transactions.

It deliberately has no opinion of its own: when a block is built and which one is the head is what consensus says. Not safe for several
threads: every call belongs to the one thread (event loop) that also builds blocks.

Invariants: `finalized`, `safe` and `head` lie on one line of ancestors in this order; every kept transaction index entry points into the
canonical line; a block younger than `state_history` has its state.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from fullnode.devnet.execution.accounts import DevAccount
from fullnode.devnet.execution.block import ExecutionBlock, Receipt, StoredBlock, WithdrawalRecord
from fullnode.devnet.execution.builder import Assembled, assemble
from fullnode.devnet.execution.environment import Attributes
from fullnode.devnet.execution.errors import FinalizedConflictError, RefusedTransactionError, StateNotKeptError, UnknownBlockError
from fullnode.devnet.execution.genesis import ZERO_HASH, Genesis, genesis_block
from fullnode.devnet.execution.pool import Pool
from fullnode.devnet.execution.settings import ExecutionSettings
from fullnode.devnet.execution.transaction import parse_transaction
from fullnode.devnet.execution.world import World

ANCESTOR_HASHES = 256
"""How many ancestors' hashes BLOCKHASH can see."""


class ExecutionChain:
    """Blocks executed by EELS, and the state after each."""

    def __init__(self, genesis: Genesis, settings: ExecutionSettings | None = None) -> None:
        self.genesis = genesis
        """What block 0 is made of."""
        self.settings = settings or ExecutionSettings()
        """How much is kept."""
        self.pool = Pool(self.settings.pool_size)
        """Transactions that wait."""
        self._fee_recipient = bytes.fromhex(self.settings.fee_recipient.removeprefix("0x"))
        first = genesis_block(genesis)
        self._blocks: dict[bytes, StoredBlock] = {first.hash: first}
        self._at_height: dict[int, list[bytes]] = {0: [first.hash]}
        self._canonical: dict[int, bytes] = {0: first.hash}
        self._index: dict[bytes, tuple[bytes, int]] = {}
        self._head = self._safe = self._finalized = first.hash
        self._earliest = self._earliest_state = 0
        self._pending: tuple[bytes, int, StoredBlock] | None = None

    # What consensus calls.

    def produce_block(
        self,
        *,
        timestamp: int,
        prev_randao: bytes,
        parent_beacon_block_root: bytes,
        parent_hash: bytes | None = None,
        withdrawals: Sequence[WithdrawalRecord] = (),
        empty: bool = False,
    ) -> ExecutionBlock:
        """Returns a new block on `parent_hash` (default: the head) with what fits of the pool; it becomes the head if its parent was.

        A block on another parent stays aside until `set_head` chooses it. `empty` leaves the pool alone, as a proposer may.
        Raises UnknownBlockError, StateNotKeptError, InvalidAttributesError.
        """
        parent = self.block(self._head if parent_hash is None else parent_hash)
        self.world(parent)
        attributes = Attributes(
            timestamp=timestamp,
            prev_randao=prev_randao,
            parent_beacon_block_root=parent_beacon_block_root,
            fee_recipient=self._fee_recipient,
            extra_data=self.genesis.extra_data,
            withdrawals=tuple(withdrawals),
        )
        assembled = self._assemble(parent, attributes, empty=empty)
        stored = assembled.stored
        if stored.hash not in self._blocks:
            self._blocks[stored.hash] = stored
            self._at_height.setdefault(stored.number, []).append(stored.hash)
        if parent.hash == self._head:
            for transaction, reason in assembled.evicted:
                self.pool.evict(transaction, reason)
            self.set_head(stored.hash)
        return stored.block

    def set_head(self, block_hash: bytes) -> None:
        """Makes a block the head; transactions of blocks left behind return to the pool.

        Raises UnknownBlockError, FinalizedConflictError.
        """
        new = self.block(block_hash)
        arriving: list[StoredBlock] = []
        cursor = new
        while self._canonical.get(cursor.number) != cursor.hash:
            arriving.append(cursor)
            cursor = self.block(cursor.block.parent_hash)
        if cursor.number < self.finalized.number:
            raise FinalizedConflictError(block_hash, self._finalized)
        leaving = [self.block(self._canonical[n]) for n in range(cursor.number + 1, self.head.number + 1)]
        for stored in leaving:
            del self._canonical[stored.number]
            for receipt in stored.receipts:
                self._index.pop(receipt.transaction.hash, None)
        self._head = new.hash
        for stored in reversed(arriving):
            self._canonical[stored.number] = stored.hash
            for receipt in stored.receipts:
                self._index[receipt.transaction.hash] = (stored.hash, receipt.index)
                self.pool.included(receipt.transaction)
        if self.safe.number > cursor.number:
            self._safe = self._finalized
        self._return_to_pool(leaving)
        self._prune()

    reorg = set_head

    def set_safe(self, block_hash: bytes) -> None:
        """Names the justified block, which lies between the finalized block and the head.

        Raises UnknownBlockError, FinalizedConflictError.
        """
        block = self._canonical_block(block_hash)
        if block.number < self.finalized.number:
            raise FinalizedConflictError(block_hash, self._finalized)
        self._safe = block_hash

    def set_finalized(self, block_hash: bytes) -> None:
        """Names the finalized block, which never moves back; raises UnknownBlockError, FinalizedConflictError."""
        block = self._canonical_block(block_hash)
        if block.number < self.finalized.number:
            raise FinalizedConflictError(block_hash, self._finalized)
        self._finalized = block_hash
        if self.safe.number < block.number:
            self._safe = block_hash

    # What everybody may ask.

    @property
    def chain_id(self) -> int:
        """Chain id (EIP-155)."""
        return self.genesis.chain_id

    @property
    def accounts(self) -> tuple[DevAccount, ...]:
        """Funded accounts with their keys."""
        return self.genesis.accounts

    @property
    def head(self) -> StoredBlock:
        """The block that the fork choice names latest."""
        return self._blocks[self._head]

    @property
    def safe(self) -> StoredBlock:
        """The justified block; genesis until there is one."""
        return self._blocks[self._safe]

    @property
    def finalized(self) -> StoredBlock:
        """The finalized block; genesis until there is one."""
        return self._blocks[self._finalized]

    @property
    def earliest(self) -> int:
        """Number of the oldest block that is kept without a gap up to the head."""
        return self._earliest

    def block(self, block_hash: bytes) -> StoredBlock:
        """Returns a kept block of any branch; raises UnknownBlockError."""
        stored = self._blocks.get(block_hash)
        if stored is None:
            raise UnknownBlockError(block_hash)
        return stored

    def at(self, number: int) -> StoredBlock:
        """Returns the canonical block of that height; raises UnknownBlockError."""
        block_hash = self._canonical.get(number)
        if block_hash is None:
            raise UnknownBlockError(number)
        return self._blocks[block_hash]

    def is_canonical(self, block_hash: bytes) -> bool:
        """Returns whether the block is the head or an ancestor of it."""
        stored = self._blocks.get(block_hash)
        return stored is not None and self._canonical.get(stored.number) == block_hash

    def world(self, stored: StoredBlock) -> World:
        """Returns the state after a block; raises StateNotKeptError."""
        if stored.world is None:
            raise StateNotKeptError(stored.number, self.settings.state_history)
        return stored.world

    def receipt(self, transaction_hash: bytes) -> tuple[StoredBlock, Receipt] | None:
        """Returns the canonical block and receipt of a transaction, or None while it has none."""
        place = self._index.get(transaction_hash)
        if place is None:
            return None
        stored = self._blocks[place[0]]
        return stored, stored.receipts[place[1]]

    def submit(self, raw: bytes) -> bytes:
        """Puts a raw transaction into the pool and returns its hash; raises RefusedTransactionError with the reason."""
        transaction = parse_transaction(raw, self.chain_id)
        if transaction.hash in self._index:
            raise RefusedTransactionError("already known")
        if int(transaction.tx.gas) > self.head.block.gas_limit:
            raise RefusedTransactionError("exceeds block gas limit")
        account = self.world(self.head).account(transaction.sender)
        nonce, balance = (0, 0) if account is None else (int(account.nonce), int(account.balance))
        self.pool.add(transaction, nonce=nonce, balance=balance)
        return transaction.hash

    def pending(self) -> StoredBlock:
        """Returns the block that would be built now, one second after the head; it joins nothing."""
        if self._pending is None or self._pending[:2] != (self._head, self.pool.version):
            head = self.head
            attributes = Attributes(
                timestamp=head.block.timestamp + 1,
                prev_randao=ZERO_HASH,
                parent_beacon_block_root=ZERO_HASH,
                fee_recipient=self._fee_recipient,
                extra_data=self.genesis.extra_data,
            )
            self._pending = (self._head, self.pool.version, self._assemble(head, attributes).stored)
        return self._pending[2]

    def ancestor_hashes(self, stored: StoredBlock) -> list[bytes]:
        """Returns the hashes of the block and up to 255 of its ancestors, its own last."""
        hashes = [stored.hash]
        while len(hashes) < ANCESTOR_HASHES and stored.number > 0:
            hashes.append(stored.block.parent_hash)
            parent = self._blocks.get(stored.block.parent_hash)
            if parent is None:
                break
            stored = parent
        return hashes[::-1]

    # Private.

    def _assemble(self, parent: StoredBlock, attributes: Attributes, *, empty: bool = False) -> Assembled:
        waiting = {} if empty else self.pool.waiting()
        return assemble(self.chain_id, parent, self.ancestor_hashes(parent), attributes, waiting)

    def _canonical_block(self, block_hash: bytes) -> StoredBlock:
        stored = self.block(block_hash)
        if not self.is_canonical(block_hash):
            raise FinalizedConflictError(block_hash, self._finalized)
        return stored

    def _return_to_pool(self, leaving: Sequence[StoredBlock]) -> None:
        for stored in leaving:
            for receipt in stored.receipts:
                # One that no longer fits (its nonce is used, its sender has no funds) is gone, as on any chain.
                with suppress(RefusedTransactionError):
                    self.submit(receipt.transaction.raw)

    def _prune(self) -> None:
        height = self.head.number
        while self._earliest_state < height - self.settings.state_history:
            for block_hash in self._at_height.get(self._earliest_state, ()):
                self._blocks[block_hash] = replace(self._blocks[block_hash], world=None)
            self._earliest_state += 1
        # Whatever a tag names stays, however old it is.
        oldest = min(height - self.settings.block_history, self.finalized.number)
        while self._earliest < oldest:
            for block_hash in self._at_height.pop(self._earliest, ()):
                for receipt in self._blocks.pop(block_hash).receipts:
                    if self._index.get(receipt.transaction.hash, (b"", 0))[0] == block_hash:
                        del self._index[receipt.transaction.hash]
            self._canonical.pop(self._earliest, None)
            self._earliest += 1
