"""The two presets' numbers that shape a beacon state, a block and a sync committee.

Spec: consensus-specs `presets/{minimal,mainnet}/*.yaml`. Only sizes are here; times and fork versions belong to a network's configuration.
"""

from dataclasses import dataclass
from typing import Final, Literal

PresetName = Literal["minimal", "mainnet"]


@dataclass(frozen=True, slots=True)
class Preset:
    """Sizes under the spec's names."""

    name: PresetName
    """What configuration files and `/eth/v1/config/spec` call this preset."""
    sync_committee_size: int
    """SYNC_COMMITTEE_SIZE: members of one sync committee."""
    slots_per_epoch: int
    """SLOTS_PER_EPOCH."""
    epochs_per_sync_committee_period: int
    """EPOCHS_PER_SYNC_COMMITTEE_PERIOD: how long one committee signs."""
    slots_per_historical_root: int
    """SLOTS_PER_HISTORICAL_ROOT: length of `block_roots` and `state_roots`."""
    epochs_per_historical_vector: int
    """EPOCHS_PER_HISTORICAL_VECTOR: length of `randao_mixes`."""
    epochs_per_slashings_vector: int
    """EPOCHS_PER_SLASHINGS_VECTOR: length of `slashings`."""
    epochs_per_eth1_voting_period: int
    """EPOCHS_PER_ETH1_VOTING_PERIOD: bounds `eth1_data_votes`."""
    shuffle_round_count: int
    """SHUFFLE_ROUND_COUNT: rounds of the swap-or-not shuffle."""
    max_withdrawals_per_payload: int
    """MAX_WITHDRAWALS_PER_PAYLOAD."""
    pending_partial_withdrawals_limit: int
    """PENDING_PARTIAL_WITHDRAWALS_LIMIT."""
    pending_consolidations_limit: int
    """PENDING_CONSOLIDATIONS_LIMIT."""
    default_validators: int
    """How many validators the devnet has unless told otherwise: twice a committee, so that committees differ."""

    @property
    def slots_per_sync_committee_period(self) -> int:
        """Slots during which one committee signs."""
        return self.slots_per_epoch * self.epochs_per_sync_committee_period

    def epoch(self, slot: int) -> int:
        """Returns the epoch of `slot` (spec: compute_epoch_at_slot)."""
        return slot // self.slots_per_epoch

    def period(self, slot: int) -> int:
        """Returns the sync committee period of `slot` (spec: compute_sync_committee_period_at_slot)."""
        return slot // self.slots_per_sync_committee_period


MINIMAL: Final = Preset(
    name="minimal",
    sync_committee_size=32,
    slots_per_epoch=8,
    epochs_per_sync_committee_period=8,
    slots_per_historical_root=64,
    epochs_per_historical_vector=64,
    epochs_per_slashings_vector=64,
    epochs_per_eth1_voting_period=4,
    shuffle_round_count=10,
    max_withdrawals_per_payload=4,
    pending_partial_withdrawals_limit=64,
    pending_consolidations_limit=64,
    default_validators=64,
)
"""Small sizes: a committee rotates every 64 slots."""

MAINNET: Final = Preset(
    name="mainnet",
    sync_committee_size=512,
    slots_per_epoch=32,
    epochs_per_sync_committee_period=256,
    slots_per_historical_root=8192,
    epochs_per_historical_vector=65536,
    epochs_per_slashings_vector=8192,
    epochs_per_eth1_voting_period=64,
    shuffle_round_count=90,
    max_withdrawals_per_payload=16,
    pending_partial_withdrawals_limit=2**27,
    pending_consolidations_limit=2**18,
    default_validators=1024,
)
"""The sizes of Ethereum's main network."""

PRESETS: Final[dict[PresetName, Preset]] = {"minimal": MINIMAL, "mainnet": MAINNET}
"""Every preset by its name."""
