import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.services import STABLE_SECONDS, resident, together


def test_services_run_while_the_block_lasts_and_end_with_it() -> None:
    seen: list[str] = []

    async def service() -> None:
        seen.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("ended")

    async def story() -> None:
        async with together({"one": service}):
            await asyncio.sleep(0)
        assert seen == ["began", "ended"]

    asyncio.run(story())


def test_a_service_that_raises_ends_the_block() -> None:
    async def broken() -> None:
        raise RuntimeError("broken")

    async def story() -> None:
        async with together({"one": broken}):
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup):
        asyncio.run(story())


def test_a_resident_service_is_tried_again_with_growing_pauses_and_its_condition_ends_when_it_is_well() -> None:
    told: list[tuple[str, str | None]] = []
    pauses: list[float] = []
    attempts = 0

    async def sleep(seconds: float) -> None:
        if seconds != STABLE_SECONDS:
            pauses.append(seconds)
        await asyncio.sleep(0)

    async def service() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 4:
            raise ValueError("checkpoint too old")
        for _ in range(5):
            await asyncio.sleep(0)
        raise asyncio.CancelledError

    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        asyncio.run(resident("lightclient", service, lambda name, severity, _: told.append((name, severity)), sleep))
    assert [entry["log_level"] for entry in logs] == ["warning", "debug", "debug"]
    assert pauses == [5.0, 10.0, 20.0]
    assert told == [("lightclient.stopped", "error")] * 3 + [("lightclient.stopped", None)]


def test_a_resident_service_that_ends_by_itself_is_told_of_and_tried_again() -> None:
    told: list[str] = []
    attempts = 0

    async def service() -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 2:
            raise asyncio.CancelledError

    with capture_logs(), pytest.raises(asyncio.CancelledError):
        asyncio.run(resident("publisher", service, lambda _, __, text: told.append(text), lambda _: asyncio.sleep(0)))
    assert told == ["ServiceEndedError: publisher ended by itself; it is tried again"]
