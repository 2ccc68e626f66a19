"""How a stage is run: one step after another while there is work, then until the store's next commit.

A step that fails is tried again with growing pauses; its condition begins and ends with the failure. Nothing is half done in between,
because each step keeps all of its result in one commit, or nothing.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from gateway.health import Report, Severity
from gateway.store.store import Store

T = TypeVar("T")

PAUSE_SECONDS = 0.1
"""A stage looks at most this often: on a busy floor the store commits a hundred times a second, and work gathers meanwhile."""
LOOK_SECONDS = 5.0
"""A stage looks this often even if nothing was committed, because some work becomes due by time alone."""
LONGEST_RETRY_SECONDS = 60.0
"""A failing step is tried at least this often."""


class Stage(ABC):
    """One part of the way from readings to a bundle."""

    name: str
    """Names its condition: `pipeline.<name>`."""

    @abstractmethod
    async def step(self) -> bool:
        """Does one bounded piece of work and keeps it; returns whether there may be more to do at once."""


class Bell:
    """Wakes every stage after a commit. `ring` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belongs to the loop in which the stages run."""
        self._loop = loop
        self._events: list[asyncio.Event] = []
        self._rung = False

    def listener(self) -> asyncio.Event:
        """Returns an event that each ring sets; the listener clears it."""
        event = asyncio.Event()
        self._events.append(event)
        return event

    def ring(self) -> None:
        """Wakes all listeners; rings that come before they wake are one."""
        if not self._rung and not self._loop.is_closed():
            self._rung = True
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._rung = False
        for event in self._events:
            event.set()


async def run(stage: Stage, bell: Bell, report: Report, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Runs a stage until cancelled."""
    condition = f"pipeline.{stage.name}"
    log = structlog.get_logger(condition)
    rung = bell.listener()
    failures = 0
    while True:
        rung.clear()
        try:
            more = await stage.step()
        except Exception as error:  # whatever failed, the step kept nothing: trying again is right, and the condition says what happened
            failures += 1
            if failures == 1:
                log.warning("step failed", error=repr(error), exc_info=error)
            report(condition, Severity.ERROR, f"{type(error).__name__}: {error}; trying again")
            await sleep(min(LONGEST_RETRY_SECONDS, 2.0 ** min(failures, 10)))
            continue
        if failures:
            failures = 0
            report(condition, None, "")
        await sleep(0 if more else PAUSE_SECONDS)
        if not more:
            await _wait(rung)


async def _wait(rung: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await rung.wait()
    except TimeoutError:
        pass


async def keep(store: Store, work: Callable[..., T]) -> T:
    """Returns what `work` returned, once the commit that holds it is durable."""
    return await asyncio.wrap_future(store.write(work))
