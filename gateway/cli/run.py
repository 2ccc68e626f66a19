"""`aios run`: the gateway itself."""

from gateway.cli.daemon import run_gateway
from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption


def run(path: ConfigOption = DEFAULT_CONFIG) -> None:
    """Runs the gateway until it is told to stop (SIGINT or SIGTERM), and then stops cleanly.

    What was acknowledged is durable at any moment, so killing it loses nothing either.

    Example: `aios run --config /etc/aios/gateway.toml`
    """
    run_gateway(path)
