"""Health as named conditions: a part of the gateway raises one when something is wrong and clears it when it is over.

A condition is declared once, with what it means and what to do, so that the command line, the dashboard and the metrics only render.
Its beginning and its end are each logged once; repeats are not. Thread-safe: drivers and the store report from their own threads.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import structlog


class Severity(StrEnum):
    """How much a condition matters to the person in charge."""

    INFO = "info"
    """Worth knowing; nothing is degraded."""
    WARNING = "warning"
    """Something is degraded; nothing is lost."""
    ERROR = "error"
    """The gateway cannot do part of its work until this ends."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong now, or was."""

    name: str
    """Stable and dotted: `store.disk_full`, `mqtt.floor.disconnected`."""
    severity: Severity
    """How much it matters."""
    text: str
    """What is wrong and what to do, for a person."""
    since_ms: int
    """When it began."""
    until_ms: int | None = None
    """When it ended; None while it lasts."""


Report = Callable[[str, str | None, str], None]
"""How a part reports: `report(name, severity or None when it is over, text)`."""

HISTORY = 200
"""How many ended conditions are kept for the dashboard: a day of a flapping link, and a bound."""


class Health:
    """All conditions of one gateway."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        """Starts with nothing wrong."""
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._active: dict[str, Condition] = {}
        self._ended: list[Condition] = []
        self._log = structlog.get_logger("health")

    def report(self, name: str, severity: str | None, text: str) -> None:
        """Begins, updates or ends the condition `name`; ends it when severity is None."""
        with self._lock:
            known = self._active.get(name)
            if severity is None:
                if known is not None:
                    del self._active[name]
                    self._ended = [*self._ended[-HISTORY + 1 :], replace(known, until_ms=self._now_ms())]
            else:
                since = known.since_ms if known else self._now_ms()
                self._active[name] = Condition(name, Severity(severity), text, since)
        if severity is None and known is not None:
            self._log.info("condition ended", condition=name, lasted_ms=self._now_ms() - known.since_ms)
        elif severity is not None and known is None:
            self._log.warning("condition began", condition=name, severity=severity, text=text)

    def active(self) -> tuple[Condition, ...]:
        """Returns what is wrong now, worst first, then oldest first."""
        order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
        with self._lock:
            return tuple(sorted(self._active.values(), key=lambda c: (order[c.severity], c.since_ms, c.name)))

    def ended(self) -> tuple[Condition, ...]:
        """Returns what was wrong and is over, latest first."""
        with self._lock:
            return tuple(reversed(self._ended))
