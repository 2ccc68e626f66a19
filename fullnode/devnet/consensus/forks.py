"""Which fork rules when, and what that means for signatures (domains) and for the wire (fork digests).

The devnet starts in Electra or in Fulu; a chain that starts in Electra may become Fulu at a later epoch. Its fork versions belong to no
public network, so that nothing signed here is valid anywhere else. Invariant: a digest names a fork version and, from Fulu on, the blob
parameters of the epoch too (EIP-7892). Spec: consensus-specs `phase0/beacon-chain.md`, `fulu/beacon-chain.md` compute_fork_digest.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from lightclient.forks import ForkName
from lightclient.ssz import hash_tree_root
from lightclient.types import ForkData, SigningData

FAR_FUTURE_EPOCH: Final = 2**64 - 1
"""An epoch that never comes."""
DOMAIN_BEACON_PROPOSER: Final = bytes.fromhex("00000000")
"""Domain type of block signatures, and of the proposers' seed."""
DOMAIN_RANDAO: Final = bytes.fromhex("02000000")
"""Domain type of randao reveals."""
DOMAIN_SYNC_COMMITTEE: Final = bytes.fromhex("07000000")
"""Domain type of sync committee signatures, and of the committee's seed."""
MAX_BLOBS_PER_BLOCK_ELECTRA: Final = 9
"""Blob limit where no schedule entry applies."""


FORK_VERSIONS: Final = {fork: bytes([fork, 0x0A, 0x10, 0x5D]) for fork in ForkName}
"""The version of every fork on a devnet; the last three bytes are the devnet's own."""


@dataclass(frozen=True, slots=True)
class BlobParameters:
    """One entry of the blob schedule."""

    epoch: int
    """From which epoch on it holds."""
    max_blobs_per_block: int
    """How many blobs a block may carry."""


@dataclass(frozen=True, slots=True)
class ForkSchedule:
    """The forks of one chain: Electra from genesis, Fulu from `fulu_epoch` on."""

    fulu_epoch: int = 0
    """First epoch of Fulu; FAR_FUTURE_EPOCH for a chain that stays in Electra."""
    blob_schedule: tuple[BlobParameters, ...] = ()
    """Changes of the blob limit after Fulu."""

    def fork_at(self, epoch: int) -> ForkName:
        """Returns the fork that rules `epoch`."""
        return ForkName.FULU if epoch >= self.fulu_epoch else ForkName.ELECTRA

    def version_at(self, epoch: int) -> bytes:
        """Returns the fork version of `epoch` (spec: compute_fork_version)."""
        return FORK_VERSIONS[self.fork_at(epoch)]

    def blob_parameters(self, epoch: int) -> BlobParameters:
        """Returns the blob parameters of `epoch` (spec: get_blob_parameters)."""
        for entry in sorted(self.blob_schedule, key=lambda entry: entry.epoch, reverse=True):
            if epoch >= entry.epoch:
                return entry
        return BlobParameters(0, MAX_BLOBS_PER_BLOCK_ELECTRA)

    def digest(self, genesis_validators_root: bytes, epoch: int) -> bytes:
        """Returns the 4-byte fork digest of `epoch` (spec: compute_fork_digest)."""
        base = fork_data_root(self.version_at(epoch), genesis_validators_root)
        if epoch < self.fulu_epoch:
            return base[:4]
        blobs = self.blob_parameters(epoch)
        mask = sha256(blobs.epoch.to_bytes(8, "little") + blobs.max_blobs_per_block.to_bytes(8, "little")).digest()
        return bytes(a ^ b for a, b in zip(base[:4], mask[:4], strict=True))

    def domain(self, domain_type: bytes, genesis_validators_root: bytes, epoch: int) -> bytes:
        """Returns the signature domain of `domain_type` at `epoch` (spec: get_domain)."""
        return domain_type + fork_data_root(self.version_at(epoch), genesis_validators_root)[:28]


def fork_data_root(version: bytes, genesis_validators_root: bytes) -> bytes:
    """Returns the root of ForkData."""
    return hash_tree_root(ForkData(version, genesis_validators_root))


def signing_root(object_root: bytes, domain: bytes) -> bytes:
    """Returns what is signed for an object in a domain (spec: compute_signing_root)."""
    return hash_tree_root(SigningData(object_root, domain))
