"""Runs the gateway in this process; apart from `run`, so that the daemon does not carry the command line's parser."""

import contextlib
import ctypes
from pathlib import Path

DEFAULT_CONFIG = Path("/etc/aios/gateway.toml")
"""Where the installed gateway keeps its settings."""


_M_ARENA_MAX = -8
"""Option of mallopt(3)."""


def run_gateway(path: Path) -> None:
    """Runs the gateway with the settings in a file until SIGINT or SIGTERM."""
    import asyncio

    from gateway import logs
    from gateway.clock import SystemClock
    from gateway.compose import run_until_signalled
    from gateway.settings import load

    _share_one_arena()
    settings = load(path)
    logs.configure(settings.logs.level, settings.logs.form)
    asyncio.run(run_until_signalled(settings, SystemClock()))


def _share_one_arena() -> None:
    """Has all threads allocate from one heap, where the C library is glibc."""
    # One each would cost 5 MB, and the interpreter's lock makes them take turns anyway.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
