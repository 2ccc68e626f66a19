"""Settings of the devnet's consensus layer."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from fullnode.devnet.consensus.presets import PresetName
from lightclient.network import BlobParameters


@dataclass(frozen=True, slots=True)
class ConsensusSettings:
    """What the beacon chain is made of."""

    preset: PresetName = "minimal"
    """`minimal` (32 members sign for 64 slots) or `mainnet` (512 members sign for 8192 slots)."""
    seed: str = "aios"
    """Validators' keys are derived from it: the same seed and preset give the same genesis validators root."""
    validators: Annotated[int, Meta(ge=0, le=65536)] = 0
    """How many validators there are; 0 means twice a sync committee."""
    seconds_per_slot: Annotated[int, Meta(ge=1, le=3600)] = 1
    """Length of a slot. Mainnet has 12; a demo wants to see finality within half a minute."""
    fulu_epoch: Annotated[int, Meta(ge=0)] = 0
    """First epoch of Fulu: 0 for a chain that starts in it, 2**64 - 1 for one that stays in Electra."""
    blob_schedule: tuple[BlobParameters, ...] = ()
    """Changes of the blob limit after Fulu (EIP-7892); they show in fork digests."""
    participation: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """Share of the sync committee that signs each block."""
    history_slots: Annotated[int, Meta(ge=64)] = 8192
    """For how long finalized blocks between two checkpoints are kept."""
