"""One connection to a broker, in a thread of its own: connect, subscribe, receive, acknowledge, leave.

What comes in, waits, and goes back is `drivers.mqtt.inflow`. While the sink is full the connection is kept alive; whatever is
unacknowledged when it ends, the broker sends again.
"""

import selectors
import ssl
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from drivers.driver import Sink
from drivers.errors import ConnectionEnded, DriverError, ProtocolBroken, Refused, Unreachable
from drivers.mqtt.acknowledgements import Acknowledgements
from drivers.mqtt.client import connect_properties, failure, make_client
from drivers.mqtt.codec import Codec
from drivers.mqtt.counters import Counters
from drivers.mqtt.inflow import Inflow
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.transport import FastClient

HELD_RETRY_SECONDS = 0.02
"""How often a full sink is asked again; a group commit takes about this long on a slow card."""

TICK_SECONDS = 1.0
"""How often paho looks at its keep-alive clock."""


class Session:
    """One connection; made for one `serve` and then thrown away."""

    def __init__(
        self,
        settings: MqttSettings,
        codec: Codec,
        sink: Sink,
        counters: Counters,
        *,
        now_ms: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        """Prepares; nothing is opened but the pair of sockets that wakes the thread."""
        self._settings = settings
        self._counters = counters
        self._monotonic = monotonic
        self._peer = f"MQTT broker {settings.host}:{settings.port}"
        self._acks = Acknowledgements()
        self._inflow = Inflow(settings, codec, sink, counters, self._acks, now_ms)
        self._watched = 0
        self._deadline = 0.0
        self._stopping = False
        self._failure: DriverError | None = None

    def serve(self) -> None:
        """Runs the connection until it ends or `stop` is called; for the connection's thread.

        Raises:
            DriverError: why the connection ended, unless it was stopped.
        """
        client: FastClient | None = None
        sock: Any = None
        try:
            client = self._connect()
            sock = client.socket()
            if sock is None:
                raise ConnectionEnded(self._peer, "closed at once")
            self._pump(client, sock)
        finally:
            self._counters.connected = False
            if client is not None:
                self._leave(client)
            self._counters.unacknowledged = 0
            if sock is not None:
                sock.close()
            self._acks.close()

    def stop(self) -> None:
        """Asks the thread to leave; from any thread, returns at once."""
        self._stopping = True
        self._acks.ring()

    # Connecting

    def _connect(self) -> FastClient:
        client = make_client(self._settings)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_publish_packet = self._inflow.take
        self._deadline = self._monotonic() + 2 * self._settings.connect_timeout_seconds
        settings = self._settings
        five = settings.protocol == "5"
        try:
            client.connect(
                settings.host,
                settings.port,
                keepalive=settings.keepalive_seconds,
                clean_start=False if five else paho.MQTT_CLEAN_START_FIRST_ONLY,
                properties=connect_properties(settings),
            )
        except ssl.SSLCertVerificationError as error:
            remedy = "check tls.ca_file and that host is the name in the broker's certificate"
            raise Refused(self._peer, 0, f"its certificate does not verify: {error.verify_message}", remedy) from error
        except (OSError, ssl.SSLError) as error:
            raise Unreachable(self._peer, str(error) or type(error).__name__) from error
        return client

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Properties | None) -> None:
        if code.is_failure:
            self._failure = failure(self._peer, code.value, str(code))
            return
        filters = [route.filter for route in self._settings.routes]
        if self._settings.protocol == "5":
            # Retained messages only when the subscription is new: with a session that is kept, they would come again at each connection.
            client.subscribe([(name, SubscribeOptions(qos=1, retainHandling=1)) for name in filters])
        else:
            client.subscribe([(name, 1) for name in filters])

    def _on_subscribe(self, _client: paho.Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None) -> None:
        for route, code in zip(self._settings.routes, codes, strict=False):
            if code.is_failure:
                remedy = "grant this user the right to subscribe, or change the route"
                self._failure = Refused(self._peer, code.value, f"{code} for subscription {route.filter}", remedy)
                return
        self._counters.connected = True
        self._counters.connections += 1

    def _on_disconnect(self, _client: paho.Client, _data: Any, flags: Any, code: ReasonCode, _properties: Properties | None) -> None:
        # Without a DISCONNECT from the broker the reason code is paho's invention; `_check` knows better.
        if self._failure is None and flags.is_disconnect_packet_from_server:
            self._failure = failure(self._peer, code.value, str(code))

    # Serving

    def _pump(self, client: FastClient, sock: Any) -> None:
        next_tick = self._monotonic() + TICK_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._acks.waker, selectors.EVENT_READ)
            while not self._stopping:
                self._inflow.settle(client.puback)
                self._inflow.offer_held()
                reading = self._inflow.has_room()
                wanted = (selectors.EVENT_READ if reading else 0) | (selectors.EVENT_WRITE if client.want_write() else 0)
                ready = self._wait(selector, sock, wanted, reading and self._has_more(client, sock))
                if reading and (sock in ready or self._has_more(client, sock)):
                    self._check(client, client.loop_read())
                if client.want_write():
                    self._check(client, client.loop_write())
                now = self._monotonic()
                if now >= next_tick:
                    next_tick = now + TICK_SECONDS
                    self._check(client, client.loop_misc())
                    self._check_answered(now)

    def _wait(self, selector: selectors.BaseSelector, sock: Any, wanted: int, more: bool) -> list[Any]:
        """Sleeps until there is something to do; returns the sockets that are ready."""
        if wanted != self._watched:
            if self._watched:
                selector.unregister(sock)
            if wanted:
                selector.register(sock, wanted)
            self._watched = wanted
        timeout = HELD_RETRY_SECONDS if self._inflow.holding else TICK_SECONDS
        if more or not self._acks.may_sleep() or self._stopping:
            timeout = 0.0
        ready = [key.fileobj for key, _ in selector.select(timeout)]
        self._acks.woke()
        if self._acks.waker in ready:
            self._acks.hush()
        return ready

    @staticmethod
    def _has_more(client: FastClient, sock: Any) -> bool:
        """Returns whether bytes have left the socket and wait where no selector sees them."""
        return client.has_packet or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)

    def _check(self, client: FastClient, code: MQTTErrorCode) -> None:
        if self._failure is not None:
            raise self._failure
        if code is MQTTErrorCode.MQTT_ERR_PROTOCOL:
            raise ProtocolBroken(self._peer, "a packet that MQTT does not allow")
        if code is not MQTTErrorCode.MQTT_ERR_SUCCESS or not client.socket():
            raise ConnectionEnded(self._peer, paho.error_string(code))

    def _check_answered(self, now: float) -> None:
        if not self._counters.connected and now > self._deadline:
            raise ConnectionEnded(self._peer, "no answer to CONNECT and SUBSCRIBE in time")

    # Leaving

    def _leave(self, client: FastClient) -> None:
        """Sends what the sink has already committed, says goodbye if there is still someone to hear it, and closes."""
        if client.socket() is None:
            return
        self._inflow.settle(client.puback)
        client.disconnect()
        client.loop_write()
