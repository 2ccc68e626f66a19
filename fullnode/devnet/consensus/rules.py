"""What stays the same for one chain, and the spec's accessors that depend on it: seeds, proposers, committees, old block roots.

Spec: consensus-specs `phase0/beacon-chain.md` Beacon state accessors, `electra` and `fulu` for what they changed.
"""

from dataclasses import dataclass
from hashlib import sha256

from fullnode.devnet.consensus import schema
from fullnode.devnet.consensus.forks import DOMAIN_BEACON_PROPOSER
from fullnode.devnet.consensus.keys import Keyring
from fullnode.devnet.consensus.presets import Preset
from fullnode.devnet.consensus.records import BeaconState
from fullnode.devnet.consensus.shuffle import proposer_indices, sync_committee_indices
from lightclient.forks import DOMAIN_SYNC_COMMITTEE
from lightclient.network import Network
from lightclient.ssz import Container
from lightclient.types import SyncCommittee


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
