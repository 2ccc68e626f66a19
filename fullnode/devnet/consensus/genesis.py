"""The first state and the first block: everybody a validator with the largest balance, committees drawn as at any other period's end.

The registry depends on the seed, the preset and the number of validators alone, so `genesis_validators_root`, which names the network in
every signature, does not change with the time of the start. Spec: consensus-specs `electra/beacon-chain.md` and `fulu/fork.md`.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Final

from fullnode.devnet.consensus import schema
from fullnode.devnet.consensus.body import payload_header
from fullnode.devnet.consensus.forks import FORK_VERSIONS
from fullnode.devnet.consensus.keys import Keyring
from fullnode.devnet.consensus.records import BeaconState, Eth1Data, Validator
from fullnode.devnet.consensus.rules import Rules, next_sync_committee, proposers_of
from fullnode.devnet.consensus.tree import Tree
from fullnode.devnet.execution.block import ExecutionBlock
from lightclient.forks import ForkName
from lightclient.types import BeaconBlockHeader, Checkpoint, Fork, SyncCommittee

MAX_EFFECTIVE_BALANCE: Final = 2_048_000_000_000
"""MAX_EFFECTIVE_BALANCE_ELECTRA, Gwei: every validator holds exactly this."""
UNSET_DEPOSIT_REQUESTS_START_INDEX: Final = 2**64 - 1
"""What the spec writes until the first deposit request comes."""
COMPOUNDING_WITHDRAWAL_PREFIX: Final = b"\x02"
"""Credentials that allow an effective balance above 32 ether."""
ACTIVATION_EXIT_EPOCH: Final = 5
"""compute_activation_exit_epoch(0): MAX_SEED_LOOKAHEAD and one."""


def validators(keyring: Keyring) -> tuple[Validator, ...]:
    """Returns the registry: all active from genesis on."""
    return tuple(
        Validator(
            pubkey=pubkey,
            withdrawal_credentials=COMPOUNDING_WITHDRAWAL_PREFIX + bytes(11) + sha256(pubkey).digest()[:20],
            effective_balance=MAX_EFFECTIVE_BALANCE,
        )
        for pubkey in keyring.pubkeys
    )


def genesis_validators_root(keyring: Keyring) -> bytes:
    """Returns the root of the registry, which names the network."""
    return schema.VALIDATORS.root(validators(keyring))


def genesis_state(rules: Rules, execution: ExecutionBlock) -> BeaconState:
    """Returns the state of slot 0, over the execution chain's block 0."""
    preset, registry = rules.preset, validators(rules.keyring)
    count = len(registry)
    empty_body = schema.block_body(preset).default()
    fork = rules.network.fork_at_epoch(0)
    no_committee = SyncCommittee(pubkeys=(), aggregate_pubkey=b"")
    state = BeaconState(
        genesis_time=rules.network.genesis_time,
        genesis_validators_root=rules.network.genesis_validators_root,
        slot=0,
        fork=Fork(FORK_VERSIONS[ForkName.ELECTRA], fork.version, 0),
        latest_block_header=BeaconBlockHeader(0, 0, bytes(32), bytes(32), schema.block_body(preset).root(empty_body)),
        block_roots=Tree.filled(bytes(32), preset.slots_per_historical_root),
        state_roots=Tree.filled(bytes(32), preset.slots_per_historical_root),
        historical_roots=(),
        eth1_data=Eth1Data(deposit_count=count, block_hash=execution.block_hash),
        eth1_data_votes=(),
        eth1_deposit_index=count,
        validators=registry,
        balances=(MAX_EFFECTIVE_BALANCE,) * count,
        # The registry's keys are the seed's only trace in public, so the first randomness comes from them and not from the start time.
        randao_mixes=Tree.filled(sha256(b"".join(rules.keyring.pubkeys)).digest(), preset.epochs_per_historical_vector),
        slashings=(0,) * preset.epochs_per_slashings_vector,
        previous_epoch_participation=bytes(count),
        current_epoch_participation=bytes(count),
        justification_bits=b"\0",
        previous_justified_checkpoint=Checkpoint(0, bytes(32)),
        current_justified_checkpoint=Checkpoint(0, bytes(32)),
        finalized_checkpoint=Checkpoint(0, bytes(32)),
        inactivity_scores=(0,) * count,
        current_sync_committee=no_committee,
        next_sync_committee=no_committee,
        latest_execution_payload_header=payload_header(preset, execution),
        next_withdrawal_index=0,
        next_withdrawal_validator_index=0,
        historical_summaries=(),
        deposit_requests_start_index=UNSET_DEPOSIT_REQUESTS_START_INDEX,
        deposit_balance_to_consume=0,
        exit_balance_to_consume=0,
        earliest_exit_epoch=ACTIVATION_EXIT_EPOCH,
        consolidation_balance_to_consume=0,
        earliest_consolidation_epoch=ACTIVATION_EXIT_EPOCH,
        pending_deposits=(),
        pending_partial_withdrawals=(),
        pending_consolidations=(),
        proposer_lookahead=None,
    )
    committee = next_sync_committee(rules, state)
    state = replace(state, current_sync_committee=committee, next_sync_committee=committee)
    if fork.fork >= ForkName.FULU:
        state = replace(state, proposer_lookahead=proposers_of(rules, state, 0) + proposers_of(rules, state, 1))
    return state
