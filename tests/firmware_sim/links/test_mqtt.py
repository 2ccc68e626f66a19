import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from firmware_sim.device import Message
from firmware_sim.errors import LinkClosed, Undelivered
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings

CONNECT, CONNACK, PUBLISH, PUBACK = 0x10, b"\x20\x02\x00\x00", 0x30, b"\x40\x02"


class Broker:
    """Speaks as much MQTT 3.1.1 as one publisher needs; may close a connection or keep its PUBACKs back."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, bool]] = []
        self.cut_after: int | None = None
        self.silent = False
        self.port = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[MqttLinkSettings]:
        server = await asyncio.start_server(self.session, "127.0.0.1", 0)
        async with server:
            yield MqttLinkSettings(port=server.sockets[0].getsockname()[1], drain_s=10, max_inflight=4)

    async def session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                kind, body = await packet(reader)
                if kind & 0xF0 == CONNECT:
                    writer.write(CONNACK)
                elif kind & 0xF0 == PUBLISH:
                    at = 2 + int.from_bytes(body[:2])
                    self.received.append((body[at + 2 :], bool(kind & 0x08)))
                    if self.cut_after is not None and len(self.received) == self.cut_after:
                        self.cut_after = None
                        break
                    if not self.silent:
                        writer.write(PUBACK + body[at : at + 2])
        except asyncio.IncompleteReadError:
            pass
        writer.close()


async def packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind, length, shift = (await reader.readexactly(1))[0], 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return kind, await reader.readexactly(length)


def message(index: int) -> Message:
    return Message(index, "devices/c-1/senml", b"%d" % index)


@pytest.mark.loopback
def test_everything_is_sent_once_and_acknowledged() -> None:
    async def story() -> None:
        broker = Broker()
        async with broker.serving() as settings, MqttLink("c-1", settings) as link:
            for index in range(50):
                await link.send(message(index))
            await link.drain()
            assert (link.sent, link.acknowledged, link.connections) == (50, 50, 1)
        assert broker.received == [(b"%d" % i, False) for i in range(50)]

    asyncio.run(story())


@pytest.mark.loopback
def test_what_was_not_acknowledged_is_sent_again_after_a_cut() -> None:
    async def story() -> None:
        broker = Broker()
        broker.cut_after = 5
        async with broker.serving() as settings, MqttLink("c-1", settings) as link:
            for index in range(12):
                await link.send(message(index))
            await link.drain()
            assert link.acknowledged == 12
            assert link.connections == 2
        assert {int(payload) for payload, _ in broker.received} == set(range(12))
        assert (b"4", True) in broker.received

    asyncio.run(story())


@pytest.mark.loopback
def test_what_is_kept_is_bounded_and_missing_acknowledgements_are_named() -> None:
    async def story() -> None:
        broker = Broker()
        broker.silent = True
        async with broker.serving() as found:
            settings = MqttLinkSettings(port=found.port, max_kept=3, drain_s=0.2)
            async with MqttLink("c-1", settings) as link:
                for index in range(3):
                    await link.send(message(index))
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(link.send(message(3)), 0.1)
                with pytest.raises(Undelivered, match="3 messages"):
                    await link.drain()

    asyncio.run(story())


def test_a_closed_link_takes_nothing() -> None:
    with pytest.raises(LinkClosed, match="c-1"):
        asyncio.run(MqttLink("c-1").send(message(0)))
