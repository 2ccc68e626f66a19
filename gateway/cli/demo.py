"""`aios demo`: the whole way with one command."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.cli.terminal import fail, out


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after the story; exit 0 if every step was proven.")] = False,
    trip_seconds: Annotated[float, typer.Option(min=5, max=3600, help="How long the three days take.")] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="Of weather, sensor noise and defects.")] = 1,
    items: Annotated[int, typer.Option(min=1, max=10_000, help="How many items pass the inspection camera.")] = 60,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the dashboard on 127.0.0.1; 0 takes a free one.")] = 0,
    broker: Annotated[
        Literal["auto", "mosquitto", "amqtt"], typer.Option(help="Which MQTT broker; auto takes mosquitto where it is installed.")
    ] = "auto",
    data: Annotated[Path, typer.Option(help="Where the demo writes; cleared first if an earlier demo wrote it.")] = Path("demo-data"),
) -> None:
    """Plays a three-day trip of two containers in a minute, from physics to two verified bundles.

    Starts an MQTT broker, simulated devices, a one-process chain and the gateway, all on loopback, and tells the story as it unfolds.
    One container conforms, the other's door stays open. Without --once the devices go on in real time until Ctrl-C.

    Example: `aios demo --once --trip-seconds 30`
    """
    from gateway import logs
    from gateway.demo.play import DemoSettings, play

    try:
        import amqtt  # noqa: F401 - only to say early what is missing
        import ethereum  # noqa: F401
    except ImportError as error:
        fail(f"the demo needs the extra packages of aios-edge-gateway[demo]: {error}; `make demo` installs them", code=2)
    logs.configure("error", "auto")
    settings = DemoSettings(folder=data, trip_seconds=trip_seconds, seed=seed, items=items, web_port=port, broker=broker, once=once)
    success = asyncio.run(play(settings, out))
    sys.exit(0 if success else 1)
