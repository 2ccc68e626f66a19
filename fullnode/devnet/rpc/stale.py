"""A view of the chain that hides its newest blocks: what a server sees that fell behind, or says it did."""

from dataclasses import dataclass

from fullnode.devnet.execution.block import Receipt, StoredBlock
from fullnode.devnet.execution.errors import UnknownBlockError
from fullnode.devnet.execution.pool import Pool
from fullnode.devnet.execution.settings import ExecutionSettings
from fullnode.devnet.execution.world import World
from fullnode.devnet.rpc.view import ChainView


@dataclass(frozen=True, slots=True)
class StaleView:
    """The chain as it was some blocks ago, told by a server that fell behind."""

    true: ChainView
    """The chain as it is."""
    behind: int
    """How many blocks are hidden."""

    @property
    def chain_id(self) -> int:
        """Chain id (EIP-155)."""
        return self.true.chain_id

    @property
    def head(self) -> StoredBlock:
        """The latest block that is not hidden."""
        return self.true.at(max(self.true.head.number - self.behind, self.true.earliest))

    @property
    def safe(self) -> StoredBlock:
        """The justified block, no later than the head."""
        return min(self.true.safe, self.head, key=lambda stored: stored.number)

    @property
    def finalized(self) -> StoredBlock:
        """The finalized block, no later than the head."""
        return min(self.true.finalized, self.head, key=lambda stored: stored.number)

    @property
    def earliest(self) -> int:
        """Number of the oldest kept block."""
        return self.true.earliest

    @property
    def pool(self) -> Pool:
        """Waiting transactions."""
        return self.true.pool

    @property
    def settings(self) -> ExecutionSettings:
        """How much is kept."""
        return self.true.settings

    def at(self, number: int) -> StoredBlock:
        """Returns the canonical block of that height; raises UnknownBlockError for a hidden one."""
        if number > self.head.number:
            raise UnknownBlockError(number)
        return self.true.at(number)

    def block(self, block_hash: bytes) -> StoredBlock:
        """Returns a kept block; raises UnknownBlockError for a hidden one."""
        stored = self.true.block(block_hash)
        if stored.number > self.head.number:
            raise UnknownBlockError(block_hash)
        return stored

    def is_canonical(self, block_hash: bytes) -> bool:
        """Returns whether the block is on the canonical chain."""
        return self.true.is_canonical(block_hash)

    def world(self, stored: StoredBlock) -> World:
        """Returns the state after a block; raises StateNotKeptError."""
        return self.true.world(stored)

    def receipt(self, transaction_hash: bytes) -> tuple[StoredBlock, Receipt] | None:
        """Returns block and receipt of an included transaction, unless hidden."""
        place = self.true.receipt(transaction_hash)
        return None if place is None or place[0].number > self.head.number else place

    def submit(self, raw: bytes) -> bytes:
        """Takes a raw transaction and returns its hash; raises RefusedTransactionError."""
        return self.true.submit(raw)

    def pending(self) -> StoredBlock:
        """Returns the head: a server that fell behind builds nothing."""
        return self.head

    def ancestor_hashes(self, stored: StoredBlock) -> list[bytes]:
        """Returns the hashes of up to 256 blocks ending in this one."""
        return self.true.ancestor_hashes(stored)
