"""What the JSON-RPC methods need of a chain, and how they find the block that is meant.

`ChainView` is the edge between the server and the chain: the real `ExecutionChain` is one, and so is a server that lies about its head.
"""

from typing import Any, Protocol

from fullnode.devnet.execution.block import Receipt, StoredBlock
from fullnode.devnet.execution.errors import UnknownBlockError
from fullnode.devnet.execution.pool import Pool
from fullnode.devnet.execution.settings import ExecutionSettings
from fullnode.devnet.execution.world import World
from fullnode.devnet.rpc.errors import RpcError
from fullnode.devnet.rpc.forms import BlockRef


class ChainView(Protocol):
    """A chain as the methods see it; all of it is what `ExecutionChain` documents under the same names."""

    @property
    def chain_id(self) -> int:
        """Chain id (EIP-155)."""

    @property
    def head(self) -> StoredBlock:
        """The latest block."""

    @property
    def safe(self) -> StoredBlock:
        """The justified block."""

    @property
    def finalized(self) -> StoredBlock:
        """The finalized block."""

    @property
    def earliest(self) -> int:
        """Number of the oldest kept block."""

    @property
    def pool(self) -> Pool:
        """Waiting transactions."""

    @property
    def settings(self) -> ExecutionSettings:
        """How much is kept."""

    def at(self, number: int) -> StoredBlock:
        """Returns the canonical block of that height; raises UnknownBlockError."""

    def block(self, block_hash: bytes) -> StoredBlock:
        """Returns a kept block of any branch; raises UnknownBlockError."""

    def is_canonical(self, block_hash: bytes) -> bool:
        """Returns whether the block is on the canonical chain."""

    def world(self, stored: StoredBlock) -> World:
        """Returns the state after a block; raises StateNotKeptError."""

    def receipt(self, transaction_hash: bytes) -> tuple[StoredBlock, Receipt] | None:
        """Returns block and receipt of an included transaction, else None."""

    def submit(self, raw: bytes) -> bytes:
        """Takes a raw transaction and returns its hash; raises RefusedTransactionError."""

    def pending(self) -> StoredBlock:
        """Returns the block that would be built now."""

    def ancestor_hashes(self, stored: StoredBlock) -> list[bytes]:
        """Returns the hashes of up to 256 blocks ending in this one."""


def resolve(chain: ChainView, ref: BlockRef) -> StoredBlock:
    """Returns the block that is meant; raises UnknownBlockError, or RpcError when a canonical one was demanded and it is not."""
    if ref.hash is not None:
        if ref.canonical and not chain.is_canonical(ref.hash):
            raise RpcError("hash is not currently canonical")
        return chain.block(ref.hash)
    if ref.number is not None:
        return chain.at(ref.number)
    if ref.tag == "pending":
        return chain.pending()
    if ref.tag == "earliest":
        return chain.at(chain.earliest)
    named = {"latest": chain.head, "safe": chain.safe, "finalized": chain.finalized}
    return named[ref.tag or "latest"]


def find(chain: ChainView, ref: BlockRef) -> StoredBlock | None:
    """Returns the block that is meant, or None where there is none."""
    try:
        return resolve(chain, ref)
    except UnknownBlockError:
        return None


def state_at(chain: ChainView, ref: BlockRef) -> tuple[StoredBlock, World]:
    """Returns the block that is meant and the state after it; raises UnknownBlockError, StateNotKeptError."""
    stored = resolve(chain, ref)
    return stored, chain.world(stored)


Json = Any
"""A JSON value."""
