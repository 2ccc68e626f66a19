"""Real brokers for tests, and a publisher that says when the broker has taken a message."""

import asyncio
import json
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from drivers.mqtt.driver import MqttDriver
from drivers.mqtt.settings import MqttSettings
from gateway.demo.broker import EmbeddedBroker, find_mosquitto
from tests.drivers.conformance import Harness

Kind = Literal["mosquitto", "amqtt"]
START_S = 1_760_000_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def require(kind: Kind) -> None:
    if kind == "mosquitto" and find_mosquitto() is None:
        pytest.skip("mosquitto is not installed; install it to run this against a real broker")


def pack(number: int) -> bytes:
    return json.dumps([{"n": "temperature", "u": "Cel", "t": START_S + number, "v": number, "seq": number}]).encode()


def publish(port: int, messages: Iterable[tuple[str, bytes]], **options: Any) -> None:
    """Publishes and returns when the broker has taken everything."""
    done = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda *_: done.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert done.wait(10)
    infos = [client.publish(topic, payload, **{"qos": 1, **options}) for topic, payload in messages]
    for info in infos:
        info.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


class MqttHarness(Harness):
    """A broker, and drivers that all use one session at it."""

    def __init__(self, kind: Kind, **settings: Any) -> None:
        self._kind = kind
        self._settings = settings
        self.broker = EmbeddedBroker(kind=kind)

    async def __aenter__(self) -> Self:
        await self.broker.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.broker.__aexit__(None, None, None)

    def driver(self) -> MqttDriver:
        settings = MqttSettings(port=self.broker.port, protocol=self.broker.protocol, **self._settings)
        return MqttDriver(settings, name="floor", now_ms=now_ms)

    async def publish(self, messages: Iterable[tuple[str, bytes]], **options: Any) -> None:
        await asyncio.to_thread(publish, self.broker.port, list(messages), **options)

    async def send(self, numbers: Sequence[int]) -> None:
        await self.publish([("devices/d1/senml", pack(number)) for number in numbers])

    async def send_garbage(self) -> None:
        routes = ("devices/d1/senml", "devices/d1/senml-cbor", "devices/d1/frame", "devices/-/senml")
        payloads = (b"", b"\xff\xfe", b"[" * 1000, b"x" * 300_000, b'[{"n":"x","v":NaN}]')
        await self.publish([(topic, payload) for topic in routes for payload in payloads])

    async def restart(self) -> None:
        await self.broker.__aexit__(None, None, None)
        self.broker = EmbeddedBroker(kind=self._kind, port=self.broker.port)
        await self.broker.__aenter__()
