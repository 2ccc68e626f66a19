"""Making one block on top of another.

Pure: execution has already built its block, and who signs and votes has already been decided. Spec: consensus-specs
`phase0/beacon-chain.md` process_block_header and process_randao, `altair/beacon-chain.md` process_sync_aggregate.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from fullnode.devnet.consensus import schema
from fullnode.devnet.consensus.body import block_body, light_client_header
from fullnode.devnet.consensus.forks import DOMAIN_BEACON_PROPOSER, DOMAIN_RANDAO, signing_root
from fullnode.devnet.consensus.keys import sign
from fullnode.devnet.consensus.light_client import StateProofs, state_proofs
from fullnode.devnet.consensus.records import BeaconBlockBody, BeaconState
from fullnode.devnet.consensus.rules import Rules, proposer_index
from fullnode.devnet.consensus.transition import with_votes
from fullnode.devnet.execution.block import ExecutionBlock
from lightclient.forks import DOMAIN_SYNC_COMMITTEE
from lightclient.ssz import hash_tree_root
from lightclient.types import (
    BeaconBlockHeader,
    Checkpoint,
    LightClientHeader,
    LightClientUpdate,
    SyncAggregate,
)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """What a state holds as justified and finalized."""

    previous_justified: Checkpoint
    """Justified an epoch ago."""
    current_justified: Checkpoint
    """Newest justified."""
    finalized: Checkpoint
    """Newest finalized."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block with what is kept about it."""

    root: bytes
    """Root of its header: the block's name."""
    header: LightClientHeader
    """Its header as light clients read it."""
    signature: bytes
    """The proposer's."""
    proofs: StateProofs
    """Branches of its post-state."""
    checkpoints: Checkpoints
    """Of its post-state."""
    payload_hash: bytes
    """Hash of its execution block."""
    update: LightClientUpdate | None = None
    """What its sync aggregate makes of the parent; None in genesis and where nobody signed."""
    state: BeaconState | None = None
    """Post-state; None once the block can no longer be built upon."""

    @property
    def slot(self) -> int:
        """When it was proposed."""
        return self.header.beacon.slot


def sync_signing_root(rules: Rules, object_root: bytes, signature_slot: int) -> bytes:
    """Returns what sync committee members sign for a block, included at `signature_slot`: the fork is that of the slot before."""
    return signing_root(rules.network, object_root, DOMAIN_SYNC_COMMITTEE, rules.preset.epoch(max(signature_slot, 1) - 1))


def sync_aggregate(rules: Rules, state: BeaconState, block_root: bytes, participation: float) -> SyncAggregate:
    """Returns the signature of `block_root`, the head at the slot before the state's, by a share of the state's current committee."""
    pubkeys = state.current_sync_committee.pubkeys
    size = len(pubkeys)
    # Those who stay silent change from slot to slot, as those who are offline or late do.
    signing = {(state.slot + i) % size for i in range(round(size * participation))}
    bits = sum(1 << i for i in signing).to_bytes((size + 7) // 8, "little")
    message = sync_signing_root(rules, block_root, state.slot)
    return SyncAggregate(bits, rules.keyring.sign((pubkeys[i] for i in sorted(signing)), message))


def proposer_signature(rules: Rules, state: BeaconState, object_root: bytes, domain_type: bytes) -> bytes:
    """Returns the signature of the proposer of the state's slot."""
    message = signing_root(rules.network, object_root, domain_type, rules.preset.epoch(state.slot))
    return sign(rules.keyring.secrets[proposer_index(rules, state)], message)


def build_block(
    rules: Rules,
    state: BeaconState,
    execution: ExecutionBlock,
    *,
    parent_root: bytes,
    participation: float,
    voters: int,
    graffiti: bytes,
) -> tuple[Block, BeaconBlockBody]:
    """Returns the block at the state's slot, and its body, which is not kept."""
    preset = rules.preset
    epoch = preset.epoch(state.slot)
    reveal = proposer_signature(rules, state, epoch.to_bytes(32, "little"), DOMAIN_RANDAO)
    body = block_body(
        randao_reveal=reveal,
        eth1_data=state.eth1_data,
        graffiti=graffiti,
        sync_aggregate=sync_aggregate(rules, state, parent_root, participation),
        execution=execution,
    )
    beacon = BeaconBlockHeader(
        slot=state.slot,
        proposer_index=proposer_index(rules, state),
        parent_root=parent_root,
        state_root=bytes(32),
        body_root=schema.block_body(preset).root(body),
    )
    header = light_client_header(preset, beacon, body)
    assert header.execution is not None
    place = epoch % preset.epochs_per_historical_vector
    mix = bytes(a ^ b for a, b in zip(state.randao_mixes.get(place), sha256(reveal).digest(), strict=True))
    after = replace(
        with_votes(rules, state, voters),
        latest_block_header=beacon,
        randao_mixes=state.randao_mixes.replace(place, mix),
        latest_execution_payload_header=header.execution,
    )
    return finished_block(rules, after, header, execution.block_hash), body


def finished_block(rules: Rules, state: BeaconState, header: LightClientHeader, payload_hash: bytes) -> Block:
    """Returns the block whose post-state is `state`, its header's state root filled in and signed."""
    beacon = replace(header.beacon, state_root=rules.state_root(state))
    root = hash_tree_root(beacon)
    return Block(
        root=root,
        header=replace(header, beacon=beacon),
        signature=proposer_signature(rules, state, root, DOMAIN_BEACON_PROPOSER) if state.slot else bytes(96),
        proofs=state_proofs(rules, state),
        checkpoints=Checkpoints(state.previous_justified_checkpoint, state.current_justified_checkpoint, state.finalized_checkpoint),
        payload_hash=payload_hash,
        state=state,
    )
