"""Builds a block on a parent: the steps of EELS's `apply_body` with its own functions, but leaving out what is not valid.

Pure: parent, attributes and waiting transactions in, a block out. EELS's `apply_body` takes a finished list of transactions and rejects the
whole block for one bad one; a producer must choose, so its steps are walked here one by one, in its order.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ethereum.crypto.hash import Hash32
from ethereum.exceptions import EthereumException, GasUsedExceedsLimitError, NonceMismatchError
from ethereum.forks.osaka.blocks import Header
from ethereum.forks.osaka.bloom import logs_bloom
from ethereum.forks.osaka.exceptions import InsufficientMaxFeePerGasError
from ethereum.forks.osaka.fork import (
    BEACON_ROOTS_ADDRESS,
    EMPTY_OMMER_HASH,
    HISTORY_STORAGE_ADDRESS,
    MAX_RLP_BLOCK_SIZE,
    check_transaction,
    process_general_purpose_requests,
    process_transaction,
    process_unchecked_system_transaction,
    process_withdrawals,
)
from ethereum.forks.osaka.fork_types import Root
from ethereum.forks.osaka.requests import compute_requests_hash
from ethereum.forks.osaka.trie import root
from ethereum.forks.osaka.vm import BlockEnvironment, BlockOutput
from ethereum_types.bytes import Bytes8
from ethereum_types.numeric import Uint

from fullnode.devnet.execution.block import StoredBlock, eels_withdrawal, from_header
from fullnode.devnet.execution.environment import Attributes, environment
from fullnode.devnet.execution.errors import InvalidAttributesError, StateNotKeptError
from fullnode.devnet.execution.receipts import receipts_of
from fullnode.devnet.execution.transaction import SignedTransaction
from fullnode.devnet.execution.world import copy_state, settle

_WAITS: Final = (GasUsedExceedsLimitError, InsufficientMaxFeePerGasError)
"""Refusals that a later block may not repeat: the transaction stays in the pool."""
_SIZE_RESERVE: Final = 65_536
"""Bytes of the size limit (EIP-7934) kept for the header and withdrawals."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A finished block, and the transactions that can never be part of one after it."""

    stored: StoredBlock
    """The block."""
    evicted: tuple[tuple[SignedTransaction, str], ...]
    """Transactions to drop, each with the reason."""


def assemble(
    chain_id: int,
    parent: StoredBlock,
    hashes: Sequence[bytes],
    attributes: Attributes,
    waiting: Mapping[bytes, Sequence[SignedTransaction]],
) -> Assembled:
    """Returns the block on `parent` with what fits of `waiting`, which lists each sender's transactions by nonce.

    Raises InvalidAttributesError, StateNotKeptError.
    """
    if attributes.timestamp <= parent.block.timestamp:
        raise InvalidAttributesError(f"timestamp {attributes.timestamp} is not after the parent's {parent.block.timestamp}")
    if parent.world is None:
        raise StateNotKeptError(parent.number, 0)
    env = environment(chain_id, parent, hashes, attributes, parent.world)
    output = BlockOutput()
    process_unchecked_system_transaction(env, BEACON_ROOTS_ADDRESS, env.parent_beacon_block_root)
    process_unchecked_system_transaction(env, HISTORY_STORAGE_ADDRESS, env.block_hashes[-1])
    included, evicted = _include(env, output, waiting)
    process_withdrawals(env, output, tuple(eels_withdrawal(w) for w in attributes.withdrawals))
    process_general_purpose_requests(env, output)
    return Assembled(_seal(parent, env, output, attributes, included), evicted)


def _include(
    env: BlockEnvironment, output: BlockOutput, waiting: Mapping[bytes, Sequence[SignedTransaction]]
) -> tuple[tuple[SignedTransaction, ...], tuple[tuple[SignedTransaction, str], ...]]:
    """Executes transactions, best tip first but each sender's by nonce, until none fits."""
    base_fee = int(env.base_fee_per_gas)
    included: list[SignedTransaction] = []
    evicted: list[tuple[SignedTransaction, str]] = []
    queues = {sender: list(reversed(transactions)) for sender, transactions in waiting.items() if transactions}
    heap = [(-queue[-1].tip(base_fee), order, sender) for order, (sender, queue) in enumerate(queues.items())]
    heapq.heapify(heap)
    room = MAX_RLP_BLOCK_SIZE - _SIZE_RESERVE
    while heap:
        _, order, sender = heapq.heappop(heap)
        transaction = queues[sender].pop()
        verdict = _try(env, output, transaction, len(included)) if len(transaction.raw) <= room else ""
        if verdict is None:
            included.append(transaction)
            room -= len(transaction.raw) + 4
        elif verdict:
            evicted.append((transaction, verdict))
        # A transaction that waits keeps its sender's later ones waiting too.
        if verdict != "" and queues[sender]:
            heapq.heappush(heap, (-queues[sender][-1].tip(base_fee), order, sender))
    return tuple(included), tuple(evicted)


def _try(env: BlockEnvironment, output: BlockOutput, transaction: SignedTransaction, index: int) -> str | None:
    """Executes one transaction; returns None when included, "" when it must wait, else why it is evicted."""
    if transaction.tip(int(env.base_fee_per_gas)) < 0:
        return ""
    try:
        check_transaction(env, output, transaction.tx)
    except _WAITS:
        return ""
    except NonceMismatchError as error:
        return "" if "too high" in str(error) else str(error)
    except EthereumException as error:
        return str(error) or type(error).__name__
    before = copy_state(env.state)
    try:
        process_transaction(env, output, transaction.tx, Uint(index))
    except (EthereumException, RecursionError, AssertionError, OverflowError) as error:
        # The checks passed, so this is a case that EELS itself cannot execute: undo all of it and leave the transaction out.
        env.state = before
        output.transactions_trie._data.popitem()  # noqa: SLF001  (EELS enters a transaction there first of all)
        return f"cannot be executed: {error}"
    return None


def _seal(
    parent: StoredBlock, env: BlockEnvironment, output: BlockOutput, attributes: Attributes, included: tuple[SignedTransaction, ...]
) -> StoredBlock:
    assert parent.world is not None
    world = settle(parent.world, env.state)
    header = Header(
        parent_hash=Hash32(parent.hash),
        ommers_hash=EMPTY_OMMER_HASH,
        coinbase=env.coinbase,
        state_root=Root(world.root),
        transactions_root=root(output.transactions_trie),
        receipt_root=root(output.receipts_trie),
        bloom=logs_bloom(output.block_logs),
        difficulty=Uint(0),
        number=env.number,
        gas_limit=env.block_gas_limit,
        gas_used=output.block_gas_used,
        timestamp=env.time,
        extra_data=attributes.extra_data,
        prev_randao=env.prev_randao,
        nonce=Bytes8(bytes(8)),
        base_fee_per_gas=env.base_fee_per_gas,
        withdrawals_root=root(output.withdrawals_trie),
        blob_gas_used=output.blob_gas_used,
        excess_blob_gas=env.excess_blob_gas,
        parent_beacon_block_root=env.parent_beacon_block_root,
        requests_hash=Hash32(compute_requests_hash(output.requests)),
    )
    block = from_header(header, tuple(t.raw for t in included), attributes.withdrawals, tuple(bytes(r) for r in output.requests))
    return StoredBlock(block, header, receipts_of(env, output, included), world)
