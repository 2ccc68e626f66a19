"""The records a beacon state and a block body are made of, beside those that light clients read too.

Fields carry the spec's names and order; Python integers and bytes, tuples for lists. Spec: consensus-specs `electra/beacon-chain.md`,
`fulu/beacon-chain.md`. What their SSZ types are, per preset and fork, is in `schema`.
"""

from dataclasses import dataclass
from typing import Any

from fullnode.devnet.consensus.tree import Tree
from lightclient.network import FAR_FUTURE_EPOCH
from lightclient.types import BeaconBlockHeader, Checkpoint, ExecutionPayloadHeader, Fork, SyncAggregate, SyncCommittee


@dataclass(frozen=True, slots=True)
class Eth1Data:
    """The deposit contract's state as the chain last agreed on it; constant here."""

    deposit_root: bytes = bytes(32)
    """Root of the deposit tree."""
    deposit_count: int = 0
    """Deposits made."""
    block_hash: bytes = bytes(32)
    """Execution block it was read at."""


@dataclass(frozen=True, slots=True)
class Validator:
    """One entry of the registry; none is ever slashed or leaves."""

    pubkey: bytes
    """Compressed BLS public key."""
    withdrawal_credentials: bytes
    """Where its balance may go."""
    effective_balance: int
    """Weight of its vote, Gwei."""
    slashed: bool = False
    """Whether it was punished."""
    activation_eligibility_epoch: int = 0
    """When it asked to be active."""
    activation_epoch: int = 0
    """When it became active."""
    exit_epoch: int = FAR_FUTURE_EPOCH
    """When it leaves."""
    withdrawable_epoch: int = FAR_FUTURE_EPOCH
    """When it may take its balance."""


@dataclass(frozen=True, slots=True)
class HistoricalSummary:
    """Roots of the two history vectors at the end of a round."""

    block_summary_root: bytes
    """Root of `block_roots`."""
    state_summary_root: bytes
    """Root of `state_roots`."""


@dataclass(frozen=True, slots=True)
class ExecutionPayload:
    """An execution block as a beacon block carries it."""

    parent_hash: bytes
    """Hash of the parent execution block."""
    fee_recipient: bytes
    """Who receives the fees."""
    state_root: bytes
    """Root of the accounts' trie after the block."""
    receipts_root: bytes
    """Root of the receipts' trie."""
    logs_bloom: bytes
    """Bloom filter over the logs, 256 bytes."""
    prev_randao: bytes
    """The beacon chain's randomness before this block."""
    block_number: int
    """Height."""
    gas_limit: int
    """Most gas the block may use."""
    gas_used: int
    """Gas it used."""
    timestamp: int
    """Start of its slot, Unix seconds."""
    extra_data: bytes
    """Up to 32 free bytes."""
    base_fee_per_gas: int
    """Wei per gas that is burnt."""
    block_hash: bytes
    """Keccak-256 of the execution header."""
    transactions: tuple[bytes, ...]
    """Encoded transactions."""
    withdrawals: tuple[Any, ...]
    """Always empty: no validator of the devnet withdraws."""
    blob_gas_used: int
    """Gas used by blobs."""
    excess_blob_gas: int
    """What blobs used above their target so far."""


@dataclass(frozen=True, slots=True)
class WithdrawalRequest:
    """A contract's wish that a validator pays out (EIP-7002)."""

    source_address: bytes
    """Who asks."""
    validator_pubkey: bytes
    """The validator meant."""
    amount: int
    """Gwei; 0 asks it to leave."""


@dataclass(frozen=True, slots=True)
class ConsolidationRequest:
    """A contract's wish that two validators become one (EIP-7251)."""

    source_address: bytes
    """Who asks."""
    source_pubkey: bytes
    """The validator that ends."""
    target_pubkey: bytes
    """The validator that grows."""


@dataclass(frozen=True, slots=True)
class ExecutionRequests:
    """Requests that the execution block makes of the beacon chain.

    None has an effect: nobody holds the key of a validator's withdrawal address, and the spec ignores everybody else's requests.
    """

    deposits: tuple[Any, ...] = ()
    """Deposits (EIP-6110); always empty, as there is no deposit contract."""
    withdrawals: tuple[WithdrawalRequest, ...] = ()
    """Withdrawals (EIP-7002)."""
    consolidations: tuple[ConsolidationRequest, ...] = ()
    """Consolidations (EIP-7251)."""


@dataclass(frozen=True, slots=True)
class BeaconBlockBody:
    """What a block says. Votes are counted without attestation messages, so its own lists of operations are empty."""

    randao_reveal: bytes
    """The proposer's signature of the epoch."""
    eth1_data: Eth1Data
    """The proposer's view of the deposit contract."""
    graffiti: bytes
    """32 free bytes."""
    proposer_slashings: tuple[Any, ...]
    """Empty."""
    attester_slashings: tuple[Any, ...]
    """Empty."""
    attestations: tuple[Any, ...]
    """Empty."""
    deposits: tuple[Any, ...]
    """Empty."""
    voluntary_exits: tuple[Any, ...]
    """Empty."""
    sync_aggregate: SyncAggregate
    """The sync committee's signature of the parent block."""
    execution_payload: ExecutionPayload
    """The execution block."""
    bls_to_execution_changes: tuple[Any, ...]
    """Empty."""
    blob_kzg_commitments: tuple[bytes, ...]
    """Empty: the devnet carries no blobs."""
    execution_requests: ExecutionRequests
    """What contracts asked of the beacon chain in the execution block."""


@dataclass(frozen=True, slots=True, eq=False)
class BeaconState:
    """Everything the beacon chain knows at one slot; a transition makes a new one and shares what did not change."""

    genesis_time: int
    """Start of slot 0, Unix seconds."""
    genesis_validators_root: bytes
    """Root of the registry at genesis; part of every signature's domain."""
    slot: int
    """The slot this state is at."""
    fork: Fork
    """The fork in force."""
    latest_block_header: BeaconBlockHeader
    """Header of the newest block; its state root is zero until the next slot begins."""
    block_roots: Tree
    """Root of the newest block at each recent slot."""
    state_roots: Tree
    """Root of the state at each recent slot."""
    historical_roots: tuple[bytes, ...]
    """Frozen since Capella; empty."""
    eth1_data: Eth1Data
    """Constant here."""
    eth1_data_votes: tuple[Eth1Data, ...]
    """Constant here: votes on the deposit contract are not collected."""
    eth1_deposit_index: int
    """Deposits processed."""
    validators: tuple[Validator, ...]
    """The registry; constant here."""
    balances: tuple[int, ...]
    """Gwei; constant here: no rewards, penalties or withdrawals."""
    randao_mixes: Tree
    """Accumulated randomness of each recent epoch."""
    slashings: tuple[int, ...]
    """All zero."""
    previous_epoch_participation: bytes
    """One byte of flags per validator for the previous epoch."""
    current_epoch_participation: bytes
    """One byte of flags per validator for this epoch."""
    justification_bits: bytes
    """Which of the last four epochs were justified, packed."""
    previous_justified_checkpoint: Checkpoint
    """What was justified an epoch ago."""
    current_justified_checkpoint: Checkpoint
    """The newest justified checkpoint."""
    finalized_checkpoint: Checkpoint
    """The newest finalized checkpoint."""
    inactivity_scores: tuple[int, ...]
    """All zero."""
    current_sync_committee: SyncCommittee
    """Who signs in this period."""
    next_sync_committee: SyncCommittee
    """Who signs in the next period."""
    latest_execution_payload_header: ExecutionPayloadHeader
    """The newest execution block."""
    next_withdrawal_index: int
    """Zero."""
    next_withdrawal_validator_index: int
    """Zero."""
    historical_summaries: tuple[HistoricalSummary, ...]
    """One per round of the history vectors."""
    deposit_requests_start_index: int
    """Unset: no deposit was ever requested."""
    deposit_balance_to_consume: int
    """Zero."""
    exit_balance_to_consume: int
    """Zero."""
    earliest_exit_epoch: int
    """Constant."""
    consolidation_balance_to_consume: int
    """Zero."""
    earliest_consolidation_epoch: int
    """Constant."""
    pending_deposits: tuple[Any, ...]
    """Empty."""
    pending_partial_withdrawals: tuple[Any, ...]
    """Empty."""
    pending_consolidations: tuple[Any, ...]
    """Empty."""
    proposer_lookahead: tuple[int, ...] | None
    """Proposers of this epoch and the next (EIP-7917); None before Fulu, whose states have no such field."""
