"""What follows when a driver fails or holds: a table of states and events, and a delay computed from given jitter.

Pure: it neither sleeps nor looks at a clock; `drivers.supervision` does. Invariants: an outage is told once when it begins (and again
only if its kind changes) and once when it ends; a refusal that only a person can mend goes straight to the longest wait; waits start
over only after the connection has been stable.
"""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Annotated

import msgspec


@dataclass(frozen=True, slots=True)
class SupervisionSettings:
    """How patient to be."""

    base_seconds: Annotated[float, msgspec.Meta(gt=0)] = 0.5
    """The first wait is at most this long; each further one at most twice the one before."""
    longest_seconds: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    """No wait is longer. A broker that comes back is found within a minute."""
    stable_seconds: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    """A connection that has held this long ends the outage; shorter ones do not, so a flapping link is one outage and not many."""


class State(StrEnum):
    """Where a supervised driver stands."""

    STARTING = "starting"
    """Running, not yet stable."""
    STEADY = "steady"
    """Running, stable."""
    WAITING = "waiting"
    """Failed; tries again after a growing wait."""
    BARRED = "barred"
    """Refused; tries again after the longest wait, in case a person has mended it."""


class Event(StrEnum):
    """What can happen to it."""

    HELD = "held"
    """The connection has been up for the stable period."""
    LOST = "lost"
    """The run ended for a reason that trying again can mend."""
    REFUSED = "refused"
    """The run ended for a reason that only a person can mend."""
    WAITED = "waited"
    """The wait is over."""


class Notice(Enum):
    """What to tell about it."""

    NONE = "none"
    BEGIN = "begin"
    """Begin the outage, unless one of this kind has begun already."""
    END = "end"
    """End the outage, if there is one."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one event does in one state."""

    state: State
    """Where it leads."""
    notice: Notice = Notice.NONE
    """What to tell."""


TABLE: dict[tuple[State, Event], Step] = {
    (State.STARTING, Event.HELD): Step(State.STEADY, Notice.END),
    (State.STARTING, Event.LOST): Step(State.WAITING, Notice.BEGIN),
    (State.STARTING, Event.REFUSED): Step(State.BARRED, Notice.BEGIN),
    (State.STEADY, Event.LOST): Step(State.WAITING, Notice.BEGIN),
    (State.STEADY, Event.REFUSED): Step(State.BARRED, Notice.BEGIN),
    (State.WAITING, Event.WAITED): Step(State.STARTING),
    (State.BARRED, Event.WAITED): Step(State.STARTING),
}
"""Every event that can happen; any other is a mistake of the caller's."""


class ImpossibleEventError(Exception):
    """The shell reported an event that cannot happen in that state: a mistake of ours."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} cannot happen while {state}")
        self.state = state
        self.event = event


@dataclass(frozen=True, slots=True)
class Supervision:
    """The whole memory of a supervised driver."""

    state: State = State.STARTING
    """Where it stands."""
    failures: int = 0
    """Failed runs since it was last steady."""
    outage: Event | None = None
    """What the outage that we told about began with; None while there is none."""

    def advance(self, event: Event) -> tuple["Supervision", Notice]:
        """Returns what follows, and what to tell.

        Raises:
            ImpossibleEventError: that event has no row in that state.
        """
        step = TABLE.get((self.state, event))
        if step is None:
            raise ImpossibleEventError(self.state, event)
        if step.notice is Notice.BEGIN:
            told = Notice.NONE if self.outage is event else Notice.BEGIN
            return Supervision(step.state, self.failures + 1, event), told
        if step.notice is Notice.END:
            return Supervision(step.state), Notice.NONE if self.outage is None else Notice.END
        return replace(self, state=step.state), Notice.NONE


def delay_seconds(supervision: Supervision, settings: SupervisionSettings, jitter: float) -> float:
    """Returns how long to wait: the longest when barred, else full jitter under a doubling ceiling.

    Args:
        supervision: after a failure.
        settings: how patient to be.
        jitter: a random number from 0 to 1; spreads the return of many gateways after one outage.
    """
    if supervision.state is State.BARRED:
        return settings.longest_seconds
    # The exponent is bounded before it is used: a week of failures would overflow a double.
    ceiling = settings.base_seconds * 2.0 ** min(supervision.failures - 1, 30)
    return min(settings.longest_seconds, ceiling) * jitter
