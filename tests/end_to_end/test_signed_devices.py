"""A device with a key, over a real broker: what it signs is recorded with its payload, what anybody else says in its name is a reject."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from drivers.senml import signed
from firmware_sim.device import Message, container
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings
from firmware_sim.signer import Signer
from firmware_sim.trip import Measurement
from gateway.demo.broker import EmbeddedBroker
from gateway.store import evidence, readings, rejects
from tests.end_to_end.floor_only import running
from tests.end_to_end.house import pack
from tests.end_to_end.waiting import until

NAME = "logger-7"
SIGNER, STRANGER = Signer.seeded("ES256", NAME, 1), Signer.seeded("ES256", NAME, 2)
TRIP = [Measurement(1_700_000_000_000 + number * 60_000, 5.0, 60.0, door=False) for number in range(20)]
DEVICE = f'[[devices]]\nid = "{NAME}"\nkey_file = "{NAME}.pem"\n'


def impostures() -> list[tuple[str, Message]]:
    honest = next(iter(container(NAME, TRIP, signer=SIGNER).messages))
    forged = next(iter(container(NAME, TRIP, signer=STRANGER).messages))
    return [
        ("unsigned", Message(0, f"devices/{NAME}/senml", pack(NAME, 500))),
        ("wrong-signature", forged),
        ("wrong-signature", Message(0, honest.topic, honest.payload[:-1] + bytes([honest.payload[-1] ^ 1]))),
        ("not-signed", Message(0, honest.topic, pack(NAME, 501))),
        ("no-device-key", Message(0, "devices/reefer-1/cose", honest.payload)),
    ]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_only_what_a_device_signed_becomes_its_readings(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.pem").write_text(SIGNER.public_pem)

    async def story() -> None:
        async with (
            EmbeddedBroker() as broker,
            running(tmp_path, port=broker.port, protocol=broker.protocol, more=DEVICE) as gateway,
            MqttLink("floor", MqttLinkSettings(port=broker.port)) as link,
        ):
            sent = list(container(NAME, TRIP, signer=SIGNER).messages)
            for message in (*(message for _, message in impostures()), *sent, *sent[:3]):
                await link.send(message)
            await link.drain()
            await until(lambda: gateway.store.stats().deliveries == len(impostures()) + len(sent) + 3, 60, "all are recorded")
            with gateway.store.read() as connection:
                kept = list(rejects.select_latest(connection))[::-1]
                payloads = evidence.get(connection, [hashlib.sha256(message.payload).digest() for message in sent])
                stored = [one.reading for one in readings.select_window(connection, NAME, "temperature", from_ms=0, to_ms=2**62)]
            assert [one.reason for one in kept] == [reason for reason, _ in impostures()]
            assert sorted(payloads.values()) == sorted(message.payload for message in sent)
            key = signed.load_key(SIGNER.public_pem.encode())
            proven = [one for payload in payloads.values() for one in signed.verify(payload, NAME, key) if one.quantity == "temperature"]
            assert sorted(proven, key=lambda one: one.time_ms) == stored

    asyncio.run(story())
