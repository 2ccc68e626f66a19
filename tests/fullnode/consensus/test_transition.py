"""The state transition against the executable spec."""

import random

import pytest

from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.records import BeaconState
from fullnode.devnet.consensus.rules import block_root_at_slot, proposer_index
from fullnode.devnet.consensus.transition import process_slots
from lightclient.forks import ForkName
from lightclient.network import FAR_FUTURE_EPOCH
from lightclient.ssz import hash_tree_root
from tests.fullnode.consensus.chains import make_chain, run
from tests.fullnode.consensus.reference import spec_state, specification


def state_of(chain: BeaconChain, slot: int) -> BeaconState:
    state = chain.at(slot).state
    assert state is not None
    return state


@pytest.mark.parametrize("fulu_epoch", [0, FAR_FUTURE_EPOCH])
def test_state_roots_are_those_of_the_spec(fulu_epoch: int) -> None:
    chain = make_chain(fulu_epoch=fulu_epoch)
    with specification(chain, ForkName.FULU if fulu_epoch == 0 else ForkName.ELECTRA) as spec:
        for slot in (0, 1, 9, 64):
            run(chain, slot)
            state = state_of(chain, slot)
            assert bytes(spec.hash_tree_root(spec_state(spec, chain, state))) == chain.head.header.beacon.state_root


@pytest.mark.slow
@pytest.mark.arithmetic
def test_a_mainnet_state_root_is_that_of_the_spec() -> None:
    chain = make_chain(preset="mainnet")
    run(chain, 2)
    with specification(chain) as spec:
        assert bytes(spec.hash_tree_root(spec_state(spec, chain, state_of(chain, 2)))) == chain.head.header.beacon.state_root


def test_committees_and_proposers_are_those_that_the_spec_draws() -> None:
    chain = make_chain()
    with specification(chain) as spec:
        genesis = spec_state(spec, chain, state_of(chain, 0))
        assert list(genesis.proposer_lookahead) == list(spec.initialize_proposer_lookahead(genesis))
        run(chain, 62)
        last = process_slots(chain.rules, state_of(chain, 62), 63)
        drawn = spec.get_next_sync_committee(spec_state(spec, chain, last))
        after = process_slots(chain.rules, last, 64)
        assert hash_tree_root(after.next_sync_committee) == bytes(spec.hash_tree_root(drawn))
        assert after.next_sync_committee != after.current_sync_committee
        reference = spec_state(spec, chain, after)
        assert [proposer_index(chain.rules, after)] == [int(spec.get_beacon_proposer_index(reference))]


def test_electra_draws_the_same_proposers_without_a_lookahead() -> None:
    chain = make_chain(fulu_epoch=FAR_FUTURE_EPOCH)
    run(chain, 20)
    with specification(chain, ForkName.ELECTRA) as spec:
        assert proposer_index(chain.rules, state_of(chain, 20)) == spec.get_beacon_proposer_index(
            spec_state(spec, chain, state_of(chain, 20))
        )


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.arithmetic])])
def test_justification_follows_the_spec_whatever_is_missed(seed: int) -> None:
    chance = random.Random(seed)
    chain = make_chain()
    with specification(chain) as spec:
        for epoch in range(1, 9):
            chain.misbehaviour.no_finality = chance.random() < 0.3
            skip = chance.random() * 0.6
            for slot in range(8 * epoch, 8 * epoch + 7):
                if chance.random() > skip:
                    chain.produce(slot)
            assert chain.head.state is not None
            last = process_slots(chain.rules, chain.head.state, 8 * epoch + 7)
            reference = spec_state(spec, chain, last)
            spec.process_justification_and_finalization(reference)
            ours = spec_state(spec, chain, process_slots(chain.rules, last, last.slot + 1))
            for name in ("previous_justified_checkpoint", "current_justified_checkpoint", "finalized_checkpoint", "justification_bits"):
                assert getattr(ours, name) == getattr(reference, name)


def test_a_chain_can_become_fulu_at_an_epoch() -> None:
    chain = make_chain(fulu_epoch=2)
    run(chain, 15)
    assert state_of(chain, 15).proposer_lookahead is None
    run(chain, 16)
    with specification(chain) as spec:
        state = spec_state(spec, chain, state_of(chain, 16))
        assert bytes(spec.hash_tree_root(state)) == chain.head.header.beacon.state_root
        assert list(state.proposer_lookahead) == list(spec.initialize_proposer_lookahead(state))
        assert bytes(state.fork.previous_version)[0] == 5
        assert bytes(state.fork.current_version)[0] == 6


def test_an_epoch_is_justified_as_it_ends_and_final_as_the_next_one_ends() -> None:
    chain = make_chain()
    assert run(chain, 24).checkpoints.current_justified.epoch == 2
    assert run(chain, 31).checkpoints.finalized.epoch == 0
    assert run(chain, 32).checkpoints.finalized.epoch == 2
    assert chain.head.checkpoints.finalized.root == chain.at(16).root


def test_history_remembers_the_newest_block_through_missed_slots() -> None:
    chain = make_chain()
    chain.produce(3)
    state = process_slots(chain.rules, state_of(chain, 3), 7)
    assert [block_root_at_slot(chain.rules, state, slot) for slot in (2, 3, 4, 6)] == [chain.genesis.root] + 3 * [chain.at(3).root]
