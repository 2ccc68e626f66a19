"""Asks sources which forks they expect, and keeps one condition for those that this software does not know."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

from lightclient.announcements import unknown_forks
from lightclient.conditions import OnceEach
from lightclient.errors import EnvironmentalError, PeerError
from lightclient.network import Network
from lightclient.sources import BeaconSource

CONDITION = "lightclient.fork"
"""Condition while some source announces what this software does not know."""


@runtime_checkable
class AnnouncingSource(Protocol):
    """A source that can tell its network's configuration; its word is never trusted for more than a warning."""

    async def spec(self) -> dict[str, Any]:
        """Returns `/eth/v1/config/spec`."""
        ...


class ForkWatch:
    """One client's watch."""

    def __init__(self, network: Network, report: OnceEach, time: Callable[[], float]) -> None:
        self._network = network
        self._report = report
        self._time = time

    async def ask(self, sources: Sequence[BeaconSource]) -> None:
        """Asks every source that can tell; a source that does not answer is asked again next time and loses nothing."""
        told: list[str] = []
        answered = False
        for source in sources:
            if not isinstance(source, AnnouncingSource):
                continue
            try:
                unknown = unknown_forks(self._network, await source.spec())
            except (PeerError, EnvironmentalError):
                continue
            answered = True
            if unknown:
                now = self._time()
                told.append(f"{source.name} announces " + ", ".join(each.text(self._network, now) for each in unknown))
        if told:
            self._report(CONDITION, "warning", "; ".join(told) + ": this software does not know it; update before it begins")
        elif answered:
            self._report(CONDITION, None, "no source announces an unknown fork any more")
