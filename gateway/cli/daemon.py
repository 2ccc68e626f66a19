"""Runs the gateway in this process; apart from `run`, so that the daemon does not carry the command line's parser."""

import contextlib
import ctypes
import sys
from pathlib import Path

DEFAULT_CONFIG = Path("/etc/aios/gateway.toml")
"""Where the installed gateway keeps its settings."""


_M_ARENA_MAX = -8
"""Option of mallopt(3)."""


def run_gateway(path: Path) -> None:
    """Runs the gateway with the settings in a file until SIGINT or SIGTERM."""
    import asyncio

    _leave_out_rich()
    from gateway import logs
    from gateway.clock import SystemClock
    from gateway.compose import run_until_signalled
    from gateway.settings import load

    _share_one_arena()
    settings = load(path)
    logs.configure(settings.logs.level, settings.logs.form)
    asyncio.run(run_until_signalled(settings, SystemClock()))


def _leave_out_rich() -> None:
    """Has libraries that draw with rich where they find it, structlog and httpx, not find it: a sixth of the start, and 3 MB."""
    # None is the import system's own word for "not here". structlog also looks for greenlets, which only development brings along.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    sys.modules.setdefault("greenlet", None)  # type: ignore[arg-type]


def allow_rich() -> None:
    """Undoes that, for whoever ends the process with a word to a person."""
    if sys.modules.get("rich") is None:
        sys.modules.pop("rich", None)


def _share_one_arena() -> None:
    """Has all threads allocate from one heap, where the C library is glibc."""
    # One each would cost 5 MB, and the interpreter's lock makes them take turns anyway.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
