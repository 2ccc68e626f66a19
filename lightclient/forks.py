"""Forks and presets as data: what differs between them, and nothing else.

Sources: the consensus specification's `presets/{mainnet,minimal}/*.yaml` and the constants tables of
`specs/{altair,capella,electra}/light-client/sync-protocol.md`.
"""

from dataclasses import dataclass
from enum import IntEnum


class ForkName(IntEnum):
    """The consensus forks in order, so that `fork >= ForkName.CAPELLA` reads as the specification does."""

    PHASE0 = 0
    ALTAIR = 1
    BELLATRIX = 2
    CAPELLA = 3
    DENEB = 4
    ELECTRA = 5
    FULU = 6
    GLOAS = 7

    @property
    def label(self) -> str:
        """The name as the beacon API and the test vectors write it."""
        return self.name.lower()


FORKS_BY_LABEL = {fork.label: fork for fork in ForkName}
"""Every fork by the name that the beacon API uses."""

LIGHT_CLIENT_FORKS = tuple(fork for fork in ForkName if fork >= ForkName.ALTAIR)
"""Forks that have a light-client protocol."""


@dataclass(frozen=True, slots=True)
class Preset:
    """The compile-time sizes of a network."""

    name: str
    """`mainnet` or `minimal`, as in the specification."""
    slots_per_epoch: int
    """SLOTS_PER_EPOCH."""
    epochs_per_sync_committee_period: int
    """EPOCHS_PER_SYNC_COMMITTEE_PERIOD."""
    sync_committee_size: int
    """SYNC_COMMITTEE_SIZE: members of each committee."""

    @property
    def slots_per_period(self) -> int:
        """Slots for which one sync committee signs."""
        return self.slots_per_epoch * self.epochs_per_sync_committee_period

    @property
    def update_timeout(self) -> int:
        """UPDATE_TIMEOUT: slots without finality after which a forced update is allowed; one period in both presets."""
        return self.slots_per_period

    @property
    def safety_divisor(self) -> int:
        """Divides the best recent participation into the safety threshold for optimistic heads (spec: half)."""
        return 2


MAINNET_PRESET = Preset("mainnet", slots_per_epoch=32, epochs_per_sync_committee_period=256, sync_committee_size=512)
"""Sizes of mainnet and of every public test network."""

MINIMAL_PRESET = Preset("minimal", slots_per_epoch=8, epochs_per_sync_committee_period=8, sync_committee_size=32)
"""Sizes for tests."""

PRESETS = {preset.name: preset for preset in (MAINNET_PRESET, MINIMAL_PRESET)}
"""Presets by name."""

MIN_SYNC_COMMITTEE_PARTICIPANTS = 1
"""Fewest signers that an update may have, in both presets."""

EXECUTION_PAYLOAD_GINDEX = 25
"""Place of `execution_payload` in the beacon block body, capella to fulu."""

EXECUTION_BLOCK_HASH_GINDICES = {ForkName.GLOAS: 2856, ForkName.DENEB: 812, ForkName.CAPELLA: 412}
"""Place of the execution block hash in the beacon block body, by the fork it holds from, newest first.

From gloas on it is `signed_execution_payload_bid.message.parent_block_hash`; headers of that form from before it name
`execution_payload.block_hash`.
"""

DOMAIN_SYNC_COMMITTEE = bytes.fromhex("07000000")
"""Domain type of sync-committee signatures."""


@dataclass(frozen=True, slots=True)
class StateGindices:
    """Where a light client looks in the beacon state, as generalized indices."""

    finalized_root: int
    """Of `finalized_checkpoint.root`."""
    current_sync_committee: int
    """Of `current_sync_committee`."""
    next_sync_committee: int
    """Of `next_sync_committee`."""


ALTAIR_GINDICES = StateGindices(finalized_root=105, current_sync_committee=54, next_sync_committee=55)
"""Altair to deneb: the state has at most 32 fields."""

GLOAS_GINDICES = StateGindices(finalized_root=735, current_sync_committee=2945, next_sync_committee=2946)
"""From gloas on: the state is a progressive container (EIP-7688). As in the specification's 1.7.0 alpha; no network schedules it yet."""

ELECTRA_GINDICES = StateGindices(finalized_root=169, current_sync_committee=86, next_sync_committee=87)
"""Electra and fulu: the state has more than 32 fields, so its tree is one level deeper."""


def state_gindices(fork: ForkName) -> StateGindices:
    """Returns where the fork's beacon state keeps what a light client needs."""
    if fork >= ForkName.GLOAS:
        return GLOAS_GINDICES
    return ELECTRA_GINDICES if fork >= ForkName.ELECTRA else ALTAIR_GINDICES
