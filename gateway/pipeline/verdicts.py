"""The stage that has awaited verdicts published, once there is a statement and the resolver would take them."""

import math
from collections.abc import Callable

from gateway.pipeline.stage import Stage
from gateway.store import verdicts
from gateway.store.oracle_summary import WHOLE
from gateway.store.store import Store
from gateway.store.verdicts import Awaited
from gateway.verdicts import VerdictDesk, VerdictRefusedError

LOOK_SECONDS = 60.0
"""How often the resolver is asked again whether it awaits a verdict."""
CANDIDATES = 16
"""Verdicts that are asked about at once: the newest of those never asked about, then those asked longest ago."""


class PublishVerdicts(Stage):
    """Stages each awaited verdict as soon as there is a statement and the resolver takes it."""

    name = "verdicts"

    def __init__(self, store: Store, desk: VerdictDesk, gateway: bytes, monotonic: Callable[[], float]) -> None:
        """Looks at the awaited verdicts that are not made in turn, at each at most once in `LOOK_SECONDS`."""
        self._store, self._desk, self._gateway, self._monotonic = store, desk, gateway, monotonic
        self._asked: dict[Awaited, float] = {}

    async def step(self) -> bool:
        """Stages at most one verdict; returns whether there may be more."""
        now = self._monotonic()
        with self._store.read() as connection:
            waiting = verdicts.select_waiting(connection, self._gateway, WHOLE)
        self._asked = {one: self._asked[one] for one in waiting if one in self._asked}
        due = [one for one in waiting if now - self._last_asked(one) >= LOOK_SECONDS]
        for one in sorted(due, key=self._last_asked)[:CANDIDATES]:
            self._asked[one] = now
            try:
                await self._desk.publish(one)
            except VerdictRefusedError:
                continue  # nobody awaits it: it is asked about again
            return True
        return False

    def _last_asked(self, one: Awaited) -> float:
        return self._asked.get(one, -math.inf)
