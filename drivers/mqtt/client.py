"""A paho client, configured: identity, password, TLS, MQTT 5 properties; and what its reason codes mean to us.

The client is driven through paho's interface for external loops (`loop_read`, `loop_write`, `loop_misc`) from one thread only, so paho's
own locks are never waited for. `manual_ack` leaves every acknowledgement to us.
"""

import ssl
from pathlib import Path

from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.errors import BadConfiguration, ConnectionEnded, DriverError, Refused
from drivers.mqtt.settings import MqttSettings, TlsSettings
from drivers.mqtt.transport import FastClient

_VERSIONS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}

_REMEDIES = {
    0x84: 'set protocol = "3.1.1"; this broker does not speak the one that is set',
    0x85: "choose another client_id",
    0x86: "check username and password_file",
    0x87: "check username and password_file, and what the broker lets this user do",
    0x8A: "ask the broker's operator to lift the ban",
    0x8C: "this broker wants a method of authentication that is not supported",
    0x8E: "another client connects under our client_id; give each gateway its own",
    0x8F: "correct the route's filter",
    0x9E: "shared subscriptions are refused; use plain filters",
    0xA2: "wildcards are refused; use routes without + and #",
}
"""Reason codes (MQTT 5 section 2.4) that only a person can mend, each with how."""


def failure(peer: str, code: int, answer: str) -> DriverError:
    """Returns the error for a reason code of CONNACK, SUBACK or DISCONNECT; its class says whether trying again soon can help."""
    remedy = _REMEDIES.get(code)
    return ConnectionEnded(peer, f"{answer} (code {code:#04x})") if remedy is None else Refused(peer, code, answer, remedy)


def make_client(settings: MqttSettings) -> FastClient:
    """Returns a client that is ready to connect.

    Raises:
        BadConfiguration: a file named by the settings is absent, unreadable or open to others.
    """
    version = _VERSIONS[settings.protocol]
    client = FastClient(
        CallbackAPIVersion.VERSION2,
        client_id=settings.client_id,
        clean_session=False if version is MQTTProtocolVersion.MQTTv311 else None,
        protocol=version,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.max_packet_bytes = settings.max_packet_bytes
    client.connect_timeout = settings.connect_timeout_seconds
    # Naming a hook for writes makes paho queue what is sent until our loop writes it; otherwise it would write at once by itself.
    client.on_socket_register_write = lambda *_: None
    if settings.username:
        client.username_pw_set(settings.username, _password(settings.password_file))
    if settings.tls is not None:
        client.tls_set_context(_tls_context(settings.tls))
    return client


def connect_properties(settings: MqttSettings) -> Properties | None:
    """Returns what CONNECT says beyond MQTT 3.1.1: how long to keep our session, how many and how large messages we take."""
    if settings.protocol != "5":
        return None
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho left its types out
    properties.SessionExpiryInterval = settings.session_expiry_seconds
    properties.ReceiveMaximum = settings.receive_maximum
    properties.MaximumPacketSize = settings.max_packet_bytes
    return properties


def _password(file: str) -> str | None:
    if not file:
        return None
    path = Path(file)
    try:
        if path.stat().st_mode & 0o007:
            raise BadConfiguration("password_file", f"{file} is open to every user of this machine", f"chmod 600 {file}")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration("password_file", f"{file}: {error}", "name a file that the gateway can read") from error
    return text.removesuffix("\n").removesuffix("\r")


def _tls_context(settings: TlsSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise BadConfiguration("tls.ca_file", f"{settings.ca_file}: {error}", "name a PEM file of authorities") from error
    if settings.cert_file:
        try:
            context.load_cert_chain(settings.cert_file, settings.key_file or None)
        except (OSError, ssl.SSLError) as error:
            problem = f"{settings.cert_file}, {settings.key_file}: {error}"
            raise BadConfiguration("tls.cert_file", problem, "name a PEM certificate and its private key") from error
    return context
