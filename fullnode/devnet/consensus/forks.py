"""The devnet as a network: its fork versions and when each fork begins.

The devnet starts in Electra or in Fulu; a chain that starts in Electra may become Fulu at a later epoch. Its fork versions belong to no
public network, so that nothing signed here is valid anywhere else. Domains and fork digests are computed by `lightclient.network`;
tests compare both with the executable spec.
"""

from typing import Final

from fullnode.devnet.consensus.presets import PresetName
from lightclient.forks import PRESETS, ForkName
from lightclient.network import FAR_FUTURE_EPOCH, BlobParameters, ForkSchedule, Network, compute_domain, compute_signing_root

DOMAIN_BEACON_PROPOSER: Final = bytes.fromhex("00000000")
"""Domain type of block signatures, and of the proposers' seed."""
DOMAIN_RANDAO: Final = bytes.fromhex("02000000")
"""Domain type of randao reveals."""
FORK_VERSIONS: Final = {fork: bytes([fork, 0x0A, 0x10, 0x5D]) for fork in ForkName if fork <= ForkName.FULU}
"""The version of every fork on a devnet; the last three bytes are the devnet's own."""


def devnet_network(
    preset: PresetName,
    *,
    genesis_validators_root: bytes,
    genesis_time: int,
    seconds_per_slot: int,
    chain_id: int,
    fulu_epoch: int = 0,
    blob_schedule: tuple[BlobParameters, ...] = (),
) -> Network:
    """Returns the network that a devnet is."""
    epochs = {fork: fulu_epoch if fork is ForkName.FULU else 0 for fork in FORK_VERSIONS}
    return Network(
        name=f"devnet-{preset}",
        chain_id=chain_id,
        preset=PRESETS[preset],
        genesis_time=genesis_time,
        genesis_validators_root=genesis_validators_root,
        seconds_per_slot=seconds_per_slot,
        forks=tuple(ForkSchedule(fork, FORK_VERSIONS[fork], epoch) for fork, epoch in epochs.items() if epoch != FAR_FUTURE_EPOCH),
        blob_schedule=blob_schedule,
    )


def signing_root(network: Network, object_root: bytes, domain_type: bytes, epoch: int) -> bytes:
    """Returns what is signed for an object at `epoch`."""
    domain = compute_domain(domain_type, network.fork_at_epoch(epoch).version, network.genesis_validators_root)
    return compute_signing_root(object_root, domain)
