"""What an operator says about one MQTT broker."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

CodecName = Literal["senml-json", "senml-cbor", "senml-cose", "frame"]
"""How the payloads of a route are read; `drivers.mqtt.codec.decoders` has one function for each."""


@dataclass(frozen=True, slots=True)
class Route:
    """Which topics carry what.

    The first `+` of the filter is the device's id, unless `device` names it. In a `frame` filter the next five `+`, if they are there, are
    GTIN-14, lot, item, sequence and time in milliseconds.
    """

    filter: str
    """An MQTT topic filter: `devices/+/senml`."""
    codec: CodecName
    """How the payload is read."""
    device: str = ""
    """The device, for a filter without a wildcard that could name it."""


DEFAULT_ROUTES = (
    Route("devices/+/senml", "senml-json"),
    Route("devices/+/senml-cbor", "senml-cbor"),
    Route("devices/+/cose", "senml-cose"),
    Route("devices/+/frame", "frame"),
    Route("devices/+/frame/+/+/+/+/+", "frame"),
)
"""The gateway's own conventions: `devices/<device>/frame/<gtin>/<lot>/<item>/<sequence>/<time_ms>` spares a camera any wrapper."""


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Encryption. The broker's certificate and name are always verified; there is no switch to turn that off."""

    ca_file: str = ""
    """PEM file of the authorities to trust; empty trusts those of the operating system."""
    cert_file: str = ""
    """PEM file of our own certificate, for brokers that ask for one."""
    key_file: str = ""
    """PEM file of its private key; readable by the gateway alone."""


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """One broker."""

    host: str = "127.0.0.1"
    """Name or address."""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    """1883 by custom; 8883 with TLS."""
    protocol: Literal["5", "3.1.1"] = "5"
    """MQTT version. 5 is better here: the broker then keeps to `receive_maximum` and to the session's expiry."""
    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] = "aios-gateway"
    """Names our session at the broker, so it must stay the same and be no one else's."""
    username: str = ""
    """Empty connects without a name."""
    password_file: str = ""
    """File holding the password, not readable by others; a line end after it is ignored."""
    tls: TlsSettings | None = None
    """None speaks in the clear: for loopback only, or for a network that you trust with every reading."""
    keepalive_seconds: Annotated[int, msgspec.Meta(ge=5, le=3600)] = 30
    """A silent broker is given up after this long."""
    connect_timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 5.0
    """For the connection and, again, for the broker's answer."""
    session_expiry_seconds: Annotated[int, msgspec.Meta(ge=0, le=4_294_967_295)] = 604_800
    """How long the broker keeps our session and its messages while we are gone; a week outlasts a long weekend. MQTT 5 only."""
    receive_maximum: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 4096
    """Most messages that may be unacknowledged at a time. This is the bound of our queue: the broker itself keeps to it (MQTT 5), and
    with MQTT 3.1.1 we stop reading the socket."""
    max_unacknowledged_bytes: Annotated[int, msgspec.Meta(ge=1)] = 67_108_864
    """64 MiB: beyond this much unacknowledged payload we stop reading the socket."""
    max_payload_bytes: Annotated[int, msgspec.Meta(ge=1)] = 262_144
    """A larger payload becomes a reject, kept for inspection."""
    max_packet_bytes: Annotated[int, msgspec.Meta(ge=1024)] = 4_194_304
    """The broker is told not to send anything larger (MQTT 5): memory is bounded before a byte is read."""
    routes: tuple[Route, ...] = DEFAULT_ROUTES
    """What is subscribed, and how it is read."""
