"""paho's client with its own way to receive messages and acknowledge them, several times faster than paho's.

paho asks the socket for every packet byte by byte, builds a property table for every message, and sends every acknowledgement by a
system call of its own. Here one call receives what is there; PUBLISH packets are read in place (MQTT 5 section 3.3), every other packet
is handed to paho whole; and acknowledgements gather until `loop_write`. Properties of messages are skipped: nothing here uses them, and
topic aliases are never granted. Of a PUBLISH larger than allowed only the head is kept while the rest passes by: to end the connection
instead would bring the same message back for ever, because with MQTT 3.1.1 nobody can tell the broker what is too large.

`_sock_recv`, `_sock_send`, `_ssl_wrap_socket` and `_loop_rc_handle` are paho's inner names, used on purpose; a test says if a later paho
loses one. One thread uses a client.
"""

import socket
import ssl
from collections.abc import Callable
from typing import NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

CHUNK = 65_536
"""Bytes asked from the socket at a time."""

BATCH = 256
"""Packets handled before `loop_read` returns: enough to share the cost of a turn, few enough to keep acknowledgements flowing."""

HEAD = 131_072
"""Bytes kept of a PUBLISH that is too large: holds any topic, and a piece of the payload to inspect."""

_PUBLISH, _PUBACK, _DISCONNECT = 0x30, b"\x40\x02", 0xE0


class _BrokenPacketError(Exception):
    """The broker sent what MQTT does not allow, or more than we allow."""


class Publish(NamedTuple):
    """A PUBLISH packet without its properties. A named tuple, because one is made for every message."""

    topic: bytes
    """UTF-8, unless the broker is careless."""
    payload: bytes
    """As published."""
    mid: int
    """Packet identifier; 0 with QoS 0."""
    duplicate: bool
    """DUP: this may have been sent before."""
    retain: bool
    """RETAIN: sent because of a new subscription, not because of a new event."""
    omitted: int = 0
    """Bytes at the payload's end that were not kept, because the packet is too large."""


class FastClient(paho.Client):
    """A paho client for an external loop; see the module."""

    max_packet_bytes = 268_435_460
    """Larger packets are not kept whole; the default is what MQTT can express."""

    def __init__(self, *args: object, **options: object) -> None:
        """Takes what paho takes."""
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed through as given
        self.on_publish_packet: Callable[[Publish], bool] = _ignore
        """Called with each `Publish`; returns whether the next may be read."""
        self._inbox = bytearray()
        self._position = 0
        self._passing: int | None = None
        """Bytes still to come of a packet that was cut down to its head; None while there is no such packet."""
        self._omitted = 0
        self._for_paho = b""
        self._outbox = bytearray()
        self._five = self.protocol is MQTTProtocolVersion.MQTTv5

    @property
    def has_packet(self) -> bool:
        """Returns whether `loop_read` has something to do without the socket, where no selector sees it."""
        try:
            return self._next() is not None
        except _BrokenPacketError:
            return True

    def puback(self, mid: int) -> None:
        """Queues the acknowledgement of a QoS 1 message (section 3.4; the short form is also that of 3.1.1); `loop_write` sends it."""
        self._outbox += _PUBACK + mid.to_bytes(2)

    def want_write(self) -> bool:
        """Returns whether there is something to send."""
        return bool(self._outbox) or super().want_write()

    def loop_write(self) -> MQTTErrorCode:
        """Sends as much as the socket takes."""
        code = super().loop_write()
        if code is MQTTErrorCode.MQTT_ERR_SUCCESS and self._outbox:
            try:
                self._flush()
            except BlockingIOError:
                pass
            except OSError:
                return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        return code

    def loop_read(self, max_packets: int = BATCH) -> MQTTErrorCode:
        """Handles complete packets, receiving once if there is none, until none is left, or enough, or the reader stops."""
        try:
            if self._next() is None:
                self._receive()
            for _ in range(max_packets):
                end = self._next()
                if end is None:
                    break
                code, more = self._handle(end)
                if code or not more:
                    return code
        except BlockingIOError:
            pass
        except OSError:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        except _BrokenPacketError:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_PROTOCOL)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _receive(self) -> None:
        if self._position:
            del self._inbox[: self._position]
            self._position = 0
        received = super()._sock_recv(CHUNK)
        if not received:
            raise ConnectionResetError("the broker closed the connection")
        if self._passing:
            passed = min(self._passing, len(received))
            self._passing -= passed
            received = received[passed:]
        self._inbox += received

    def _next(self) -> int | None:
        """Returns where the next packet ends, or None if it is not here whole."""
        inbox, position = self._inbox, self._position
        size = len(inbox)
        if position + 2 > size:
            return None
        length, start = inbox[position + 1], position + 2
        if length & 0x80:
            try:
                length, start = _variable(inbox, position + 1, size)
            except IndexError:
                return None
        if length > self.max_packet_bytes:
            return self._behead(start, length)
        return start + length if start + length <= size else None

    def _behead(self, start: int, length: int) -> int | None:
        """Cuts a PUBLISH that is too large down to its head; returns where that ends, or None until the rest has passed by."""
        inbox, head = self._inbox, start + min(HEAD, self.max_packet_bytes)
        if inbox[self._position] & 0xF0 != _PUBLISH:
            raise _BrokenPacketError("larger than allowed")
        if self._passing is None:
            if len(inbox) < head:
                return None
            self._omitted = start + length - head
            self._passing = start + length - min(len(inbox), start + length)
            del inbox[head : start + length]
        return None if self._passing else head

    def _handle(self, end: int) -> tuple[MQTTErrorCode, bool]:
        """Handles the packet that ends there; returns paho's code and whether to go on."""
        inbox, position = self._inbox, self._position
        self._position = end
        first = inbox[position]
        if first & 0xF0 == _PUBLISH:
            return MQTTErrorCode.MQTT_ERR_SUCCESS, self.on_publish_packet(self._whole(self._publish(first, position, end)))
        self._for_paho = bytes(inbox[position:end])
        code = super().loop_read()
        return code, self.socket() is not None

    def _publish(self, first: int, position: int, end: int) -> Publish:
        """Reads a PUBLISH packet (MQTT 5 section 3.3)."""
        inbox = self._inbox
        start = position + 2
        while inbox[start - 1] & 0x80:
            start += 1
        qos = first >> 1 & 3
        topic_end = start + 2 + int.from_bytes(inbox[start : start + 2])
        at, mid = topic_end, 0
        if qos:
            mid = int.from_bytes(inbox[at : at + 2])
            at += 2
        if self._five and at < end:
            length, at = (inbox[at], at + 1) if inbox[at] < 0x80 else _variable(inbox, at, end)
            at += length
        if at > end or qos > 1 or (qos and not mid):
            # QoS 2 cannot come: subscriptions ask for 1.
            raise _BrokenPacketError("PUBLISH")
        return Publish(bytes(inbox[start + 2 : topic_end]), bytes(inbox[at:end]), mid, bool(first & 8), bool(first & 1))

    def _whole(self, packet: Publish) -> Publish:
        if self._passing is None:
            return packet
        omitted, self._omitted, self._passing = self._omitted, 0, None
        return packet._replace(omitted=omitted)

    def _sock_recv(self, bufsize: int) -> bytes:
        """Gives paho the one packet that is meant for it, and nothing more."""
        if not self._for_paho:
            raise BlockingIOError
        chunk, self._for_paho = self._for_paho[:bufsize], self._for_paho[bufsize:]
        return chunk

    def _sock_send(self, buf: bytes | bytearray) -> int:
        self._outbox += buf
        if buf and buf[0] & 0xF0 == _DISCONNECT:
            # paho closes the socket right after this one.
            self._flush()
        return len(buf)

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        """Does the handshake; unlike paho, closes the socket when that fails."""
        context = self._ssl_context or ssl.create_default_context()
        wrapped = context.wrap_socket(tcp_sock, server_hostname=self.host, do_handshake_on_connect=False)
        try:
            wrapped.settimeout(self.connect_timeout)
            wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        return wrapped

    def _flush(self) -> None:
        while self._outbox:
            sent = super()._sock_send(self._outbox)
            del self._outbox[:sent]


def _variable(data: bytearray, at: int, end: int) -> tuple[int, int]:
    """Returns a variable byte integer (MQTT 5 section 1.5.5) and where it ends.

    Raises:
        IndexError: it is not here whole.
        _BrokenPacketError: it is longer than four bytes.
    """
    value = 0
    for index in range(4):
        if at + index >= end:
            raise IndexError(at)
        value |= (data[at + index] & 0x7F) << 7 * index
        if data[at + index] < 0x80:
            return value, at + index + 1
    raise _BrokenPacketError("variable byte integer")


def _ignore(_packet: Publish) -> bool:
    return True
