"""PUBLISH packets read in place: whole, byte by byte, and broken; everything else goes to paho."""

import socket
from collections.abc import Iterator

import paho.mqtt.client as paho
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import MQTTErrorCode

from drivers.mqtt.client import make_client
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.transport import FastClient, Publish

OK = MQTTErrorCode.MQTT_ERR_SUCCESS


def varint(value: int) -> bytes:
    out = b""
    while True:
        value, low = value >> 7, value & 0x7F
        out += bytes([low | (0x80 if value else 0)])
        if not value:
            return out


def wire(publish: Publish, *, five: bool, properties: bytes = b"") -> bytes:
    """The packet as a broker writes it (MQTT 5 section 3.3)."""
    qos = 1 if publish.mid else 0
    body = len(publish.topic).to_bytes(2) + publish.topic
    body += publish.mid.to_bytes(2) if qos else b""
    body += varint(len(properties)) + properties if five else b""
    body += publish.payload
    return bytes([0x30 | publish.duplicate << 3 | qos << 1 | publish.retain]) + varint(len(body)) + body


class Line:
    """A client at one end of a socket pair, as if it were connected."""

    def __init__(self, protocol: str = "5", **settings: int) -> None:
        self.client: FastClient = make_client(MqttSettings(protocol="5" if protocol == "5" else "3.1.1", **settings))  # type: ignore[arg-type]
        ours, self.broker = socket.socketpair()
        ours.setblocking(False)
        self.client._sock = ours
        self.got: list[Publish] = []
        self.client.on_publish_packet = self._take
        self.go_on = True

    def _take(self, publish: Publish) -> bool:
        self.got.append(publish)
        return self.go_on

    def close(self) -> None:
        if self.client._sock is not None:
            self.client._sock.close()
        self.client._sock = None
        self.broker.close()


@pytest.fixture(params=["5", "3.1.1"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    found = Line(request.param)
    yield found
    found.close()


EXAMPLES = [
    Publish(b"devices/d1/senml", b"x", 1, False, False),
    Publish(b"a", b"", 65535, True, True),
    Publish(b"a", b"y" * 200, 7, False, True),
    Publish(b"a/b", b"z" * 20_000, 0, False, False),
]


def test_paho_still_has_the_names_that_are_used_from_within() -> None:
    assert all(hasattr(paho.Client, name) for name in ("_sock_recv", "_sock_send", "_ssl_wrap_socket", "_loop_rc_handle"))


def test_packets_are_read_whole_and_byte_by_byte(line: Line) -> None:
    five = line.client._five
    stream = b"".join(wire(example, five=five) for example in EXAMPLES)
    line.broker.sendall(stream)
    assert line.client.loop_read() is OK
    line.client.loop_read()
    assert line.got == EXAMPLES
    for position in range(400):
        line.broker.sendall(stream[position : position + 1])
        assert line.client.loop_read() is OK
    line.broker.sendall(stream[400:])
    line.client.loop_read()
    assert line.got == EXAMPLES * 2
    assert not line.client.has_packet


def test_properties_are_skipped() -> None:
    line = Line("5")
    line.broker.sendall(wire(EXAMPLES[0], five=True, properties=b"\x26\0\1k\0\1v" * 30))
    line.client.loop_read()
    assert line.got == [EXAMPLES[0]]
    line.close()


def test_the_reader_can_stop_between_packets(line: Line) -> None:
    line.go_on = False
    line.broker.sendall(wire(EXAMPLES[0], five=line.client._five) * 3)
    line.client.loop_read()
    assert (len(line.got), line.client.has_packet) == (1, True)
    line.go_on = True
    line.client.loop_read()
    assert len(line.got) == 3


def test_other_packets_go_to_paho(line: Line) -> None:
    subscribed: list[int] = []
    line.client.on_subscribe = lambda _client, _data, mid, _codes, _properties: subscribed.append(mid)
    suback = b"\x90\x04\x00\x09\x00\x01" if line.client._five else b"\x90\x03\x00\x09\x01"
    packet = wire(EXAMPLES[0], five=line.client._five)
    line.broker.sendall(packet + suback + packet)
    assert line.client.loop_read() is OK
    assert (subscribed, len(line.got)) == ([9], 2)


def test_acknowledgements_gather_until_they_are_written(line: Line) -> None:
    for mid in (1, 2, 65535):
        line.client.puback(mid)
    assert line.client.want_write()
    assert line.client.loop_write() is OK
    assert line.broker.recv(100) == b"\x40\x02\x00\x01\x40\x02\x00\x02\x40\x02\xff\xff"
    assert not line.client.want_write()


def test_what_the_socket_does_not_take_at_once_is_kept(line: Line) -> None:
    for _ in range(200_000):
        line.client.puback(1)
    assert line.client.loop_write() is OK
    assert line.client.want_write()
    received = 0
    while received < 800_000:
        received += len(line.broker.recv(65_536))
        line.client.loop_write()
    assert (received, line.client.want_write()) == (800_000, False)


@pytest.mark.parametrize(
    "broken",
    [
        b"\x30\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x32\x02\x00\x09",  # the topic is longer than the packet
        b"\x32\x05\x00\x01a\x00\x00",  # packet identifier 0
        b"\x34\x06\x00\x01a\x00\x01\x00",  # QoS 2 was never asked for
        b"\x90\x81\x80\x80\x01",  # larger than we allow, and no PUBLISH
        b"\x00\x00",  # no packet at all
    ],
)
def test_what_mqtt_does_not_allow_ends_the_connection(broken: bytes) -> None:
    line = Line("5", max_packet_bytes=4096)
    line.broker.sendall(broken)
    code = line.client.loop_read()
    assert code is MQTTErrorCode.MQTT_ERR_PROTOCOL
    assert line.client.socket() is None
    assert line.got == []
    line.close()


def test_of_a_publish_that_is_too_large_the_head_is_kept_and_the_next_comes_through(line: Line) -> None:
    line.client.max_packet_bytes = 1000
    large, next_one = Publish(b"a/b", bytes(range(256)) * 1000, 7, False, False), Publish(b"a", b"x", 8, False, False)
    data = wire(large, five=line.client._five) + wire(next_one, five=line.client._five)
    for at in range(0, len(data), 30_000):
        line.broker.sendall(data[at : at + 30_000])
        while not line.client.loop_read() and line.client.has_packet:
            pass
        assert len(line.client._inbox) < 200_000
    while len(line.got) < 2:
        line.client.loop_read()
    first, second = line.got
    assert (first.topic, first.mid, second) == (large.topic, large.mid, next_one)
    assert len(first.payload) < 1000
    assert large.payload.startswith(first.payload)
    assert len(first.payload) + first.omitted == len(large.payload)


def test_a_closed_connection_is_lost(line: Line) -> None:
    line.broker.close()
    assert line.client.loop_read() is MQTTErrorCode.MQTT_ERR_CONN_LOST


publishes = st.builds(
    Publish, st.binary(max_size=20), st.binary(max_size=300), st.integers(0, 65535), st.booleans(), st.booleans(), st.just(0)
)


@given(st.lists(publishes, max_size=5), st.sampled_from(["5", "3.1.1"]))
def test_every_publish_comes_through(packets: list[Publish], protocol: str) -> None:
    line = Line(protocol)
    line.broker.sendall(b"".join(wire(packet, five=line.client._five) for packet in packets))
    line.client.loop_read()
    line.close()
    assert line.got == packets


@given(st.binary(min_size=2, max_size=60))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    line = Line("5")
    line.broker.sendall(b"\x32" + data)
    for _ in range(3):
        if line.client.socket() is None:
            break
        line.client.loop_read()
    line.close()
