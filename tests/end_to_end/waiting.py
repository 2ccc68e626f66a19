"""Waiting for something in a real process or a real peer; only for tests that are marked slow or peer."""

import asyncio
import time
from collections.abc import Callable


async def until(done: Callable[[], bool], seconds: float, what: str | Callable[[], str]) -> None:
    """Returns once `done` holds; fails, saying what was waited for, if it does not in time."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what() if callable(what) else what}"
        await asyncio.sleep(0.05)
