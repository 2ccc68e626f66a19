"""The state transition, as far as a light client can see its outcome: slots, forks, votes; `epoch` has what happens between epochs.

What a real beacon chain also does and this one leaves out: rewards and penalties, deposits, exits, withdrawals, slashings, attestation
messages. Validators vote, but the votes are written straight into the participation flags. Everything here is a pure function from state
to state. Spec: consensus-specs `phase0/beacon-chain.md` process_slots, `fulu/fork.md`.
"""

from dataclasses import replace
from typing import Final

from fullnode.devnet.consensus.epoch import process_epoch
from fullnode.devnet.consensus.forks import FORK_VERSIONS
from fullnode.devnet.consensus.records import BeaconState
from fullnode.devnet.consensus.rules import Rules, proposers_of
from lightclient.forks import ForkName
from lightclient.types import BEACON_BLOCK_HEADER, Fork

TIMELY_FLAGS: Final = 0b111
"""Source, target and head voted in time."""


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


def upgrade_to_fulu(rules: Rules, state: BeaconState) -> BeaconState:
    """Returns an Electra state as Fulu's first."""
    epoch = rules.preset.epoch(state.slot)
    return replace(
        state,
        fork=Fork(state.fork.current_version, FORK_VERSIONS[ForkName.FULU], epoch),
        proposer_lookahead=proposers_of(rules, state, epoch) + proposers_of(rules, state, epoch + 1),
    )


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
