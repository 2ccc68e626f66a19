"""The record of a network, its schedule of forks, and what is computed from them: domains, signing roots, fork digests.

Fork digests follow `specs/fulu/beacon-chain.md#modified-compute_fork_digest` (EIP-7892).
"""

from dataclasses import dataclass
from hashlib import sha256

from lightclient.errors import UnknownForkDigest
from lightclient.forks import ForkName, Preset
from lightclient.ssz import hash_tree_root
from lightclient.types import ForkData, SigningData

FAR_FUTURE_EPOCH = 2**64 - 1
"""How a server writes "not scheduled"."""


@dataclass(frozen=True, slots=True)
class ForkSchedule:
    """When one fork begins."""

    fork: ForkName
    """The fork."""
    version: bytes
    """Its version, 4 bytes; enters every signature."""
    epoch: int
    """Its first epoch."""


@dataclass(frozen=True, slots=True)
class BlobParameters:
    """From when on blocks may hold so many blobs; from fulu on these enter the fork digest."""

    epoch: int
    """First epoch."""
    max_blobs_per_block: int
    """Most blobs of a block."""


@dataclass(frozen=True, slots=True)
class Contracts:
    """Contracts that the gateway speaks to on this network, as 0x-prefixed addresses."""

    anchor_registry: str | None = None
    """Our AnchorRegistry."""
    gateway_registry: str | None = None
    """Our GatewayRegistry."""
    eas: str | None = None
    """The Ethereum Attestation Service."""
    schema_registry: str | None = None
    """Where EAS keeps its schemas."""
    shipment_escrow: str | None = None
    """Our ShipmentEscrow."""
    bls_shipment_escrow: str | None = None
    """Our BlsShipmentEscrow, which takes one signature of many gateways."""
    defect_bond: str | None = None
    """Our DefectBond."""
    eas_version: str | None = None
    """Version of that EAS, which is in the EIP-712 domain of attestations."""


@dataclass(frozen=True, slots=True)
class Network:
    """One chain: its identity, its sizes, and the schedule of its rules."""

    name: str
    """What people call it."""
    chain_id: int
    """EIP-155 chain id of the execution chain."""
    preset: Preset
    """Sizes of epochs, periods and committees."""
    genesis_time: int
    """Start of slot 0, seconds since the Unix epoch."""
    genesis_validators_root: bytes
    """Root of the first validator set; names the chain in every signature."""
    seconds_per_slot: int
    """Length of a slot."""
    forks: tuple[ForkSchedule, ...]
    """Every scheduled fork, in order."""
    max_blobs_per_block_electra: int = 9
    """Blob limit from electra until the schedule's first entry."""
    blob_schedule: tuple[BlobParameters, ...] = ()
    """Blob-parameter-only forks, in order."""
    active_balance_eth: int | None = None
    """Stake of all active validators, rounded down; makes the weak-subjectivity period computable. None where it is not known."""
    contracts: Contracts = Contracts()
    """Where to find the gateway's contracts."""
    checkpoint: bytes | None = None
    """Root of a finalized block that whoever wrote the file trusts; a reader of bundles who brings none of his own takes it."""

    def epoch_at_slot(self, slot: int) -> int:
        """Returns the epoch that holds the slot."""
        return slot // self.preset.slots_per_epoch

    def period_at_slot(self, slot: int) -> int:
        """Returns the sync-committee period that holds the slot."""
        return slot // self.preset.slots_per_period

    def slot_at_time(self, time: float) -> int:
        """Returns the slot that is current at a Unix time in seconds; 0 before genesis."""
        return max(int(time - self.genesis_time) // self.seconds_per_slot, 0)

    def time_at_slot(self, slot: int) -> int:
        """Returns when the slot begins, seconds since the Unix epoch."""
        return self.genesis_time + slot * self.seconds_per_slot

    def fork_at_epoch(self, epoch: int) -> ForkSchedule:
        """Returns the fork whose rules hold in the epoch."""
        return [entry for entry in self.forks if entry.epoch <= epoch][-1]

    def fork_at_slot(self, slot: int) -> ForkName:
        """Returns the name of the fork whose rules hold at the slot."""
        return self.fork_at_epoch(self.epoch_at_slot(slot)).fork

    def fork_epoch(self, fork: ForkName) -> int:
        """Returns the fork's first epoch, or FAR_FUTURE_EPOCH where it is not scheduled."""
        return next((entry.epoch for entry in self.forks if entry.fork == fork), FAR_FUTURE_EPOCH)

    def fork_digests(self) -> dict[bytes, ForkName]:
        """Returns every fork digest that the schedule gives rise to, with the fork whose types it announces."""
        epochs = [entry.epoch for entry in self.forks] + [entry.epoch for entry in self.blob_schedule]
        return {compute_fork_digest(self, epoch): self.fork_at_epoch(epoch).fork for epoch in sorted(epochs)}

    def fork_of_digest(self, digest: bytes) -> ForkName:
        """Returns the fork that a 4-byte fork digest announces.

        Raises:
            UnknownForkDigest: the schedule has no such digest; the server is of another network, or this software is too old.
        """
        try:
            return self.fork_digests()[digest]
        except KeyError:
            raise UnknownForkDigest(digest, self.name) from None


def compute_fork_data_root(current_version: bytes, genesis_validators_root: bytes) -> bytes:
    """Returns the root that names one fork of one chain (spec: `compute_fork_data_root`)."""
    return hash_tree_root(ForkData(current_version, genesis_validators_root))


def compute_domain(domain_type: bytes, fork_version: bytes, genesis_validators_root: bytes) -> bytes:
    """Returns the signature domain, 32 bytes (spec: `compute_domain`)."""
    return domain_type + compute_fork_data_root(fork_version, genesis_validators_root)[:28]


def compute_signing_root(object_root: bytes, domain: bytes) -> bytes:
    """Returns what a signature over the object signs (spec: `compute_signing_root`)."""
    return hash_tree_root(SigningData(object_root, domain))


def compute_fork_digest(network: Network, epoch: int) -> bytes:
    """Returns the 4-byte digest that announces the rules of the epoch; from fulu on it depends on the blob parameters (EIP-7892)."""
    schedule = network.fork_at_epoch(epoch)
    base = compute_fork_data_root(schedule.version, network.genesis_validators_root)
    if schedule.fork < ForkName.FULU:
        return base[:4]
    blobs = get_blob_parameters(network, epoch)
    mask = sha256(blobs.epoch.to_bytes(8, "little") + blobs.max_blobs_per_block.to_bytes(8, "little")).digest()
    return bytes(a ^ b for a, b in zip(base[:4], mask[:4], strict=True))


def get_blob_parameters(network: Network, epoch: int) -> BlobParameters:
    """Returns the blob parameters of the epoch (spec: `get_blob_parameters`)."""
    electra = BlobParameters(network.fork_epoch(ForkName.ELECTRA), network.max_blobs_per_block_electra)
    return [electra, *(entry for entry in network.blob_schedule if entry.epoch <= epoch)][-1]
