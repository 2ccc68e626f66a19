from collections.abc import Callable

from ethereum.forks.osaka import state as eels
from ethereum.forks.osaka.fork_types import Account, Address
from ethereum.forks.osaka.state import State, TransientStorage
from ethereum_types.bytes import Bytes32
from ethereum_types.numeric import U256, Uint
from hypothesis import given, settings
from hypothesis import strategies as st

from fullnode.devnet.execution.world import EMPTY_WORLD, Overlay, World, open_state, settle

A, B = Address(b"\xaa" * 20), Address(b"\xbb" * 20)


def slot(number: int) -> Bytes32:
    return Bytes32(number.to_bytes(32, "big"))


Step = Callable[[State], None]


def credit(address: Address, amount: int) -> Step:
    return lambda state: eels.set_account(state, address, Account(Uint(1), U256(amount), b"\x00"))


def store(address: Address, number: int, value: int) -> Step:
    def step(state: State) -> None:
        if eels.account_exists(state, address):
            eels.set_storage(state, address, slot(number), U256(value))

    return step


def destroy(address: Address) -> Step:
    return lambda state: eels.destroy_account(state, address)


def rolled_back(step: Step) -> Step:
    def both(state: State) -> None:
        transient = TransientStorage()
        eels.begin_transaction(state, transient)
        step(state)
        eels.rollback_transaction(state, transient)

    return both


ADDRESSES = st.sampled_from([A, B])
STEPS = st.recursive(
    st.one_of(
        st.builds(credit, ADDRESSES, st.integers(0, 5)),
        st.builds(store, ADDRESSES, st.integers(0, 3), st.integers(0, 2)),
        st.builds(destroy, ADDRESSES),
    ),
    lambda inner: st.builds(rolled_back, inner),
    max_leaves=2,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(STEPS, max_size=8), max_size=5))
def test_every_version_has_the_root_that_eels_computes(blocks: list[list[Step]]) -> None:
    plain, world = State(), EMPTY_WORLD
    for steps in blocks:
        state = open_state(world)
        for step in steps:
            step(plain)
            step(state)
        world = settle(world, state)
        assert world.root == eels.state_root(plain)


def with_storage() -> World:
    state = open_state(EMPTY_WORLD)
    credit(A, 1)(state)
    store(A, 1, 7)(state)
    return settle(EMPTY_WORLD, state)


def test_work_on_an_opened_state_leaves_the_world_alone() -> None:
    world = with_storage()
    root = world.root
    state = open_state(world)
    destroy(A)(state)
    assert world.root == root
    assert world.storage(A, slot(1)) == 7
    assert settle(world, state).account(A) is None


def test_storage_of_a_destroyed_account_does_not_come_back() -> None:
    world = with_storage()
    state = open_state(world)
    destroy(A)(state)
    credit(A, 2)(state)
    store(A, 2, 9)(state)
    after = settle(world, state)
    assert (after.storage(A, slot(1)), after.storage(A, slot(2))) == (0, 9)


def test_an_overlay_is_the_dictionary_it_stands_for() -> None:
    world = with_storage()
    overlay: Overlay[bytes, U256] = Overlay(world.storages[A])
    assert dict(overlay) == {slot(1): U256(7)}
    assert overlay != {}
    del overlay[slot(1)]
    assert overlay == {}
    assert slot(1) not in overlay
    overlay[slot(2)] = U256(1)
    assert (len(overlay), overlay[slot(2)], overlay.get(slot(3))) == (1, U256(1), None)
