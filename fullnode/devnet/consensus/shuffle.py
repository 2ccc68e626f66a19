"""Who proposes and who sits in the sync committee: the spec's swap-or-not shuffle over the validator registry.

Every validator of the devnet holds the largest effective balance, so the spec's sampling by balance accepts the first candidate each time
and is left out here; tests compare the outcome with the executable spec. Spec: consensus-specs `phase0/beacon-chain.md`
compute_shuffled_index, `electra/beacon-chain.md` compute_proposer_index and get_next_sync_committee_indices.
"""

from functools import lru_cache
from hashlib import sha256

from fullnode.devnet.consensus.presets import Preset


def shuffled_index(index: int, count: int, seed: bytes, rounds: int) -> int:
    """Returns where `index` of `count` lands (spec: compute_shuffled_index)."""
    for current_round in range(rounds):
        round_seed = seed + bytes([current_round])
        pivot = int.from_bytes(sha256(round_seed).digest()[:8], "little") % count
        flip = (pivot - index) % count
        position = max(index, flip)
        source = sha256(round_seed + (position // 256).to_bytes(4, "little")).digest()
        if source[position % 256 // 8] >> (position % 8) & 1:
            index = flip
    return index


def permutation(count: int, seed: bytes, rounds: int) -> list[int]:
    """Returns where each index of `count` lands, hashing each source once instead of once per index."""
    indices = list(range(count))
    for current_round in range(rounds):
        round_seed = seed + bytes([current_round])
        pivot = int.from_bytes(sha256(round_seed).digest()[:8], "little") % count
        sources = b"".join(sha256(round_seed + bucket.to_bytes(4, "little")).digest() for bucket in range((count + 255) // 256))
        swapped = []
        for index in indices:
            flip = (pivot - index) % count
            position = max(index, flip)
            swapped.append(flip if sources[position >> 3] >> (position & 7) & 1 else index)
        indices = swapped
    return indices


@lru_cache(maxsize=64)
def proposer_indices(preset: Preset, validators: int, epoch: int, seed: bytes) -> tuple[int, ...]:
    """Returns the proposer of each slot of `epoch` (spec: compute_proposer_indices)."""
    start = epoch * preset.slots_per_epoch
    slot_seeds = (sha256(seed + slot.to_bytes(8, "little")).digest() for slot in range(start, start + preset.slots_per_epoch))
    return tuple(shuffled_index(0, validators, slot_seed, preset.shuffle_round_count) for slot_seed in slot_seeds)


def sync_committee_indices(preset: Preset, validators: int, seed: bytes) -> tuple[int, ...]:
    """Returns the members of the next sync committee (spec: get_next_sync_committee_indices); few validators sit more than once."""
    order = permutation(validators, seed, preset.shuffle_round_count)
    return tuple(order[i % validators] for i in range(preset.sync_committee_size))
