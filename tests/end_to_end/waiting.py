"""Waiting for something in a real process or a real peer; only for tests that are marked slow or peer."""

import asyncio
import time
from collections.abc import Callable

SLOWER = 5
"""How much slower than a quiet workstation the machine may be; waiting longer costs nothing when all is well."""


async def until(done: Callable[[], bool], seconds: float, what: str | Callable[[], str]) -> None:
    """Returns once `done` holds, at most so many seconds on a quiet workstation; fails, saying what was waited for, if it does not."""
    deadline = time.monotonic() + seconds * SLOWER
    while not done():
        assert time.monotonic() < deadline, f"not within {seconds * SLOWER} s: {what() if callable(what) else what}"
        await asyncio.sleep(0.05)
