"""What is in flight, what waits and what is dropped, without a socket."""

from collections.abc import Iterator

import pytest

from drivers.driver import Delivery
from drivers.mqtt.acknowledgements import Acknowledgements
from drivers.mqtt.codec import Codec
from drivers.mqtt.counters import Counters
from drivers.mqtt.inflow import Inflow
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.transport import Publish


class Sink:
    """Has room for so many."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken: list[Delivery] = []

    def offer(self, delivery: Delivery) -> bool:
        if len(self.taken) >= self.room:
            return False
        self.taken.append(delivery)
        return True


class Line:
    def __init__(self, room: int, settings: MqttSettings) -> None:
        self.sink = Sink(room)
        self.counters = Counters()
        self.acknowledgements = Acknowledgements()
        self.sent: list[int] = []
        self.inflow = Inflow(settings, Codec("floor", settings), self.sink, self.counters, self.acknowledgements, lambda: 7)

    def take(self, mid: int, payload: bytes = b'[{"n":"t","v":1}]', *, duplicate: bool = False, topic: bytes = b"devices/d/senml") -> bool:
        return self.inflow.take(Publish(topic, payload, mid, duplicate, False))

    def settle(self) -> list[int]:
        self.sent.clear()
        self.inflow.settle(self.sent.append)
        return self.sent


@pytest.fixture
def line() -> Iterator[Line]:
    found = Line(2, MqttSettings(receive_maximum=3, max_unacknowledged_bytes=1000))
    yield found
    found.acknowledgements.close()


def test_nothing_is_acknowledged_before_the_sink_says_so(line: Line) -> None:
    line.take(1)
    line.take(2)
    assert (line.settle(), line.counters.unacknowledged) == ([], 2)
    line.sink.taken[1].acknowledge()
    assert (line.settle(), line.counters.unacknowledged, line.counters.acknowledged) == ([2], 1, 1)


def test_qos_1_waits_in_order_and_nothing_overtakes_it(line: Line) -> None:
    assert [line.take(mid) for mid in (1, 2, 3, 4)] == [True] * 4
    assert line.inflow.holding
    line.sink.room = 3
    assert line.take(0) is True
    assert line.counters.overflowed == 1, "QoS 0 does not overtake what waits"
    line.inflow.offer_held()
    assert len(line.sink.taken) == 3
    line.sink.room = 9
    line.take(5)
    line.inflow.offer_held()
    for delivery in line.sink.taken:
        delivery.acknowledge()
    assert line.settle() == [1, 2, 3, 4, 5]
    assert (line.counters.held, line.inflow.holding) == (3, False)


def test_room_ends_at_the_receive_maximum(line: Line) -> None:
    assert [line.take(mid) for mid in (1, 2, 3, 4, 5)] == [True, True, True, True, False]
    line.sink.room = 9
    line.inflow.offer_held()
    assert line.inflow.has_room()


def test_room_ends_at_the_bytes_in_flight_wherever_they_are(line: Line) -> None:
    assert line.take(1, b"x" * 600) is True
    assert line.take(2, b"x" * 600) is False
    line.sink.taken[0].acknowledge()
    line.settle()
    assert line.inflow.has_room()


def test_counts(line: Line) -> None:
    line.take(1, duplicate=True)
    line.take(2, b"garbage", topic=b"\xff")
    assert (line.counters.received, line.counters.redelivered, line.counters.rejected) == (2, 1, 1)
    reject = line.sink.taken[1].reject
    assert reject is not None
    assert reject.reason == "unknown-topic"
    snapshot = line.counters.snapshot()
    assert (snapshot.received, snapshot.unacknowledged, snapshot.connected) == (2, 2, False)
