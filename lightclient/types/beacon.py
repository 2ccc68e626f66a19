"""Consensus containers that every fork shares.

Source: `specs/phase0/beacon-chain.md#containers` and `specs/altair/beacon-chain.md#new-containers`.
"""

from dataclasses import dataclass
from functools import cache

from lightclient.ssz import Bitvector, ByteVector, Container, Uint, Vector

UINT64 = Uint(8)
"""Slot, Epoch, ValidatorIndex, Gwei."""
BYTES4 = ByteVector(4)
"""Version, DomainType, ForkDigest."""
BYTES32 = ByteVector(32)
"""Root, Hash32, Domain."""
BLS_PUBKEY = ByteVector(48)
"""BLSPubkey, compressed G1."""
BLS_SIGNATURE = ByteVector(96)
"""BLSSignature, compressed G2."""


@dataclass(frozen=True, slots=True)
class BeaconBlockHeader:
    """A beacon block without its body."""

    slot: int
    """When it was proposed."""
    proposer_index: int
    """Who proposed it."""
    parent_root: bytes
    """Root of the parent block."""
    state_root: bytes
    """Root of the state after the block; every branch of the light client but the execution branch ends here."""
    body_root: bytes
    """Root of the body; the execution branch ends here."""

    def ssz_type(self) -> Container["BeaconBlockHeader"]:
        """Returns the SSZ type."""
        return BEACON_BLOCK_HEADER


BEACON_BLOCK_HEADER = Container(
    BeaconBlockHeader,
    (("slot", UINT64), ("proposer_index", UINT64), ("parent_root", BYTES32), ("state_root", BYTES32), ("body_root", BYTES32)),
)
"""SSZ type of the header, the same in every fork."""


@dataclass(frozen=True, slots=True)
class SyncCommittee:
    """The validators whose signatures a light client follows for one period."""

    pubkeys: tuple[bytes, ...]
    """Compressed public keys, 48 bytes each; a validator may appear more than once."""
    aggregate_pubkey: bytes
    """Sum of all keys as the server states it; hashed, never used in verification."""

    def ssz_type(self) -> Container["SyncCommittee"]:
        """Returns the SSZ type for a committee of this many members."""
        return sync_committee(len(self.pubkeys))


@cache
def sync_committee(size: int) -> Container[SyncCommittee]:
    """Returns the SSZ type of a committee with so many members."""
    return Container(SyncCommittee, (("pubkeys", Vector(BLS_PUBKEY, size)), ("aggregate_pubkey", BLS_PUBKEY)))


@dataclass(frozen=True, slots=True)
class SyncAggregate:
    """Who of the committee signed, and their one signature."""

    sync_committee_bits: bytes
    """One bit per member, packed as on the wire: member `i` is bit `i % 8` of byte `i // 8`."""
    sync_committee_signature: bytes
    """Aggregate BLS signature, compressed G2, 96 bytes."""

    @property
    def participants(self) -> int:
        """Number of members who signed."""
        return int.from_bytes(self.sync_committee_bits, "little").bit_count()

    def ssz_type(self) -> Container["SyncAggregate"]:
        """Returns the SSZ type; the committee's size is that of the bit field in whole bytes, as in both presets."""
        return sync_aggregate(8 * len(self.sync_committee_bits))


@cache
def sync_aggregate(size: int) -> Container[SyncAggregate]:
    """Returns the SSZ type for a committee with so many members."""
    return Container(SyncAggregate, (("sync_committee_bits", Bitvector(size)), ("sync_committee_signature", BLS_SIGNATURE)))


@dataclass(frozen=True, slots=True)
class ForkData:
    """What a signature domain and a fork digest are made from."""

    current_version: bytes
    """Fork version, 4 bytes."""
    genesis_validators_root: bytes
    """Names the network."""

    def ssz_type(self) -> Container["ForkData"]:
        """Returns the SSZ type."""
        return FORK_DATA


FORK_DATA = Container(ForkData, (("current_version", BYTES4), ("genesis_validators_root", BYTES32)))
"""SSZ type of ForkData."""


@dataclass(frozen=True, slots=True)
class SigningData:
    """What is signed: an object's root under a domain."""

    object_root: bytes
    """Hash tree root of the signed object."""
    domain: bytes
    """Signature domain, 32 bytes."""

    def ssz_type(self) -> Container["SigningData"]:
        """Returns the SSZ type."""
        return SIGNING_DATA


SIGNING_DATA = Container(SigningData, (("object_root", BYTES32), ("domain", BYTES32)))
"""SSZ type of SigningData."""


@dataclass(frozen=True, slots=True)
class Fork:
    """The fork field of a beacon state."""

    previous_version: bytes
    """Version before `epoch`."""
    current_version: bytes
    """Version from `epoch` on."""
    epoch: int
    """When the current fork began."""

    def ssz_type(self) -> Container["Fork"]:
        """Returns the SSZ type."""
        return FORK


FORK = Container(Fork, (("previous_version", BYTES4), ("current_version", BYTES4), ("epoch", UINT64)))
"""SSZ type of Fork."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An epoch and the block that began it."""

    epoch: int
    """The epoch."""
    root: bytes
    """Root of the block at, or last before, the epoch's first slot."""

    def ssz_type(self) -> Container["Checkpoint"]:
        """Returns the SSZ type."""
        return CHECKPOINT


CHECKPOINT = Container(Checkpoint, (("epoch", UINT64), ("root", BYTES32)))
"""SSZ type of Checkpoint."""
