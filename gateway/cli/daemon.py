"""Runs the gateway in this process; apart from `run`, so that the daemon does not carry the command line's parser."""

from pathlib import Path

DEFAULT_CONFIG = Path("/etc/aios/gateway.toml")
"""Where the installed gateway keeps its settings."""


def run_gateway(path: Path) -> None:
    """Runs the gateway with the settings in a file until SIGINT or SIGTERM."""
    import asyncio

    from gateway import logs
    from gateway.clock import SystemClock
    from gateway.compose import run_until_signalled
    from gateway.settings import load

    settings = load(path)
    logs.configure(settings.logs.level, settings.logs.form)
    asyncio.run(run_until_signalled(settings, SystemClock()))
