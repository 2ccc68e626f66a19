"""The state transition, as far as a light client can see its outcome: slots, epochs, committees, justification and finality.

What a real beacon chain also does and this one leaves out: rewards and penalties, deposits, exits, withdrawals, slashings, attestation
messages. Validators vote, but the votes are written straight into the participation flags. Everything here is a pure function from state
to state. Spec: consensus-specs `phase0/beacon-chain.md` (process_slots, process_epoch), `altair` and `fulu` for what they changed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from fullnode.devnet.consensus import schema
from fullnode.devnet.consensus.forks import DOMAIN_BEACON_PROPOSER, FORK_VERSIONS
from fullnode.devnet.consensus.keys import Keyring
from fullnode.devnet.consensus.presets import Preset
from fullnode.devnet.consensus.records import BeaconState, HistoricalSummary
from fullnode.devnet.consensus.shuffle import proposer_indices, sync_committee_indices
from lightclient.forks import DOMAIN_SYNC_COMMITTEE, ForkName
from lightclient.network import Network
from lightclient.ssz import Container
from lightclient.types import BEACON_BLOCK_HEADER, Checkpoint, Fork, SyncCommittee

TIMELY_FLAGS: Final = 0b111
"""Source, target and head voted in time."""
TIMELY_TARGET: Final = 0b010
"""The flag that justification counts."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What stays the same for one chain."""

    preset: Preset
    """Sizes."""
    network: Network
    """Forks and what names the chain."""
    keyring: Keyring
    """Every validator's keys."""

    def state_type(self, slot: int) -> Container[BeaconState]:
        """Returns the SSZ type of the state at `slot`."""
        return schema.beacon_state(self.preset, self.network.fork_at_slot(slot))

    def state_root(self, state: BeaconState) -> bytes:
        """Returns the hash tree root of `state`."""
        return self.state_type(state.slot).root(state)


def process_slots(rules: Rules, state: BeaconState, slot: int) -> BeaconState:
    """Returns `state` carried forward to `slot`, through whatever epochs lie between."""
    while state.slot < slot:
        state = process_slot(rules, state)
        if (state.slot + 1) % rules.preset.slots_per_epoch == 0:
            state = process_epoch(rules, state)
        state = replace(state, slot=state.slot + 1)
        if state.proposer_lookahead is None and rules.network.fork_at_slot(state.slot) >= ForkName.FULU:
            state = upgrade_to_fulu(rules, state)
    return state


def process_slot(rules: Rules, state: BeaconState) -> BeaconState:
    """Returns `state` with its own root and its newest block's root written into the history vectors."""
    index = state.slot % rules.preset.slots_per_historical_root
    state_root = rules.state_root(state)
    header = state.latest_block_header
    if header.state_root == bytes(32):
        header = replace(header, state_root=state_root)
    return replace(
        state,
        latest_block_header=header,
        state_roots=state.state_roots.replace(index, state_root),
        block_roots=state.block_roots.replace(index, BEACON_BLOCK_HEADER.root(header)),
    )


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


def upgrade_to_fulu(rules: Rules, state: BeaconState) -> BeaconState:
    """Returns an Electra state as Fulu's first."""
    epoch = rules.preset.epoch(state.slot)
    return replace(
        state,
        fork=Fork(state.fork.current_version, FORK_VERSIONS[ForkName.FULU], epoch),
        proposer_lookahead=proposers_of(rules, state, epoch) + proposers_of(rules, state, epoch + 1),
    )


def next_sync_committee(rules: Rules, state: BeaconState) -> SyncCommittee:
    """Returns the committee of the period after the next (spec: get_next_sync_committee)."""
    state_seed = seed(rules, state, rules.preset.epoch(state.slot) + 1, DOMAIN_SYNC_COMMITTEE)
    indices = sync_committee_indices(rules.preset, len(state.validators), state_seed)
    pubkeys = tuple(state.validators[index].pubkey for index in indices)
    return SyncCommittee(pubkeys=pubkeys, aggregate_pubkey=rules.keyring.aggregate(pubkeys))


def proposers_of(rules: Rules, state: BeaconState, epoch: int) -> tuple[int, ...]:
    """Returns the proposer of each slot of `epoch`, which must not be later than the next one's successor."""
    return proposer_indices(rules.preset, len(state.validators), epoch, seed(rules, state, epoch, DOMAIN_BEACON_PROPOSER))


def proposer_index(rules: Rules, state: BeaconState) -> int:
    """Returns who proposes at the state's slot (spec: get_beacon_proposer_index)."""
    proposers = state.proposer_lookahead or proposers_of(rules, state, rules.preset.epoch(state.slot))
    return proposers[state.slot % rules.preset.slots_per_epoch]


def seed(rules: Rules, state: BeaconState, epoch: int, domain_type: bytes) -> bytes:
    """Returns the seed of `epoch` for one purpose (spec: get_seed)."""
    length = rules.preset.epochs_per_historical_vector
    mix = state.randao_mixes.get((epoch + length - 2) % length)
    return sha256(domain_type + epoch.to_bytes(8, "little") + mix).digest()


def block_root_at_slot(rules: Rules, state: BeaconState, slot: int) -> bytes:
    """Returns the root of the newest block at a recent `slot` (spec: get_block_root_at_slot)."""
    assert slot < state.slot <= slot + rules.preset.slots_per_historical_root
    return state.block_roots.get(slot % rules.preset.slots_per_historical_root)


def with_votes(rules: Rules, state: BeaconState, voters: int) -> BeaconState:
    """Returns `state` with the votes that a block at its slot includes.

    They are those of all earlier slots of this epoch, and the last epoch's rest. The first `voters` validators vote, each in the slot of
    the epoch that its index falls on.
    """
    per_epoch, count = rules.preset.slots_per_epoch, len(state.validators)
    voted = state.slot % per_epoch
    row = bytes([TIMELY_FLAGS] * voted + [0] * (per_epoch - voted))
    current = (row * (count // per_epoch + 1))[:voters].ljust(count, b"\0")
    changed = replace(state, current_epoch_participation=_either(state.current_epoch_participation, current))
    if state.slot < per_epoch or voted:
        return changed
    previous = bytes([TIMELY_FLAGS] * voters).ljust(count, b"\0")
    return replace(changed, previous_epoch_participation=_either(state.previous_epoch_participation, previous))


def _either(old: bytes, new: bytes) -> bytes:
    return (int.from_bytes(old, "big") | int.from_bytes(new, "big")).to_bytes(len(old), "big")
