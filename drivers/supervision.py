"""Keeps a driver running: the thin shell around `drivers.outage`.

It runs the driver, sleeps, and tells the gateway's health. Cancelling `supervise` cancels the driver and waits until that has left
nothing behind.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from drivers.driver import Driver, Sink
from drivers.errors import DriverError
from drivers.outage import Event, Notice, Supervision, SupervisionSettings, delay_seconds

__all__ = ["Supervision", "SupervisionSettings", "supervise"]

Report = Callable[[str, str | None, str], None]
"""`report(condition, severity, text)`; severity None says that it is over."""

Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds."""


async def supervise(
    driver: Driver,
    sink: Sink,
    *,
    on_condition: Report,
    settings: SupervisionSettings | None = None,
    sleep: Sleep = asyncio.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    jitter: Callable[[], float] = random.random,
) -> None:
    """Runs the driver for ever, again after each failure, until cancelled.

    The condition is named `<driver.name>.disconnected`: a warning while trying again can help, an error when a person is needed.
    """
    patience = settings or SupervisionSettings()
    condition = f"{driver.name}.disconnected"
    supervision = Supervision()

    def tell(event: Event, text: str) -> None:
        nonlocal supervision
        supervision, notice = supervision.advance(event)
        if notice is Notice.BEGIN:
            on_condition(condition, "error" if event is Event.REFUSED else "warning", text)
        elif notice is Notice.END:
            on_condition(condition, None, f"{driver.name} is connected again")

    while True:
        watch = _watch(driver, lambda: tell(Event.HELD, ""), patience.stable_seconds, sleep, monotonic)
        event, text = await _run_once(driver, sink, watch)
        tell(event, text)
        await sleep(delay_seconds(supervision, patience, jitter()))
        tell(Event.WAITED, "")


async def _run_once(driver: Driver, sink: Sink, watch: Awaitable[None]) -> tuple[Event, str]:
    """Returns how one run ended; the watch runs beside it."""
    watching = asyncio.ensure_future(watch)
    try:
        await driver.run(sink)
    except DriverError as error:
        return (Event.LOST if error.retry_soon else Event.REFUSED), str(error)
    except Exception as error:
        # A defect in one driver must not stop the others; it is shown as an error until someone mends it.
        return Event.REFUSED, f"{driver.name} failed by a defect of ours: {type(error).__name__}: {error}"
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return Event.LOST, f"{driver.name} stopped by itself"


async def _watch(driver: Driver, held: Callable[[], None], stable_seconds: float, sleep: Sleep, monotonic: Callable[[], float]) -> None:
    """Calls `held` once the driver has been connected for the stable period."""
    since: float | None = None
    while True:
        now = monotonic()
        if not driver.connected:
            since = None
        elif since is None:
            since = now
        elif now - since >= stable_seconds:
            held()
            return
        await sleep(min(stable_seconds, 1.0) / 4)
