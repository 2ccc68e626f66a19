"""SSZ types of the beacon state and the block body, per preset and fork, with roots remembered for values that did not change.

Lists that stay empty on a devnet have their limit right and their element type open: an empty list's root and encoding depend on the limit
alone. Spec: consensus-specs `electra/beacon-chain.md` (37 state fields), `fulu/beacon-chain.md` (38).
"""

from functools import lru_cache
from typing import Any, Final, TypeVar

from fullnode.devnet.consensus.presets import Preset
from fullnode.devnet.consensus.records import (
    BeaconBlockBody,
    BeaconState,
    ConsolidationRequest,
    Eth1Data,
    ExecutionPayload,
    ExecutionRequests,
    HistoricalSummary,
    Validator,
    WithdrawalRequest,
)
from fullnode.devnet.consensus.ssz_types import Remembered, TreeVector
from lightclient.forks import ForkName
from lightclient.ssz import Bitvector, Boolean, ByteList, ByteVector, Container, List, SszType, Uint, Vector
from lightclient.types import BEACON_BLOCK_HEADER, CHECKPOINT, FORK, execution_payload_header, sync_aggregate, sync_committee

T = TypeVar("T")

UINT64: Final = Uint(8)
BYTES32: Final = ByteVector(32)
VALIDATOR_REGISTRY_LIMIT: Final = 2**40
HISTORICAL_ROOTS_LIMIT: Final = 2**24


ETH1_DATA: Final = Container(Eth1Data, (("deposit_root", BYTES32), ("deposit_count", UINT64), ("block_hash", BYTES32)))
HISTORICAL_SUMMARY: Final = Container(HistoricalSummary, (("block_summary_root", BYTES32), ("state_summary_root", BYTES32)))
VALIDATOR: Final = Container(
    Validator,
    (
        ("pubkey", ByteVector(48)),
        ("withdrawal_credentials", BYTES32),
        ("effective_balance", UINT64),
        ("slashed", Boolean()),
        ("activation_eligibility_epoch", UINT64),
        ("activation_epoch", UINT64),
        ("exit_epoch", UINT64),
        ("withdrawable_epoch", UINT64),
    ),
)
VALIDATORS: Final = List(VALIDATOR, VALIDATOR_REGISTRY_LIMIT)


def _empty(limit: int) -> List[bytes]:
    """Returns the type of a list that stays empty."""
    return List(BYTES32, limit)


WITHDRAWAL_REQUESTS: Final = List(
    Container(WithdrawalRequest, (("source_address", ByteVector(20)), ("validator_pubkey", ByteVector(48)), ("amount", UINT64))),
    16,
)
CONSOLIDATION_REQUESTS: Final = List(
    Container(
        ConsolidationRequest,
        (("source_address", ByteVector(20)), ("source_pubkey", ByteVector(48)), ("target_pubkey", ByteVector(48))),
    ),
    2,
)
EXECUTION_REQUESTS: Final = Container(
    ExecutionRequests,
    (("deposits", _empty(8192)), ("withdrawals", WITHDRAWAL_REQUESTS), ("consolidations", CONSOLIDATION_REQUESTS)),
)


@lru_cache
def execution_payload(preset: Preset) -> Container[ExecutionPayload]:
    """Returns the type of an execution payload (Deneb's, unchanged since)."""
    return Container(
        ExecutionPayload,
        (
            ("parent_hash", BYTES32),
            ("fee_recipient", ByteVector(20)),
            ("state_root", BYTES32),
            ("receipts_root", BYTES32),
            ("logs_bloom", ByteVector(256)),
            ("prev_randao", BYTES32),
            ("block_number", UINT64),
            ("gas_limit", UINT64),
            ("gas_used", UINT64),
            ("timestamp", UINT64),
            ("extra_data", ByteList(32)),
            ("base_fee_per_gas", Uint(32)),
            ("block_hash", BYTES32),
            ("transactions", List(ByteList(2**30), 2**20)),
            ("withdrawals", _empty(preset.max_withdrawals_per_payload)),
            ("blob_gas_used", UINT64),
            ("excess_blob_gas", UINT64),
        ),
    )


@lru_cache
def block_body(preset: Preset) -> Container[BeaconBlockBody]:
    """Returns the type of a block body (Electra's, unchanged in Fulu)."""
    return Container(
        BeaconBlockBody,
        (
            ("randao_reveal", ByteVector(96)),
            ("eth1_data", ETH1_DATA),
            ("graffiti", BYTES32),
            ("proposer_slashings", _empty(16)),
            ("attester_slashings", _empty(1)),
            ("attestations", _empty(8)),
            ("deposits", _empty(16)),
            ("voluntary_exits", _empty(16)),
            ("sync_aggregate", sync_aggregate(preset.sync_committee_size)),
            ("execution_payload", execution_payload(preset)),
            ("bls_to_execution_changes", _empty(16)),
            ("blob_kzg_commitments", _empty(4096)),
            ("execution_requests", EXECUTION_REQUESTS),
        ),
    )


@lru_cache
def beacon_state(preset: Preset, fork: ForkName) -> Container[BeaconState]:
    """Returns the type of a beacon state: 37 fields in Electra, one more in Fulu."""
    committee = Remembered(sync_committee(preset.sync_committee_size))
    participation = Remembered(ByteList(VALIDATOR_REGISTRY_LIMIT))
    history = TreeVector(preset.slots_per_historical_root)
    fields: tuple[tuple[str, SszType[Any]], ...] = (
        ("genesis_time", UINT64),
        ("genesis_validators_root", BYTES32),
        ("slot", UINT64),
        ("fork", FORK),
        ("latest_block_header", BEACON_BLOCK_HEADER),
        ("block_roots", history),
        ("state_roots", history),
        ("historical_roots", _empty(HISTORICAL_ROOTS_LIMIT)),
        ("eth1_data", ETH1_DATA),
        ("eth1_data_votes", _empty(preset.epochs_per_eth1_voting_period * preset.slots_per_epoch)),
        ("eth1_deposit_index", UINT64),
        ("validators", Remembered(VALIDATORS)),
        ("balances", Remembered(List(UINT64, VALIDATOR_REGISTRY_LIMIT))),
        ("randao_mixes", TreeVector(preset.epochs_per_historical_vector)),
        ("slashings", Remembered(Vector(UINT64, preset.epochs_per_slashings_vector))),
        ("previous_epoch_participation", participation),
        ("current_epoch_participation", participation),
        ("justification_bits", Bitvector(4)),
        ("previous_justified_checkpoint", CHECKPOINT),
        ("current_justified_checkpoint", CHECKPOINT),
        ("finalized_checkpoint", CHECKPOINT),
        ("inactivity_scores", Remembered(List(UINT64, VALIDATOR_REGISTRY_LIMIT))),
        ("current_sync_committee", committee),
        ("next_sync_committee", committee),
        ("latest_execution_payload_header", Remembered(execution_payload_header(fork))),
        ("next_withdrawal_index", UINT64),
        ("next_withdrawal_validator_index", UINT64),
        ("historical_summaries", Remembered(List(HISTORICAL_SUMMARY, HISTORICAL_ROOTS_LIMIT))),
        ("deposit_requests_start_index", UINT64),
        ("deposit_balance_to_consume", UINT64),
        ("exit_balance_to_consume", UINT64),
        ("earliest_exit_epoch", UINT64),
        ("consolidation_balance_to_consume", UINT64),
        ("earliest_consolidation_epoch", UINT64),
        ("pending_deposits", _empty(2**27)),
        ("pending_partial_withdrawals", _empty(preset.pending_partial_withdrawals_limit)),
        ("pending_consolidations", _empty(preset.pending_consolidations_limit)),
    )
    if fork >= ForkName.FULU:
        fields += (("proposer_lookahead", Vector(UINT64, 2 * preset.slots_per_epoch)),)
    return Container(BeaconState, fields)
