"""`aios run`: the gateway itself."""

import asyncio

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption


def run(path: ConfigOption = DEFAULT_CONFIG) -> None:
    """Runs the gateway until it is told to stop (SIGINT or SIGTERM), and then stops cleanly.

    What was acknowledged is durable at any moment, so killing it loses nothing either.

    Example: `aios run --config /etc/aios/gateway.toml`
    """
    from gateway import logs
    from gateway.clock import SystemClock
    from gateway.compose import run_until_signalled
    from gateway.settings import load

    settings = load(path)
    logs.configure(settings.logs.level, settings.logs.form)
    asyncio.run(run_until_signalled(settings, SystemClock()))
