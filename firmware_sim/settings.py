"""What a caller may set about simulated devices' links."""

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class MqttLinkSettings:
    """How a simulated device talks MQTT 3.1.1, QoS 1."""

    host: str = "127.0.0.1"
    """Broker."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    """Broker's port."""
    username: str | None = None
    """Broker's user, if it asks for one."""
    password: str | None = field(default=None, repr=False)
    """That user's password; never shown."""
    keepalive_s: Annotated[int, Meta(ge=1, le=65535)] = 30
    """Seconds between pings on a quiet connection."""
    max_inflight: Annotated[int, Meta(ge=1, le=65535)] = 20
    """Messages on the wire without PUBACK."""
    max_kept: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    """Messages the device keeps until their PUBACK; then it waits before it measures on."""
    reconnect_max_s: Annotated[int, Meta(ge=1, le=3600)] = 4
    """Longest pause between two attempts to reconnect; the first is one second."""
    drain_s: Annotated[float, Meta(gt=0)] = 60.0
    """How long `drain` waits for outstanding PUBACKs."""
