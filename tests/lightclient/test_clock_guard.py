"""The clock against what is proven and what time really passed."""

import pytest

from lightclient.clock_guard import ClockGuard
from lightclient.errors import ClockBehind, ClockJumped
from tests.lightclient.fakes import Clock
from tests.lightclient.test_client import NETWORK, World, run

START = NETWORK.time_at_slot(200)


def guard() -> tuple[ClockGuard, Clock, Clock]:
    wall, monotonic = Clock(float(START)), Clock(50.0)
    return ClockGuard(NETWORK, wall.time, monotonic.time, 300), wall, monotonic


def test_nothing_is_vouched_for_until_a_fresh_header_is_seen() -> None:
    watch, wall, _ = guard()
    assert not watch.vouched
    wall.now += 10**9
    watch.check(200)  # a year offline is no jump: nothing says how long it was
    watch.confirm()
    assert watch.vouched


@pytest.mark.parametrize("jump", [301, -301, 10**6])
def test_a_jump_is_refused_until_confirmed(jump: int) -> None:
    watch, wall, monotonic = guard()
    watch.confirm()
    wall.now += 4000 + jump
    monotonic.now += 4000
    with pytest.raises(ClockJumped) as refusal:
        watch.check(100)
    assert refusal.value.jump_seconds == jump
    assert not watch.vouched
    watch.confirm()
    watch.check(100)


def test_a_correction_is_no_jump() -> None:
    watch, wall, monotonic = guard()
    watch.confirm()
    wall.now, monotonic.now = wall.now + 290, monotonic.now + 10
    watch.check(200)
    assert watch.vouched


def test_a_slot_that_is_proven_has_begun() -> None:
    watch, wall, _ = guard()
    watch.check(200)
    wall.now -= 1
    with pytest.raises(ClockBehind) as refusal:
        watch.check(200)
    assert (refusal.value.current_slot, refusal.value.known_slot) == (199, 200)


def test_a_clock_that_jumps_ahead_neither_poisons_the_seen_slot_nor_forces_an_update() -> None:
    async def story() -> None:
        elapsed = Clock(0.0)
        world = World(monotonic=elapsed.time, allow_forced_updates=True)
        await world.start()
        assert world.client._check_clock() is None
        seen = world.client._state.known().seen_slot
        world.sources[0].misbehave = "down"
        world.clock.now += 10**6
        jumped = world.client._check_clock()
        assert jumped is not None
        assert not world.client._state.confirm_clock()
        world.client._force()
        assert (world.client._state.known().seen_slot, world.client.status().forced) == (seen, False)
        assert not world.client.status().clock_vouched
        world.clock.now -= 10**6
        assert world.client._check_clock() is None

    run(story())


def test_the_network_confirms_a_clock_that_was_set_right() -> None:
    async def story() -> None:
        elapsed = Clock(0.0)
        world = World(monotonic=elapsed.time)
        await world.start()
        world.clock.now += 64 * 12
        assert world.client._check_clock() is not None
        await world.client.catch_up()
        await world.client.poll()
        assert world.client._state.confirm_clock()
        assert world.client._check_clock() is None

    run(story())
