"""One connection to a broker, in a thread of its own: connect, subscribe, receive, acknowledge, leave.

What is true at each point:
- a message is with the broker until we acknowledge it, and we do so only after the sink called `Delivery.acknowledge`;
- the broker sends at most `receive_maximum` messages beyond those acknowledged (MQTT 5), so what is held here is bounded by protocol;
  with MQTT 3.1.1, or a broker that ignores its promise, we stop reading the socket at that number, and at `max_unacknowledged_bytes`;
- when the sink is full, QoS 1 messages wait here in their order and nothing overtakes them, while the connection is kept alive; QoS 0
  messages are dropped and counted;
- whatever is unacknowledged when the connection ends, the broker sends again.
"""

import selectors
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from drivers.driver import Delivery, Sink
from drivers.errors import ConnectionEnded, DriverError, ProtocolBroken, Refused, Unreachable
from drivers.mqtt.acknowledgements import Acknowledgements
from drivers.mqtt.client import connect_properties, failure, make_client
from drivers.mqtt.codec import Codec, Message
from drivers.mqtt.counters import Counters
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.transport import FastClient, Publish

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
        self._codec = codec
        self._sink = sink
        self._counters = counters
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._peer = f"MQTT broker {settings.host}:{settings.port}"
        self._acks = Acknowledgements()
        self._held: deque[Delivery] = deque()
        self._in_flight = 0
        self._in_flight_bytes = 0
        self._watched = 0
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
            self._counters.unacknowledged = 0
            if client is not None:
                self._leave(client)
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
        client.on_publish_packet = self._on_publish
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
                self._acknowledge(client)
                self._offer_held()
                reading = self._may_read()
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
        timeout = HELD_RETRY_SECONDS if self._held else TICK_SECONDS
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

    # Receiving

    def _on_publish(self, packet: Publish) -> bool:
        """Hands one message to the sink, or holds it; returns whether the next may be read."""
        counters = self._counters
        counters.received += 1
        counters.redelivered += packet.duplicate
        size = len(packet.payload)
        acknowledge = _nothing
        if packet.mid:
            acknowledge = self._acks.later(packet.mid, size)
            self._in_flight += 1
            self._in_flight_bytes += size
        message = Message(_topic(packet.topic), packet.payload, self._now_ms(), packet.duplicate or packet.retain)
        delivery = self._codec.deliver(message, acknowledge)
        if delivery.reject is not None:
            counters.rejected += 1
        if self._held or not self._sink.offer(delivery):
            self._hold(delivery, packet.mid)
        return self._may_read()

    def _hold(self, delivery: Delivery, mid: int) -> None:
        if mid:
            self._counters.held += 1
            self._held.append(delivery)
        else:
            self._counters.overflowed += 1

    def _offer_held(self) -> None:
        while self._held and self._sink.offer(self._held[0]):
            self._held.popleft()

    def _may_read(self) -> bool:
        """Returns whether another message would still fit; until a broker answers CONNECT there is nothing in flight."""
        return len(self._held) < self._settings.receive_maximum and self._in_flight_bytes < self._settings.max_unacknowledged_bytes

    def _acknowledge(self, client: FastClient) -> None:
        while (packet := self._acks.take()) is not None:
            mid, size = packet
            client.puback(mid)
            self._in_flight -= 1
            self._in_flight_bytes -= size
            self._counters.acknowledged += 1
        self._counters.unacknowledged = self._in_flight

    # Leaving

    def _leave(self, client: FastClient) -> None:
        """Sends what the sink has already committed, says goodbye if there is still someone to hear it, and closes."""
        if client.socket() is None:
            return
        self._acknowledge(client)
        client.disconnect()
        client.loop_write()


def _topic(topic: bytes) -> str:
    try:
        return topic.decode()
    except UnicodeDecodeError:
        # A broker must not let such a topic pass; it is rejected like any that no route knows.
        return "(topic is not UTF-8)"


def _nothing() -> None:
    """Acknowledges QoS 0: there is no one to tell."""
