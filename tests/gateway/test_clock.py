from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import CatchUpClock

DAY_MS = 86_400_000


@dataclass
class HandClock:
    seconds: float = 0.0
    origin_ms: int = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.origin_ms + round(self.seconds * 1000)

    def chain_ms(self) -> int:
        return self.now_ms()

    def monotonic(self) -> float:
        return self.seconds


def catch_up(real: HandClock) -> CatchUpClock:
    return CatchUpClock(real, span_ms=3 * DAY_MS, seconds=60.0, started=real.monotonic())


def test_starts_in_the_past_and_arrives_at_the_present() -> None:
    real = HandClock()
    clock = catch_up(real)
    assert clock.now_ms() == real.now_ms() - 3 * DAY_MS
    real.seconds = 60.0
    assert clock.now_ms() == real.now_ms()
    real.seconds = 75.5
    assert clock.now_ms() == real.now_ms()


@given(st.lists(st.floats(0, 30), max_size=20))
def test_never_goes_back(steps: list[float]) -> None:
    real = HandClock()
    clock = catch_up(real)
    last = clock.now_ms()
    for step in steps:
        real.seconds += step
        assert clock.now_ms() >= last
        last = clock.now_ms()


@given(st.floats(0, 90), st.integers(-DAY_MS, 4 * DAY_MS))
def test_waiting_as_long_as_it_says_reaches_the_time(elapsed: float, ahead_ms: int) -> None:
    real = HandClock()
    clock = catch_up(real)
    real.seconds = elapsed
    target = clock.now_ms() + ahead_ms
    real.seconds += clock.real_seconds_until(target)
    assert clock.now_ms() >= target - 100
