"""MQTT QoS 1 in, durable, acknowledged: our driver and store against a bare paho subscriber, in the same run on the same broker.

Each contender drains a backlog that the broker kept for its session, so that the publisher costs nothing while the clock runs. It is
done when the broker has nothing left for it: every message acknowledged. The backlog is SenML as devices send it, one record each, all
different. Best of several rounds each, taken in turns, because other work on the machine only ever makes a round slower.
"""

import asyncio
import json
import socket
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.driver import Delivery, Sink
from drivers.mqtt.driver import MqttDriver
from drivers.mqtt.settings import MqttSettings, Route
from gateway.clock import SystemClock
from gateway.demo.broker import EmbeddedBroker
from gateway.store import Store, StoreSettings

MESSAGES = 20_000
"""One backlog: about a second of work."""

ROUNDS = 3
"""Of which the best counts."""

TOPIC = "devices/bench-1/senml"


CLOCK = SystemClock()


class NullSink:
    """Acknowledges at once: what the driver costs without a store."""

    def offer(self, delivery: Delivery) -> bool:
        """Returns True."""
        delivery.acknowledge()
        return True


def measure(messages: int = MESSAGES, rounds: int = ROUNDS) -> dict[str, float]:
    """Returns messages per second of each contender, and the ratios to the faster bare subscriber."""
    best = asyncio.run(_measure(messages, rounds))
    bare = max(best["bare"], best["bare_311"])
    return best | {"driver_ratio": best["driver"] / bare, "ratio": best["stored"] / bare}


async def _measure(messages: int, rounds: int) -> dict[str, float]:
    best = dict.fromkeys(_CONTENDERS, 0.0)
    async with EmbeddedBroker(max_queued_messages=0) as broker:
        settings = MqttSettings(port=broker.port, protocol=broker.protocol, routes=(Route("devices/+/senml", "senml-json"),))
        start = 0
        for _ in range(rounds):
            for contender, drain in _CONTENDERS.items():
                start += messages
                await asyncio.to_thread(_subscribe, settings)
                await asyncio.to_thread(_publish, broker.port, start, messages)
                seconds = await drain(settings, messages)
                best[contender] = max(best[contender], messages / seconds)
    return best


async def _bare(settings: MqttSettings, messages: int) -> float:
    """Paho as its documentation shows it: its own thread, manual acknowledgement, nothing else."""
    done = threading.Event()
    left = [messages]

    def on_message(client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        client.ack(message.mid, message.qos)
        left[0] -= 1
        if left[0] == 0:
            done.set()

    client = _client(settings)
    client.on_message = on_message
    began = time.perf_counter()
    _connect(client, settings)
    client.loop_start()
    if not await asyncio.to_thread(done.wait, 60):
        raise TimeoutError("the bare subscriber did not get its backlog")
    seconds = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    return seconds


async def _bare_311(settings: MqttSettings, messages: int) -> float:
    """The same with MQTT 3.1.1, which spares paho a property table for every message."""
    return await _bare(replace(settings, protocol="3.1.1"), messages)


async def _driver(settings: MqttSettings, messages: int) -> float:
    return await _drain(settings, NullSink(), messages)


async def _stored(settings: MqttSettings, messages: int) -> float:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        store = Store.open(StoreSettings(path=str(Path(folder) / "bench.db")), now_ms=CLOCK.now_ms, on_condition=lambda *_: None)
        try:
            return await _drain(settings, store, messages)
        finally:
            store.close()


async def _drain(settings: MqttSettings, sink: Sink, messages: int) -> float:
    driver = MqttDriver(settings, now_ms=CLOCK.now_ms)
    began = time.perf_counter()
    running = asyncio.create_task(driver.run(sink))
    await asyncio.to_thread(_wait_for, driver, messages)
    seconds = time.perf_counter() - began
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return seconds


_CONTENDERS: dict[str, Callable[[MqttSettings, int], Awaitable[float]]] = {
    "bare": _bare,
    "bare_311": _bare_311,
    "driver": _driver,
    "stored": _stored,
}


def _wait_for(driver: MqttDriver, messages: int) -> None:
    deadline = time.perf_counter() + 60
    while driver.stats().acknowledged < messages:
        if time.perf_counter() > deadline:
            raise TimeoutError(f"not drained: {driver.stats()}")
        time.sleep(0.002)


def _client(settings: MqttSettings, *, fresh: bool = False) -> paho.Client:
    return paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.client_id,
        clean_session=fresh if settings.protocol == "3.1.1" else None,
        protocol=paho.MQTTv5 if settings.protocol == "5" else paho.MQTTv311,
        manual_ack=True,
    )


def _connect(client: paho.Client, settings: MqttSettings, *, fresh: bool = False) -> None:
    if settings.protocol == "3.1.1":
        client.connect(settings.host, settings.port)
        return
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho left its types out
    properties.SessionExpiryInterval = 0 if fresh else 3600
    properties.ReceiveMaximum = settings.receive_maximum
    client.connect(settings.host, settings.port, clean_start=fresh, properties=properties)


def _subscribe(settings: MqttSettings) -> None:
    """Leaves a new session behind at the broker: a subscription, and nothing of what an earlier contender left unfinished."""
    for fresh in (True, False):
        done = threading.Event()
        client = _client(settings, fresh=fresh)

        def on_connect(connected: paho.Client, *_: object) -> None:
            connected.subscribe("devices/+/senml", 1)

        client.on_connect = on_connect
        client.on_subscribe = lambda *_, done=done: done.set()
        _connect(client, settings, fresh=fresh)
        client.loop_start()
        done.wait(10)
        client.disconnect()
        client.loop_stop()


def _publish(port: int, start: int, count: int) -> None:
    """Publishes at QoS 1 by hand (MQTT 3.1.1 section 3.3): a paho publisher would take longer than the drain that is measured."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03pub")
        _receive(sock, 4)
        reader = threading.Thread(target=_receive, args=(sock, 4 * count))
        reader.start()
        sock.sendall(b"".join(_packets(start, count)))
        reader.join()


def _packets(start: int, count: int) -> Iterator[bytes]:
    topic = TOPIC.encode()
    for number in range(start, start + count):
        record = {"n": "temperature", "u": "Cel", "t": 1_760_000_000 + number, "v": 4 + number % 7 / 10, "seq": number}
        body = len(topic).to_bytes(2) + topic + (number % 65_535 + 1).to_bytes(2) + json.dumps([record]).encode()
        low, high = len(body) % 128, len(body) // 128
        yield (bytes([0x32, low | 0x80, high]) if high else bytes([0x32, low])) + body


def _receive(sock: socket.socket, left: int) -> None:
    while left > 0:
        left -= len(sock.recv(min(left, 65_536)))


if __name__ == "__main__":
    for figure, value in measure().items():
        print(f"mqtt_{figure} {value:.2f} {'of bare' if figure.endswith('ratio') else 'messages/s'}")
