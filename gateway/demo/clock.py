"""The demo's time: three days that end now."""

import asyncio
from dataclasses import dataclass

from gateway.clock import CatchUpClock


@dataclass(frozen=True, slots=True)
class DemoClock(CatchUpClock):
    """The gateway's clock, which simulated devices can also sleep by."""

    async def sleep_until_ms(self, time_ms: int) -> None:
        """Returns once `now_ms` has reached `time_ms`; at once if it is past."""
        while (rest := self.real_seconds_until(time_ms)) > 0:  # noqa: ASYNC110 - time is what is waited for
            await asyncio.sleep(rest)
