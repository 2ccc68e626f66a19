"""Light-client data derived from blocks and states.

Pure. Mirrors consensus-specs `altair/light-client/full-node.md` as changed by Capella and Electra. What an update carries follows from the
attested state alone; which update of a period is served follows from `rank`.
"""

from dataclasses import dataclass

from fullnode.devnet.consensus.presets import Preset
from fullnode.devnet.consensus.records import BeaconState
from fullnode.devnet.consensus.rules import Rules
from lightclient.forks import ForkName, state_gindices
from lightclient.ssz import ZERO_HASHES, build_branch, floorlog2, get_subtree_index
from lightclient.types import (
    Branch,
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    SyncAggregate,
    SyncCommittee,
    light_client_header,
    sync_committee,
)

GINDICES = state_gindices(ForkName.ELECTRA)
"""Where Electra's and Fulu's states keep what a light client needs."""


@dataclass(frozen=True, slots=True)
class StateProofs:
    """The branches of one block's post-state that light clients ask for."""

    current_sync_committee: SyncCommittee
    """Who signs in the block's period."""
    current_sync_committee_branch: Branch
    """Its branch to the state root."""
    next_sync_committee: SyncCommittee
    """Who signs in the next period."""
    next_sync_committee_branch: Branch
    """Its branch to the state root."""
    finality_branch: Branch
    """Branch of `finalized_checkpoint.root` to the state root."""


def state_proofs(rules: Rules, state: BeaconState) -> StateProofs:
    """Returns the branches of `state`."""
    roots = rules.state_type(state.slot).field_roots(state)
    finalized_field = get_subtree_index(GINDICES.finalized_root) >> 1
    return StateProofs(
        current_sync_committee=state.current_sync_committee,
        current_sync_committee_branch=build_branch(roots, get_subtree_index(GINDICES.current_sync_committee)),
        next_sync_committee=state.next_sync_committee,
        next_sync_committee_branch=build_branch(roots, get_subtree_index(GINDICES.next_sync_committee)),
        # The checkpoint's root stands beside its epoch, one level below the state's fields.
        finality_branch=(state.finalized_checkpoint.epoch.to_bytes(32, "little"), *build_branch(roots, finalized_field)),
    )


def empty_header() -> LightClientHeader:
    """Returns the header that stands for none."""
    return light_client_header(ForkName.FULU).default()


def create_light_client_bootstrap(header: LightClientHeader, proofs: StateProofs) -> LightClientBootstrap:
    """Returns what a client that trusts `header` starts from."""
    return LightClientBootstrap(header, proofs.current_sync_committee, proofs.current_sync_committee_branch)


def create_light_client_update(
    preset: Preset,
    *,
    attested: LightClientHeader,
    proofs: StateProofs,
    finalized: LightClientHeader | None,
    sync_aggregate: SyncAggregate,
    signature_slot: int,
) -> LightClientUpdate:
    """Returns the update that a block at `signature_slot` makes of its parent, `attested`.

    `finalized` is the block that the attested state calls finalized. While that is genesis it is None and the update claims no finality, as
    real servers have it: otherwise the best update of the first period would for ever be the one that finalizes nothing.
    """
    same_period = preset.period(attested.beacon.slot) == preset.period(signature_slot)
    committee = proofs.next_sync_committee if same_period else sync_committee(preset.sync_committee_size).default()
    return LightClientUpdate(
        attested_header=attested,
        next_sync_committee=committee,
        next_sync_committee_branch=proofs.next_sync_committee_branch if same_period else _no_branch(GINDICES.next_sync_committee),
        finalized_header=finalized or empty_header(),
        finality_branch=proofs.finality_branch if finalized else _no_branch(GINDICES.finalized_root),
        sync_aggregate=sync_aggregate,
        signature_slot=signature_slot,
    )


def create_light_client_finality_update(update: LightClientUpdate) -> LightClientFinalityUpdate:
    """Returns the update without the committee."""
    return LightClientFinalityUpdate(
        update.attested_header,
        update.finalized_header,
        update.finality_branch,
        update.sync_aggregate,
        update.signature_slot,
    )


def create_light_client_optimistic_update(update: LightClientUpdate) -> LightClientOptimisticUpdate:
    """Returns the signed header alone."""
    return LightClientOptimisticUpdate(update.attested_header, update.sync_aggregate, update.signature_slot)


def _no_branch(gindex: int) -> Branch:
    return (ZERO_HASHES[0],) * floorlog2(gindex)


def rank(preset: Preset, update: LightClientUpdate) -> tuple[int, ...]:
    """Returns a key by which a better update compares greater (spec: is_better_update, its questions in order)."""
    signers = update.sync_aggregate.participants
    supermajority = signers * 3 >= preset.sync_committee_size * 2
    attested, finalized = update.attested_header.beacon.slot, update.finalized_header.beacon.slot
    has_committee = any(node != ZERO_HASHES[0] for node in update.next_sync_committee_branch)
    has_finality = any(node != ZERO_HASHES[0] for node in update.finality_branch)
    return (
        supermajority,
        0 if supermajority else signers,
        has_committee and preset.period(attested) == preset.period(update.signature_slot),
        has_finality,
        has_finality and preset.period(finalized) == preset.period(attested),
        signers,
        -attested,
        -update.signature_slot,
    )
