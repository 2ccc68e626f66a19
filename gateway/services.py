"""How the gateway's long-running parts live together: all at once, ended together, and none of them able to take recording down with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from logging import DEBUG, WARNING
from typing import Any

import structlog

from gateway.errors import GatewayError
from gateway.health import Report, Severity

Service = Callable[[], Coroutine[Any, Any, None]]
"""Something that runs until it is cancelled."""

STABLE_SECONDS = 30.0
"""A service that has run this long again is well."""
LONGEST_PAUSE_SECONDS = 300.0
"""A service that keeps failing is tried at least this often."""


class ServiceEndedError(GatewayError):
    """A service returned although nobody cancelled it."""

    def __init__(self, name: str) -> None:
        """Names the service."""
        self.name = name
        super().__init__(f"{name} ended by itself")


@contextlib.asynccontextmanager
async def together(services: Mapping[str, Service]) -> AsyncIterator[None]:
    """Runs all services while the block lasts, and ends them with it; if one raises, all end and the block is cancelled."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(service(), name=name) for name, service in services.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def resident(name: str, service: Service, report: Report, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Runs a service until cancelled, again after each failure; condition `<name>.stopped` tells of it.

    For parts without which the gateway goes on recording: a light client whose checkpoint is too old is an operator's task, not a crash.
    """
    log = structlog.get_logger(name)
    failures = 0
    while True:
        well = asyncio.create_task(_report_well(name, report, sleep)) if failures else None
        try:
            await _run(name, service)
        except Exception as error:  # whatever it is, recording goes on; the condition and the log name it
            if well is not None and well.done():
                failures = 0
            failures += 1
            log.log(WARNING if failures == 1 else DEBUG, "service stopped", failures=failures, exc_info=error)
            report(f"{name}.stopped", Severity.ERROR, f"{type(error).__name__}: {error}; it is tried again")
        finally:
            if well is not None:
                well.cancel()
        await sleep(min(LONGEST_PAUSE_SECONDS, 5.0 * 2 ** min(failures - 1, 10)))


async def _run(name: str, service: Service) -> None:
    await service()
    raise ServiceEndedError(name)


async def _report_well(name: str, report: Report, sleep: Callable[[float], Awaitable[None]]) -> None:
    await sleep(STABLE_SECONDS)
    report(f"{name}.stopped", None, "")
