"""A beacon chain small enough to write by hand: real keys, real signatures, real branches, no state transition.

Only what a light client sees exists: for any slot there is a header whose state root holds the committees of its period and a finalized
block two epochs back, and whose body holds an execution header. Everything follows from the seed, so two chains of one seed are the same
chain.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from typing import Any

import pyblst

from lightclient.bls.backend import DST
from lightclient.bls.pyblst_backend import GENERATOR
from lightclient.forks import DOMAIN_SYNC_COMMITTEE, ELECTRA_GINDICES, EXECUTION_PAYLOAD_GINDEX, MINIMAL_PRESET, ForkName, Preset
from lightclient.network import ForkSchedule, Network, compute_domain, compute_signing_root
from lightclient.ssz import ZERO_HASHES, build_branch, get_subtree_index, hash_tree_root, root_from_branch
from lightclient.types import (
    BeaconBlockHeader,
    ExecutionPayloadHeader,
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    SyncAggregate,
    SyncCommittee,
)

FINALITY_LEAF = ELECTRA_GINDICES.finalized_root // 2 - 64
CURRENT_LEAF = ELECTRA_GINDICES.current_sync_committee - 64
NEXT_LEAF = ELECTRA_GINDICES.next_sync_committee - 64


def network(preset: Preset = MINIMAL_PRESET, *, fork: ForkName = ForkName.FULU) -> Network:
    """Returns a network on which every fork up to `fork` began at genesis."""
    forks = tuple(ForkSchedule(each, bytes([each, 0, 0, 9]), 0) for each in ForkName if each <= fork)
    return Network("synthetic", 1337, preset, 1_700_000_000, sha256(b"synthetic").digest(), 12, forks)


def secret_key(seed: str, period: int, member: int) -> int:
    # Neighbours differ by one: their public keys then differ by the generator, and a committee costs 512 additions.
    return _first_secret_key(seed, period) + member


@cache
def _first_secret_key(seed: str, period: int) -> int:
    return int.from_bytes(sha256(f"{seed} {period}".encode()).digest()[:31], "big")


@dataclass
class SyntheticChain:
    """The chain."""

    network: Network = field(default_factory=network)
    seed: str = "honest"
    first_slot: int = 0
    """Nothing before this slot is worked out: states name a block there that nobody holds."""

    # A committee's members keep their keys, but each period has other members.

    def committee(self, period: int) -> SyncCommittee:
        return _committee(self.seed, period, self.network.preset.sync_committee_size)

    def finalized_slot(self, slot: int) -> int:
        """Returns the slot that the state at `slot` calls finalized: the start of the epoch two back."""
        epochs = self.network.preset.slots_per_epoch
        return max(slot // epochs - 2, 0) * epochs

    def state_leaves(self, slot: int) -> list[bytes]:
        period = self.network.period_at_slot(slot)
        # Electra doubled the state's width; the three leaves kept their places.
        width = 64 if self.network.fork_at_slot(slot) >= ForkName.ELECTRA else 32
        leaves = [sha256(f"{self.seed} {slot} {index}".encode()).digest() for index in range(width)]
        leaves[CURRENT_LEAF] = hash_tree_root(self.committee(period))
        leaves[NEXT_LEAF] = hash_tree_root(self.committee(period + 1))
        leaves[FINALITY_LEAF] = sha256(self._finalized_epoch(slot) + self.finalized_root(slot)).digest()
        return leaves

    def finalized_root(self, slot: int) -> bytes:
        finalized = self.finalized_slot(slot)
        if 0 < finalized < self.first_slot:
            return sha256(f"{self.seed} before {finalized}".encode()).digest()
        return hash_tree_root(self.header(finalized).beacon) if finalized else ZERO_HASHES[0]

    def header(self, slot: int) -> LightClientHeader:
        return _header(self.seed, self.network, self.first_slot, slot)

    def execution(self, slot: int) -> ExecutionPayloadHeader:
        zero = bytes(32)
        blobs = 0 if self.network.fork_at_slot(slot) >= ForkName.DENEB else None
        return ExecutionPayloadHeader(
            parent_hash=zero,
            fee_recipient=bytes(20),
            state_root=sha256(f"{self.seed} state {slot}".encode()).digest(),
            receipts_root=zero,
            logs_bloom=bytes(256),
            prev_randao=zero,
            block_number=slot,
            gas_limit=30_000_000,
            gas_used=0,
            timestamp=self.network.time_at_slot(slot),
            extra_data=b"",
            base_fee_per_gas=7,
            block_hash=sha256(f"{self.seed} block {slot}".encode()).digest(),
            transactions_root=zero,
            withdrawals_root=zero,
            blob_gas_used=blobs,
            excess_blob_gas=blobs,
        )

    def bootstrap(self, slot: int) -> LightClientBootstrap:
        period = self.network.period_at_slot(slot)
        return LightClientBootstrap(self.header(slot), self.committee(period), build_branch(self.state_leaves(slot), CURRENT_LEAF))

    def update(self, attested: int, *, signature_slot: int | None = None, participants: int | None = None) -> LightClientUpdate:
        """Returns the update whose attested header is at the slot, with finality and the next committee."""
        leaves = self.state_leaves(attested)
        finality = (self._finalized_epoch(attested), *build_branch(leaves, FINALITY_LEAF))
        finalized = self.finalized_slot(attested)
        header = self.header(attested)
        slot = attested + 1 if signature_slot is None else signature_slot
        return LightClientUpdate(
            attested_header=header,
            next_sync_committee=self.committee(self.network.period_at_slot(attested) + 1),
            next_sync_committee_branch=build_branch(leaves, NEXT_LEAF),
            finalized_header=self.header(finalized) if finalized else header.ssz_type().default(),
            finality_branch=finality,
            sync_aggregate=self.sign(header.beacon, slot, participants),
            signature_slot=slot,
        )

    def finality_update(self, attested: int, **options: Any) -> LightClientFinalityUpdate:
        update = self.update(attested, **options)
        return LightClientFinalityUpdate(
            update.attested_header, update.finalized_header, update.finality_branch, update.sync_aggregate, update.signature_slot
        )

    def optimistic_update(self, attested: int, **options: Any) -> LightClientOptimisticUpdate:
        update = self.update(attested, **options)
        return LightClientOptimisticUpdate(update.attested_header, update.sync_aggregate, update.signature_slot)

    def sign(self, beacon: BeaconBlockHeader, signature_slot: int, participants: int | None = None) -> SyncAggregate:
        size = self.network.preset.sync_committee_size
        count = size if participants is None else participants
        version = self.network.fork_at_epoch(self.network.epoch_at_slot(max(signature_slot, 1) - 1)).version
        domain = compute_domain(DOMAIN_SYNC_COMMITTEE, version, self.network.genesis_validators_root)
        message = compute_signing_root(hash_tree_root(beacon), domain)
        period = self.network.period_at_slot(signature_slot)
        # The members sign one message, so the sum of their keys signs for all of them.
        scalar = sum(secret_key(self.seed, period, member) for member in range(count))
        signature = pyblst.BlstP2Element().hash_to_group(message, DST).scalar_mul(scalar % ORDER)
        bits = ((1 << count) - 1).to_bytes(size // 8, "little")
        return SyncAggregate(bits, bytes(signature.compress()))

    def resigned(self, update: LightClientUpdate) -> LightClientUpdate:
        """Returns the update with a signature that fits its attested header and slot, as a dishonest committee would give."""
        participants = update.sync_aggregate.participants
        return replace(update, sync_aggregate=self.sign(update.attested_header.beacon, update.signature_slot, participants))

    def _finalized_epoch(self, slot: int) -> bytes:
        return (self.finalized_slot(slot) // self.network.preset.slots_per_epoch).to_bytes(32, "little")


ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""Order of the groups of BLS12-381."""


FALSE_KEY = "a false key"
"""Seed of the chain whose committees, from period 4 on, name one member twice and still state the aggregate of all members."""


@cache
def _committee(seed: str, period: int, size: int) -> SyncCommittee:
    generator = pyblst.BlstP1Element().uncompress(GENERATOR)
    key, keys, total = generator.scalar_mul(secret_key(seed, period, 0)), [], pyblst.BlstP1Element()
    for _ in range(size):
        keys.append(bytes(key.compress()))
        total += key
        key += generator
    if seed == FALSE_KEY and period > 3:
        keys[0] = keys[1]
    return SyncCommittee(tuple(keys), bytes(total.compress()))


@cache
def _header(seed: str, chain_network: Network, first_slot: int, slot: int) -> LightClientHeader:
    chain = SyntheticChain(chain_network, seed, first_slot)
    execution = chain.execution(slot)
    body = [sha256(f"{seed} body {slot} {index}".encode()).digest() for index in range(16)]
    place = get_subtree_index(EXECUTION_PAYLOAD_GINDEX)
    body[place] = hash_tree_root(execution)
    branch = build_branch(body, place)
    beacon = BeaconBlockHeader(
        slot=slot,
        proposer_index=slot % 7,
        parent_root=sha256(f"{seed} parent {slot}".encode()).digest(),
        state_root=_state_root(chain, slot),
        body_root=root_from_branch(body[place], branch, place),
    )
    has_execution = chain_network.fork_at_slot(slot) >= ForkName.CAPELLA
    return LightClientHeader(beacon, execution, branch) if has_execution else LightClientHeader(beacon)


def _state_root(chain: SyntheticChain, slot: int) -> bytes:
    leaves = chain.state_leaves(slot)
    return root_from_branch(leaves[0], build_branch(leaves, 0), 0)
