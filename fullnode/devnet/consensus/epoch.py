"""What happens to a state as an epoch ends: justification, randomness, summaries, votes, committees, proposers.

Left out as everywhere here: rewards, penalties, the registry. Spec: consensus-specs `phase0/beacon-chain.md` process_epoch, `altair`,
`capella` and `fulu` for what they changed.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from fullnode.devnet.consensus.records import BeaconState, HistoricalSummary
from fullnode.devnet.consensus.rules import Rules, block_root_at_slot, next_sync_committee, proposers_of
from lightclient.types import Checkpoint

TIMELY_TARGET: Final = 0b010
"""The flag that justification counts."""


def process_epoch(rules: Rules, state: BeaconState) -> BeaconState:
    """Returns `state` after the end of its epoch."""
    steps: tuple[Callable[[Rules, BeaconState], BeaconState], ...] = (
        process_justification_and_finalization,
        process_randao_mixes_reset,
        process_historical_summaries_update,
        process_participation_flag_updates,
        process_sync_committee_updates,
        process_proposer_lookahead,
    )
    for step in steps:
        state = step(rules, state)
    return state


def process_justification_and_finalization(rules: Rules, state: BeaconState) -> BeaconState:
    """Returns `state` with the checkpoints that the votes of this epoch and the last one justify and finalize."""
    epoch = rules.preset.epoch(state.slot)
    if epoch <= 1:
        return state
    bits = int.from_bytes(state.justification_bits, "little") << 1 & 0b1111
    justified = state.current_justified_checkpoint
    votes = ((epoch - 1, state.previous_epoch_participation, 0b10), (epoch, state.current_epoch_participation, 0b01))
    for target, flags, bit in votes:
        if sum(1 for flag in flags if flag & TIMELY_TARGET) * 3 >= len(flags) * 2:
            justified = Checkpoint(target, block_root_at_slot(rules, state, target * rules.preset.slots_per_epoch))
            bits |= bit
    return replace(
        state,
        justification_bits=bytes([bits]),
        previous_justified_checkpoint=state.current_justified_checkpoint,
        current_justified_checkpoint=justified,
        finalized_checkpoint=_finalized(state, epoch, bits),
    )


def _finalized(state: BeaconState, epoch: int, bits: int) -> Checkpoint:
    older, newer = state.previous_justified_checkpoint, state.current_justified_checkpoint
    # Each row: which of the last epochs must be justified, which checkpoint that finalizes, and how many epochs back it must lie.
    table = ((0b1110, older, 3), (0b0110, older, 2), (0b0111, newer, 2), (0b0011, newer, 1))
    finalized = state.finalized_checkpoint
    for mask, source, distance in table:
        if bits & mask == mask and source.epoch + distance == epoch:
            finalized = source
    return finalized


def process_randao_mixes_reset(rules: Rules, state: BeaconState) -> BeaconState:
    """Returns `state` with the next epoch's mix started from this epoch's."""
    epoch = rules.preset.epoch(state.slot)
    length = rules.preset.epochs_per_historical_vector
    return replace(state, randao_mixes=state.randao_mixes.replace((epoch + 1) % length, state.randao_mixes.get(epoch % length)))


def process_historical_summaries_update(rules: Rules, state: BeaconState) -> BeaconState:
    """Returns `state` with the history vectors summed up whenever they have been filled once more."""
    preset = rules.preset
    if (preset.epoch(state.slot) + 1) % (preset.slots_per_historical_root // preset.slots_per_epoch):
        return state
    summary = HistoricalSummary(state.block_roots.root, state.state_roots.root)
    return replace(state, historical_summaries=(*state.historical_summaries, summary))


def process_participation_flag_updates(_: Rules, state: BeaconState) -> BeaconState:
    """Returns `state` with this epoch's votes moved to the previous epoch's place."""
    return replace(
        state,
        previous_epoch_participation=state.current_epoch_participation,
        current_epoch_participation=bytes(len(state.current_epoch_participation)),
    )


def process_sync_committee_updates(rules: Rules, state: BeaconState) -> BeaconState:
    """Returns `state` with the committees moved on by one at the end of a period."""
    if (rules.preset.epoch(state.slot) + 1) % rules.preset.epochs_per_sync_committee_period:
        return state
    return replace(state, current_sync_committee=state.next_sync_committee, next_sync_committee=next_sync_committee(rules, state))


def process_proposer_lookahead(rules: Rules, state: BeaconState) -> BeaconState:
    """Returns `state` with the proposers of the epoch after the next one appended (EIP-7917)."""
    if state.proposer_lookahead is None:
        return state
    proposers = proposers_of(rules, state, rules.preset.epoch(state.slot) + 2)
    return replace(state, proposer_lookahead=state.proposer_lookahead[rules.preset.slots_per_epoch :] + proposers)
