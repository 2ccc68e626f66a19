"""Block 0: funded accounts and the system contracts.

Pure: the genesis time is given, never read from a clock.
"""

from dataclasses import dataclass
from typing import Final

from ethereum.crypto.hash import Hash32
from ethereum.forks.osaka.blocks import Header
from ethereum.forks.osaka.fork import EMPTY_OMMER_HASH
from ethereum.forks.osaka.fork_types import Account, Address, Bloom, Root
from ethereum.forks.osaka.requests import compute_requests_hash
from ethereum.forks.osaka.state import State, set_account, set_storage
from ethereum.forks.osaka.trie import EMPTY_TRIE_ROOT
from ethereum_types.bytes import Bytes8, Bytes32
from ethereum_types.numeric import U64, U256, Uint

from fullnode.devnet.execution.accounts import DevAccount, derive_account
from fullnode.devnet.execution.block import StoredBlock, from_header
from fullnode.devnet.execution.settings import ExecutionSettings
from fullnode.devnet.execution.system_contracts import SYSTEM_CONTRACTS
from fullnode.devnet.execution.world import EMPTY_WORLD, open_state, settle

ZERO_HASH: Final = bytes(32)
"""Where a hash is due and there is nothing to hash."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """One account as it stands at genesis."""

    address: bytes
    """20 bytes."""
    balance: int = 0
    """Wei."""
    nonce: int = 0
    """Transaction count."""
    code: bytes = b""
    """Runtime code."""
    storage: tuple[tuple[int, int], ...] = ()
    """Slots and their words."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """What block 0 is made of."""

    chain_id: int
    """Chain id (EIP-155)."""
    timestamp: int
    """Seconds since the Unix epoch."""
    gas_limit: int
    """Gas limit of this and all later blocks."""
    base_fee_per_gas: int
    """Wei."""
    accounts: tuple[DevAccount, ...]
    """Funded accounts with their keys."""
    allocations: tuple[Allocation, ...]
    """Every account of the first state, the funded ones and the system contracts included."""
    extra_data: bytes = b"aios devnet"
    """At most 32 bytes; every block carries it."""


def make_genesis(settings: ExecutionSettings, *, timestamp: int, extra: tuple[Allocation, ...] = ()) -> Genesis:
    """Returns the genesis of these settings; the same settings and time give the same block 0."""
    accounts = tuple(derive_account(settings.seed, index) for index in range(settings.accounts))
    funded = tuple(Allocation(account.address, balance=settings.balance_wei) for account in accounts)
    system = tuple(Allocation(contract.address, nonce=1, code=contract.code) for contract in SYSTEM_CONTRACTS)
    return Genesis(
        chain_id=settings.chain_id,
        timestamp=timestamp,
        gas_limit=settings.gas_limit,
        base_fee_per_gas=settings.base_fee_wei,
        accounts=accounts,
        allocations=funded + system + extra,
    )


def genesis_state(genesis: Genesis) -> State:
    """Returns the first state in EELS's own plain form."""
    state = State()
    _fill(state, genesis)
    return state


def genesis_block(genesis: Genesis) -> StoredBlock:
    """Returns block 0 and the state it commits to."""
    state = open_state(EMPTY_WORLD)
    _fill(state, genesis)
    world = settle(EMPTY_WORLD, state)
    header = Header(
        parent_hash=Hash32(ZERO_HASH),
        ommers_hash=EMPTY_OMMER_HASH,
        coinbase=Address(bytes(20)),
        state_root=Root(world.root),
        transactions_root=EMPTY_TRIE_ROOT,
        receipt_root=EMPTY_TRIE_ROOT,
        bloom=Bloom(bytes(256)),
        difficulty=Uint(0),
        number=Uint(0),
        gas_limit=Uint(genesis.gas_limit),
        gas_used=Uint(0),
        timestamp=U256(genesis.timestamp),
        extra_data=genesis.extra_data,
        prev_randao=Bytes32(ZERO_HASH),
        nonce=Bytes8(bytes(8)),
        base_fee_per_gas=Uint(genesis.base_fee_per_gas),
        withdrawals_root=EMPTY_TRIE_ROOT,
        blob_gas_used=U64(0),
        excess_blob_gas=U64(0),
        parent_beacon_block_root=Root(ZERO_HASH),
        requests_hash=Hash32(compute_requests_hash([])),
    )
    return StoredBlock(from_header(header, (), (), ()), header, (), world)


def _fill(state: State, genesis: Genesis) -> None:
    for allocation in genesis.allocations:
        address = Address(allocation.address)
        set_account(state, address, Account(Uint(allocation.nonce), U256(allocation.balance), allocation.code))
        for slot, word in allocation.storage:
            set_storage(state, address, U256(slot).to_be_bytes32(), U256(word))
