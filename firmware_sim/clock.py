"""The fleet's idea of time. Injected: the same devices run in real time, or three days in a minute."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Time as devices see it."""

    def now_ms(self) -> int:
        """Returns milliseconds since the Unix epoch."""
        ...

    async def sleep_until_ms(self, time_ms: int) -> None:
        """Returns once `now_ms` has reached `time_ms`; at once if it is past."""
        ...


class ScaledClock:
    """A clock that starts where it is told and runs `factor` times as fast as the machine's."""

    def __init__(self, start_ms: int, factor: float = 1.0) -> None:
        """Starts now; `factor` is greater than 0."""
        self._start_ms = start_ms
        self._factor = factor
        self._started = time.monotonic()

    def now_ms(self) -> int:
        """Returns the scaled time."""
        return self._start_ms + round((time.monotonic() - self._started) * 1000 * self._factor)

    async def sleep_until_ms(self, time_ms: int) -> None:
        """Sleeps until the scaled time has come."""
        rest = time_ms - self.now_ms()
        if rest > 0:
            await asyncio.sleep(rest / 1000 / self._factor)
