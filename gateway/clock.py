"""The gateway's idea of time, injected everywhere so that nothing else reads a clock."""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """A source of time. Both methods are cheap, thread-safe and never raise."""

    def now_ms(self) -> int:
        """Returns the time of day in milliseconds since the Unix epoch."""
        ...

    def chain_ms(self) -> int:
        """Returns the time by which the chain counts its slots; differs from `now_ms` in a demo only."""
        ...

    def monotonic(self) -> float:
        """Returns seconds since an arbitrary start; never goes back."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now_ms(self) -> int:
        """Returns the machine's time of day in milliseconds."""
        return time.time_ns() // 1_000_000

    def chain_ms(self) -> int:
        """Returns the machine's time of day in milliseconds."""
        return self.now_ms()

    def monotonic(self) -> float:
        """Returns the machine's monotonic clock in seconds."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class CatchUpClock:
    """A clock that starts in the past, runs fast, and is the real clock from the moment it has caught up.

    A simulated trip of days then ends now: its readings, the attestation about it and the block that holds its anchor are in order.
    """

    real: Clock
    """The clock it catches up with."""
    span_ms: int
    """How far in the past it starts."""
    seconds: float
    """After how many real seconds it has caught up; greater than 0."""
    started: float
    """The real clock's monotonic time when it started."""

    def now_ms(self) -> int:
        """Returns the virtual time of day in milliseconds."""
        elapsed = self.real.monotonic() - self.started
        behind = self.span_ms * max(0.0, 1.0 - elapsed / self.seconds)
        return self.real.now_ms() - round(behind)

    def chain_ms(self) -> int:
        """Returns the real clock's time of day: a chain does not run faster for a story."""
        return self.real.now_ms()

    def monotonic(self) -> float:
        """Returns the real clock's monotonic time: time-outs are about the machine, not about the story."""
        return self.real.monotonic()

    def real_seconds_until(self, time_ms: int) -> float:
        """Returns how many real seconds pass until `now_ms` reaches the given virtual time; 0 if it has passed."""
        remaining = max(0.0, self.seconds - (self.real.monotonic() - self.started))
        behind = self.span_ms * remaining / self.seconds
        now = self.real.now_ms() - behind
        if time_ms <= now:
            return 0.0
        rate = 1.0 + self.span_ms / (self.seconds * 1000)
        fast = (time_ms - now) / 1000 / rate
        return fast if fast <= remaining else remaining + (time_ms - now - remaining * 1000 * rate) / 1000
