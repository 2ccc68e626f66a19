"""The executable specification, set to a devnet's configuration."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from fullnode.devnet.consensus.block import Block
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.forks import FORK_VERSIONS
from fullnode.devnet.consensus.records import BeaconBlockBody, BeaconState
from fullnode.devnet.consensus.schema import block_body
from lightclient.forks import ForkName
from lightclient.ssz import serialize


@contextmanager
def specification(chain: BeaconChain, fork: ForkName = ForkName.FULU) -> Iterator[Any]:
    """Yields the spec's module for the chain's preset, its fork schedule that of the chain."""
    spec: Any = import_module(f"eth_consensus_specs.{fork.label}.{chain.settings.preset}")
    before = spec.config
    versions = {f"{name.name}_FORK_VERSION": FORK_VERSIONS[name] for name in FORK_VERSIONS if name > ForkName.PHASE0}
    epochs = {f"{name.name}_FORK_EPOCH": 0 for name in FORK_VERSIONS if name > ForkName.PHASE0}
    epochs["FULU_FORK_EPOCH"] = chain.settings.fulu_epoch
    schedule = {
        "BLOB_SCHEDULE": tuple({"EPOCH": b.epoch, "MAX_BLOBS_PER_BLOCK": b.max_blobs_per_block} for b in chain.settings.blob_schedule)
    }
    changed = {"GENESIS_FORK_VERSION": FORK_VERSIONS[ForkName.PHASE0], **versions, **epochs, **schedule}
    kinds = type(before.ALTAIR_FORK_VERSION), type(before.ALTAIR_FORK_EPOCH)
    typed = {name: kinds[0](v) if isinstance(v, bytes) else kinds[1](v) if isinstance(v, int) else v for name, v in changed.items()}
    spec.config = before._replace(**{name: value for name, value in typed.items() if name in before._fields})
    try:
        yield spec
    finally:
        spec.config = before


def spec_state(spec: Any, chain: BeaconChain, state: BeaconState) -> Any:
    """Returns our state as the spec's."""
    return spec.BeaconState.decode_bytes(chain.rules.state_type(state.slot).encode(state))


def spec_block(spec: Any, chain: BeaconChain, block: Block, body: BeaconBlockBody) -> Any:
    """Returns our block as the spec's signed one."""
    beacon = block.header.beacon
    message = spec.BeaconBlock(
        slot=beacon.slot,
        proposer_index=beacon.proposer_index,
        parent_root=beacon.parent_root,
        state_root=beacon.state_root,
        body=spec.BeaconBlockBody.decode_bytes(block_body(chain.rules.preset).encode(body)),
    )
    return spec.SignedBeaconBlock(message=message, signature=block.signature)


def spec_store(spec: Any, chain: BeaconChain, root: bytes) -> Any:
    """Returns the spec's light client, started from the block `root`."""
    return spec.initialize_light_client_store(spec.Root(root), spec.LightClientBootstrap.decode_bytes(serialize(chain.bootstrap(root))))
