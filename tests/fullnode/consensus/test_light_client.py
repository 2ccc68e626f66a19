"""What light clients are given, judged by the executable spec's light client."""

from typing import Any

import pytest

from fullnode.devnet.consensus.block import Block
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.light_client import rank
from lightclient.forks import ForkName
from lightclient.network import FAR_FUTURE_EPOCH, compute_fork_digest
from lightclient.network.record import BlobParameters
from lightclient.ssz import serialize
from tests.fullnode.consensus.chains import keep_bodies, make_chain, run, sparse
from tests.fullnode.consensus.reference import spec_block, spec_state, spec_store, specification


def follow(spec: Any, chain: BeaconChain, store: Any, blocks: list[Block]) -> None:
    """Feeds the update of every block to the spec's light client, which asserts all that it checks."""
    for block in blocks:
        assert block.update is not None
        update = spec.LightClientUpdate.decode_bytes(serialize(block.update))
        assert bytes(spec.hash_tree_root(update)) == block.update.ssz_type().root(block.update)
        spec.process_light_client_update(store, update, spec.Slot(block.slot), spec.Root(chain.network.genesis_validators_root))


def test_every_update_is_accepted_over_two_rotations() -> None:
    chain = make_chain()
    start = run(chain, 3)
    store_root = start.root
    with specification(chain) as spec:
        store = spec_store(spec, chain, store_root)
        blocks = [chain.produce(slot) for slot in range(4, 3 * 64 + 1) if slot % 4 > 1]
        follow(spec, chain, store, blocks)
        assert store.finalized_header.beacon.slot // 64 == 2
        assert bytes(spec.hash_tree_root(store.finalized_header.beacon)) == chain.at(blocks[-2].slot).checkpoints.finalized.root
        assert bytes(spec.hash_tree_root(store.optimistic_header.beacon)) == blocks[-2].root
        assert len({block.proofs.next_sync_committee for block in blocks}) == 3


def test_the_best_update_of_each_period_carries_a_client_over_two_rotations() -> None:
    chain = make_chain()
    start = sparse(chain, 4)[0]
    with specification(chain) as spec:
        store = spec_store(spec, chain, start.root)
        for period in range(4):
            update = spec.LightClientUpdate.decode_bytes(serialize(chain.update(period)))
            spec.process_light_client_update(store, update, spec.Slot(chain.head.slot), spec.Root(chain.network.genesis_validators_root))
        assert store.finalized_header.beacon.slot == chain.update(3).finalized_header.beacon.slot >= 128


@pytest.mark.slow
@pytest.mark.arithmetic
def test_mainnet_sizes_are_accepted_over_two_rotations() -> None:
    chain = make_chain(preset="mainnet")
    start = chain.produce(1)
    with specification(chain) as spec:
        store = spec_store(spec, chain, start.root)
        follow(spec, chain, store, sparse(chain, 3))
        assert store.finalized_header.beacon.slot // 8192 == 2


def test_mainnet_sizes_are_accepted() -> None:
    chain = make_chain(preset="mainnet")
    start = chain.produce(1)
    with specification(chain) as spec:
        follow(spec, chain, spec_store(spec, chain, start.root), [chain.produce(2), chain.produce(3)])


@pytest.mark.parametrize("fulu_epoch", [FAR_FUTURE_EPOCH, 1])
def test_electra_and_its_end_are_accepted(fulu_epoch: int) -> None:
    chain = make_chain(fulu_epoch=fulu_epoch)
    start = chain.produce(1)
    with specification(chain) as spec:
        follow(spec, chain, spec_store(spec, chain, start.root), [chain.produce(slot) for slot in range(2, 20)])


def test_genesis_can_be_a_starting_point() -> None:
    chain = make_chain()
    with specification(chain) as spec:
        follow(spec, chain, spec_store(spec, chain, chain.genesis.root), [chain.produce(1), chain.produce(2)])


@pytest.mark.slow
@pytest.mark.arithmetic
def test_data_is_what_the_spec_derives_from_the_same_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = keep_bodies(monkeypatch)
    chain = make_chain(real=True)
    with specification(chain) as spec:
        for slot in (2, 41, 64, 65):
            run(chain, slot)
            block, attested = chain.at(slot), chain.at(slot - 1)
            finalized = chain.block(attested.checkpoints.finalized.root) if slot > 32 else None
            assert block.state is not None
            assert attested.state is not None
            states = [spec_state(spec, chain, state) for state in (block.state, attested.state)]
            blocks = [spec_block(spec, chain, item, bodies[item.payload_hash]) for item in (block, attested)]
            final = spec_block(spec, chain, finalized, bodies[finalized.payload_hash]) if finalized else None
            expected = spec.create_light_client_update(states[0], blocks[0], states[1], blocks[1], final)
            assert block.update is not None
            assert serialize(block.update) == expected.encode_bytes()
            bootstrap = spec.create_light_client_bootstrap(states[0], blocks[0])
            assert serialize(chain.bootstrap(block.root)) == bootstrap.encode_bytes()


def test_signatures_of_proposers_and_randomness_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = keep_bodies(monkeypatch)
    chain = make_chain()
    run(chain, 2)
    with specification(chain) as spec:
        parent = chain.at(1).state
        assert parent is not None
        state = spec_state(spec, chain, parent)
        spec.process_slot(state)
        state.slot = spec.Slot(2)
        signed = spec_block(spec, chain, chain.at(2), bodies[chain.at(2).payload_hash])
        assert spec.verify_block_signature(state, signed)
        spec.process_block_header(state, signed.message)
        spec.process_randao(state, signed.message.body)
        after = chain.at(2).state
        assert after is not None
        assert state.randao_mixes == spec_state(spec, chain, after).randao_mixes


def test_updates_are_ranked_as_the_spec_ranks_them() -> None:
    chain = make_chain()
    updates = []
    for slot in range(1, 75):
        chain.misbehaviour.participation = (1.0, 0.5, 0.7, 0.2)[slot % 4]
        if slot % 7:
            update = chain.produce(slot).update
            assert update is not None
            updates.append(update)
    with specification(chain) as spec:
        theirs = [spec.LightClientUpdate.decode_bytes(serialize(update)) for update in updates]
        for i in range(0, len(updates), 5):
            for j in range(0, len(updates), 4):
                if i != j:
                    ours = rank(chain.rules.preset, updates[i]) > rank(chain.rules.preset, updates[j])
                    assert ours == spec.is_better_update(theirs[i], theirs[j])


def test_fork_digests_are_the_spec_s() -> None:
    chain = make_chain(fulu_epoch=3, blob_schedule=(BlobParameters(5, 12), BlobParameters(7, 15)))
    root = chain.network.genesis_validators_root
    with specification(chain, ForkName.FULU) as spec:
        digests = [bytes(spec.compute_fork_digest(spec.Root(root), spec.Epoch(epoch))) for epoch in range(9)]
        assert [compute_fork_digest(chain.network, epoch) for epoch in range(9)] == digests
        assert len(set(digests)) == 4


def test_nobody_signing_makes_no_update() -> None:
    chain = make_chain(participation=0)
    assert chain.produce(1).update is None
    assert chain.produce(2).header.beacon.slot == 2
