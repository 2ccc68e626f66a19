"""What a broken or hostile device can publish: rejected, counted, kept for inspection up to a cap; the next good reading is stored."""

import asyncio
import json
import time
from collections import Counter
from pathlib import Path

import pytest

from firmware_sim.device import Message
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings
from gateway.demo.broker import EmbeddedBroker
from gateway.store import rejects
from tests.end_to_end.floor_only import DEVICE, running, stored
from tests.end_to_end.house import counted, lasting, pack
from tests.end_to_end.waiting import until

JSON, CBOR, FRAME = f"devices/{DEVICE}/senml", f"devices/{DEVICE}/senml-cbor", f"devices/{DEVICE}/frame"
BAD: tuple[tuple[str, str, bytes], ...] = (
    ("malformed", JSON, b"[{"),
    ("malformed", JSON, b"{}"),
    ("malformed", JSON, b'[{"n":"temperature","v":"warm"}]'),
    ("malformed", JSON, b"\xff\xfe[]"),
    ("malformed", JSON, b"\x00" * 100),
    ("malformed", CBOR, b"\x9f\x9f\x9f"),
    ("too-deep", CBOR, b"\x81" * 200_000),
    ("too-deep", JSON, b"[" * 200_000),
    ("too-deep", JSON, b'[{"n":"a","v":' + b'{"a":' * 30_000 + b"1" + b"}" * 30_000 + b"}]"),
    ("oversized", JSON, pack(DEVICE, 1, pad="x" * 1_000_000)),
    ("malformed", JSON, pack(DEVICE, 2, float("nan"))),
    ("not-finite", CBOR, b"\x81\xa2\x00\x6btemperature\x02\xf9\x7e\x00"),
    ("far-future", JSON, pack(DEVICE, 4, bt=time.time() + 86_400)),
    ("malformed", FRAME, b"GIF89a"),
    ("empty", JSON, b""),
)
"""The word it is counted under, topic, payload. JSON has no NaN: there it is as malformed as any other letter; CBOR has one."""


async def publish(link: MqttLink, *messages: tuple[str, bytes]) -> None:
    for topic, payload in messages:
        await link.send(Message(0, topic, payload))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_driver_outlives_bad_payloads(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            EmbeddedBroker() as broker,
            running(tmp_path, port=broker.port, protocol=broker.protocol) as gateway,
            MqttLink("reefer", MqttLinkSettings(port=broker.port)) as device,
        ):
            await publish(device, *((topic, payload) for _, topic, payload in BAD), (JSON, pack(DEVICE, 100)))
            await until(lambda: stored(gateway) == [100], 60, "a good reading after them is stored")
            with gateway.store.read() as connection:
                kept = list(rejects.select_latest(connection))[::-1]
            assert [(one.reason, one.source, one.payload_bytes) for one in kept] == [(r, t, len(p)) for r, t, p in BAD]
            assert all(bad.startswith(one.payload) and one.detail for one, (_, _, bad) in zip(kept, BAD, strict=True))
            await counted(gateway, 'aios_store_rejects_total{name="main"}', len(BAD))
            assert lasting(gateway) == {}

    asyncio.run(story())


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_repeats_are_counted_and_not_stored_twice(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            EmbeddedBroker() as broker,
            running(tmp_path, port=broker.port, protocol=broker.protocol) as gateway,
            MqttLink("reefer", MqttLinkSettings(port=broker.port)) as device,
        ):
            await publish(device, *[(JSON, pack(DEVICE, 7))] * 5, (JSON, pack(DEVICE, 8)))
            await until(lambda: stored(gateway) == [7, 8], 30, "each is stored once")
            await counted(gateway, 'aios_store_repeats_total{name="main"}', 4)

    asyncio.run(story())


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("policy", ["refuse", "quarantine"])
def test_unknown_devices_are_kept_by_policy_and_up_to_the_cap(tmp_path: Path, policy: str) -> None:
    more = f'[ingest]\nunknown_devices = "{policy}"\n[store]\nrejects_keep_count = 50'
    stranger = [("devices/stranger/senml", pack("stranger", number)) for number in range(200)]

    async def story() -> None:
        async with (
            EmbeddedBroker() as broker,
            running(tmp_path, port=broker.port, protocol=broker.protocol, more=more) as gateway,
            MqttLink("reefer", MqttLinkSettings(port=broker.port)) as device,
        ):
            await publish(device, *stranger, (JSON, pack(DEVICE, 1)))
            await until(lambda: stored(gateway) == [1], 30, "the known device's reading is stored")
            await counted(gateway, 'aios_store_rejects_total{name="main"}', 200)
            with gateway.store.read() as connection:
                kept = list(rejects.select_latest(connection, limit=1000))
            assert Counter(one.reason for one in kept) == {"unknown-device": 50}
            newest = stranger[-1][1]
            assert kept[0].payload == (newest if policy == "quarantine" else b"")
            assert json.loads(newest)[0]["seq"] == 199

    asyncio.run(story())


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_packet_larger_than_any_limit_over_mqtt_3(tmp_path: Path) -> None:
    """MQTT 3.1.1 cannot tell the broker what is too large, so the driver meets it, and it must not come back for ever."""

    async def story() -> None:
        async with (
            EmbeddedBroker(kind="amqtt") as broker,
            running(tmp_path, port=broker.port, protocol=broker.protocol) as gateway,
            MqttLink("reefer", MqttLinkSettings(port=broker.port)) as device,
        ):
            await publish(device, (JSON, b"x" * 6_000_000), (JSON, pack(DEVICE, 1)))
            await until(lambda: stored(gateway) == [1], 60, lambda: f"a good reading after it is stored; {lasting(gateway)}")
            with gateway.store.read() as connection:
                (kept,) = rejects.select_latest(connection)
            assert kept.reason == "oversized"
            assert "6000000" in kept.detail

    asyncio.run(story())
