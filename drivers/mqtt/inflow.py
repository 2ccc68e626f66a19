"""Messages on their way from a connection to the sink, and their acknowledgements back: what is in flight, what waits, what is dropped.

What is true at each point:
- a message is with the broker until it is acknowledged, and that happens only after the sink called `Delivery.acknowledge`;
- the broker sends at most `receive_maximum` messages beyond those acknowledged (MQTT 5), so what is held here is bounded by protocol;
  with MQTT 3.1.1, or a broker that ignores its promise, there is no more room at that number, nor at `max_unacknowledged_bytes`;
- when the sink is full, QoS 1 messages wait here in their order and nothing overtakes them; QoS 0 messages are dropped and counted.

All but the acknowledging belongs to the connection's thread.
"""

from collections import deque
from collections.abc import Callable

from drivers.driver import Delivery, Sink
from drivers.mqtt.acknowledgements import Acknowledgements
from drivers.mqtt.codec import Codec, Message
from drivers.mqtt.counters import Counters
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.transport import Publish


class Inflow:
    """What one connection has brought in."""

    def __init__(
        self,
        settings: MqttSettings,
        codec: Codec,
        sink: Sink,
        counters: Counters,
        acknowledgements: Acknowledgements,
        now_ms: Callable[[], int],
    ) -> None:
        """Begins with nothing in flight."""
        self._settings = settings
        self._codec = codec
        self._sink = sink
        self._counters = counters
        self._acks = acknowledgements
        self._now_ms = now_ms
        self._held: deque[Delivery] = deque()
        self._bytes = 0
        counters.unacknowledged = 0

    @property
    def holding(self) -> bool:
        """Returns whether messages wait for the sink."""
        return bool(self._held)

    def has_room(self) -> bool:
        """Returns whether another message may be read."""
        return len(self._held) < self._settings.receive_maximum and self._bytes < self._settings.max_unacknowledged_bytes

    def take(self, packet: Publish) -> bool:
        """Hands one message to the sink, or holds it, or drops it; returns whether the next may be read."""
        counters = self._counters
        counters.received += 1
        counters.redelivered += packet.duplicate
        acknowledge = _nothing
        if packet.mid:
            size = len(packet.payload)
            acknowledge = self._acks.later(packet.mid, size)
            self._bytes += size
            counters.unacknowledged += 1
        message = Message(_topic(packet.topic), packet.payload, self._now_ms(), packet.duplicate or packet.retain, packet.omitted)
        delivery = self._codec.deliver(message, acknowledge)
        if delivery.reject is not None:
            counters.rejected += 1
        if not self._held and self._sink.offer(delivery):
            return self.has_room()
        if packet.mid:
            counters.held += 1
            self._held.append(delivery)
        else:
            counters.overflowed += 1
        return self.has_room()

    def offer_held(self) -> None:
        """Offers what waits, oldest first, until the sink is full again."""
        while self._held and self._sink.offer(self._held[0]):
            self._held.popleft()

    def settle(self, puback: Callable[[int], None]) -> None:
        """Passes on what the sink has acknowledged since the last call; `puback` takes a packet identifier."""
        while (packet := self._acks.take()) is not None:
            mid, size = packet
            puback(mid)
            self._bytes -= size
            self._counters.unacknowledged -= 1
            self._counters.acknowledged += 1


def _topic(topic: bytes) -> str:
    try:
        return topic.decode()
    except UnicodeDecodeError:
        # A broker must not let such a topic pass; it is rejected like any that no route knows.
        return "(topic is not UTF-8)"


def _nothing() -> None:
    """Acknowledges QoS 0: there is no one to tell."""
