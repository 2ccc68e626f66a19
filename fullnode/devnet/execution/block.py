"""A block of the execution chain: what consensus embeds, and what is kept about it.

Pure. Field names of `ExecutionBlock` are those of `ExecutionPayload` (consensus-specs, deneb to fulu), so that the consensus side
can compute its SSZ roots from them; those of the header are EELS's.
"""

from dataclasses import dataclass

from ethereum.forks.osaka.blocks import Block, Header, Log, Withdrawal
from ethereum.forks.osaka.fork_types import Address
from ethereum.forks.osaka.transactions import encode_transaction
from ethereum_rlp import rlp
from ethereum_types.numeric import U64, U256

from fullnode.devnet.execution.encoding import keccak
from fullnode.devnet.execution.transaction import SignedTransaction
from fullnode.devnet.execution.world import World


@dataclass(frozen=True, slots=True)
class WithdrawalRecord:
    """A withdrawal from the consensus layer (EIP-4895)."""

    index: int
    """Running number of all withdrawals."""
    validator_index: int
    """Validator that withdraws."""
    address: bytes
    """Receiver, 20 bytes."""
    amount: int
    """Gwei."""


@dataclass(frozen=True, slots=True)
class ExecutionBlock:
    """Everything an ExecutionPayload carries, and the three header fields that travel beside it."""

    parent_hash: bytes
    """Hash of the parent block, 32 bytes."""
    fee_recipient: bytes
    """Receiver of the tips, 20 bytes."""
    state_root: bytes
    """Root of the state after this block."""
    receipts_root: bytes
    """Root of the receipts trie."""
    logs_bloom: bytes
    """Bloom filter over the logs, 256 bytes."""
    prev_randao: bytes
    """Randomness from the beacon chain, 32 bytes."""
    block_number: int
    """Height."""
    gas_limit: int
    """Most gas the block may use."""
    gas_used: int
    """Gas the block did use."""
    timestamp: int
    """Seconds since the Unix epoch."""
    extra_data: bytes
    """At most 32 bytes."""
    base_fee_per_gas: int
    """Wei."""
    block_hash: bytes
    """keccak-256 of `header_rlp`."""
    transactions: tuple[bytes, ...]
    """Raw transactions, each as it was sent (EIP-2718)."""
    withdrawals: tuple[WithdrawalRecord, ...]
    """Withdrawals paid out in this block."""
    blob_gas_used: int
    """Always 0 here: blobs are refused."""
    excess_blob_gas: int
    """Always 0 here."""
    parent_beacon_block_root: bytes
    """Root of the parent beacon block (EIP-4788), 32 bytes."""
    requests_hash: bytes
    """Commitment to the requests (EIP-7685), 32 bytes."""
    requests: tuple[bytes, ...]
    """The requests themselves, each its type byte and data, ascending."""
    transactions_root: bytes
    """Merkle-Patricia root of the transactions, as the header has it (not the SSZ root)."""
    withdrawals_root: bytes
    """Merkle-Patricia root of the withdrawals, as the header has it (not the SSZ root)."""
    header_rlp: bytes
    """RLP of the header."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one transaction."""

    transaction: SignedTransaction
    """The transaction."""
    index: int
    """Its place in the block."""
    succeeded: bool
    """Whether its outermost frame ended without error."""
    gas_used: int
    """Gas it paid for."""
    cumulative_gas_used: int
    """Gas of the block up to and including it."""
    effective_gas_price: int
    """Wei paid per gas."""
    contract_address: bytes | None
    """Where it created a contract, if it tried to."""
    logs: tuple[Log, ...]
    """Logs in order."""
    bloom: bytes
    """Bloom filter over its logs."""
    first_log_index: int
    """Index within the block of its first log."""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block with everything that is kept about it."""

    block: ExecutionBlock
    """What consensus sees."""
    header: Header
    """The same header, in EELS's form."""
    receipts: tuple[Receipt, ...]
    """One for each transaction."""
    world: World | None
    """State after the block, or None once it is too old."""

    @property
    def hash(self) -> bytes:
        """The block's hash."""
        return self.block.block_hash

    @property
    def number(self) -> int:
        """The block's height."""
        return self.block.block_number

    def eels_block(self) -> Block:
        """Returns the block as EELS's `state_transition` takes it."""
        return Block(
            header=self.header,
            transactions=tuple(encode_transaction(r.transaction.tx) for r in self.receipts),
            ommers=(),
            withdrawals=tuple(eels_withdrawal(w) for w in self.block.withdrawals),
        )

    def size(self) -> int:
        """Returns the length of the block's RLP, bytes."""
        return len(rlp.encode(self.eels_block()))


def eels_withdrawal(withdrawal: WithdrawalRecord) -> Withdrawal:
    """Returns the withdrawal in EELS's form."""
    return Withdrawal(U64(withdrawal.index), U64(withdrawal.validator_index), Address(withdrawal.address), U256(withdrawal.amount))


def from_header(
    header: Header, transactions: tuple[bytes, ...], withdrawals: tuple[WithdrawalRecord, ...], requests: tuple[bytes, ...]
) -> ExecutionBlock:
    """Returns the block that the header and bodies make up."""
    header_rlp = bytes(rlp.encode(header))
    return ExecutionBlock(
        parent_hash=bytes(header.parent_hash),
        fee_recipient=bytes(header.coinbase),
        state_root=bytes(header.state_root),
        receipts_root=bytes(header.receipt_root),
        logs_bloom=bytes(header.bloom),
        prev_randao=bytes(header.prev_randao),
        block_number=int(header.number),
        gas_limit=int(header.gas_limit),
        gas_used=int(header.gas_used),
        timestamp=int(header.timestamp),
        extra_data=bytes(header.extra_data),
        base_fee_per_gas=int(header.base_fee_per_gas),
        block_hash=keccak(header_rlp),
        transactions=transactions,
        withdrawals=withdrawals,
        blob_gas_used=int(header.blob_gas_used),
        excess_blob_gas=int(header.excess_blob_gas),
        parent_beacon_block_root=bytes(header.parent_beacon_block_root),
        requests_hash=bytes(header.requests_hash),
        requests=requests,
        transactions_root=bytes(header.transactions_root),
        withdrawals_root=bytes(header.withdrawals_root),
        header_rlp=header_rlp,
    )
