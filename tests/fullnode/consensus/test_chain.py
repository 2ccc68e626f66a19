"""The chain as those who drive it and ask it see it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullnode.devnet.consensus.errors import NotFoundError, ReorgTooDeepError, SlotInThePastError
from fullnode.devnet.consensus.events import Event, Finalized, HeadChanged, Reorganized
from fullnode.devnet.execution.chain import ExecutionChain
from tests.fullnode.consensus.chains import GENESIS_TIME, make_chain, run


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=3, max_size=12))
def test_the_same_seed_and_slots_give_the_same_roots(gaps: list[int]) -> None:
    one, other = make_chain(), make_chain()
    slot = 0
    for gap in gaps:
        slot += gap
        assert one.produce(slot).root == other.produce(slot).root
    assert one.head.signature == other.head.signature


def test_the_network_s_name_depends_on_seed_and_preset_not_on_time() -> None:
    root = make_chain().network.genesis_validators_root
    assert make_chain(GENESIS_TIME + 1000).network.genesis_validators_root == root
    assert make_chain(seed="other").network.genesis_validators_root != root
    assert make_chain(preset="mainnet").network.genesis_validators_root != root


def test_execution_follows_head_safe_and_finalized() -> None:
    chain = make_chain(real=True)
    run(chain, 40)
    execution = chain._execution
    assert isinstance(execution, ExecutionChain)
    assert execution.head.hash == chain.head.payload_hash
    assert execution.safe.hash == chain.justified.payload_hash
    assert execution.finalized.hash == chain.finalized.payload_hash
    assert execution.head.block.timestamp == chain.network.time_at_slot(40)
    assert execution.head.block.parent_beacon_block_root == chain.at(39).root


def test_a_block_is_never_made_at_or_before_the_head() -> None:
    chain = make_chain()
    chain.produce(2)
    with pytest.raises(SlotInThePastError) as refused:
        chain.produce(2)
    assert (refused.value.slot, refused.value.head_slot) == (2, 2)


def test_a_reorg_replaces_blocks_of_both_chains() -> None:
    chain = make_chain(real=True)
    events: list[Event] = []
    run(chain, 6)
    chain.listeners.append(events.append)
    dropped = chain.at(5)
    assert chain.reorg(2).slot == 4
    replacement = chain.produce(5)
    assert replacement.root != dropped.root
    assert replacement.header.beacon.parent_root == dropped.header.beacon.parent_root
    assert not chain.is_canonical(dropped)
    assert chain.update(0).attested_header.beacon.slot < 5
    execution = chain._execution
    assert isinstance(execution, ExecutionChain)
    assert execution.head.hash == replacement.payload_hash
    assert [type(event) for event in events[:2]] == [Reorganized, HeadChanged]


def test_a_finalized_block_is_never_reorganized_away() -> None:
    chain = make_chain(real=True)
    run(chain, 40)
    above = chain.head.slot - chain.finalized.slot
    with pytest.raises(ReorgTooDeepError) as refused:
        chain.reorg(above + 1)
    assert refused.value.allowed == above
    chain.reorg(above)
    assert chain.head.root == chain.finalized.root
    assert run(chain, 64).checkpoints.finalized.epoch > 4


def test_without_votes_nothing_is_finalized_any_more() -> None:
    chain = make_chain()
    run(chain, 33)
    before = chain.finalized.slot
    chain.misbehaviour.no_finality = True
    run(chain, 80)
    assert chain.finalized.slot <= before + 8
    chain.misbehaviour.no_finality = False
    assert run(chain, 112).checkpoints.finalized.epoch >= 10


def test_participation_can_be_lowered() -> None:
    chain = make_chain(participation=0.75)
    update = chain.produce(1).update
    assert update is not None
    assert update.sync_aggregate.participants == 24


def test_old_blocks_between_checkpoints_are_forgotten() -> None:
    chain = make_chain(history_slots=64)
    run(chain, 130)
    kept = chain.at(16)
    assert kept.state is None
    assert chain.bootstrap(kept.root).header.beacon.slot == 16
    with pytest.raises(NotFoundError, match="Block at slot 9"):
        chain.at(9)
    assert chain.update(0).signature_slot <= 64


def test_what_is_not_there_is_not_found() -> None:
    chain = make_chain()
    for ask in (chain.finality_update, chain.optimistic_update, lambda: chain.update(3), lambda: chain.bootstrap(bytes(32))):
        with pytest.raises(NotFoundError):
            ask()


def test_listeners_hear_of_finality_once() -> None:
    chain = make_chain()
    events: list[Event] = []
    chain.listeners.append(events.append)
    run(chain, 41)
    assert [event.epoch for event in events if isinstance(event, Finalized)] == [2, 3]
