"""A shipment's whole life on a running gateway, from two devices and two handovers to a correction whose bundle names what it corrects."""

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.device import container
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings
from firmware_sim.trip import Measurement
from gateway import compose
from gateway.clock import SystemClock
from gateway.compose import Gateway
from gateway.demo.cast import COLD_ROOM
from gateway.demo.world import World, build
from gateway.life import Life
from gateway.settings import load
from gateway.store import bundles, shipments
from lightclient.network import load_network
from oracle import attestation_json, custody, custody_json
from oracle.gs1 import Key
from oracle.schemas import ShipmentStatement
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.verify import verify
from tests.end_to_end.house import connected
from tests.end_to_end.waiting import until

SSCC = "106141412345678922"
SUBJECT = f"00/{SSCC}"
REEFER = "reefer-1"
STEP_S = 300
SHIPPER, CARRIER, BUYER = (LocalSigner(SecretKey(bytes([n]) * 32)) for n in (1, 2, 3))


@dataclass
class Box:
    world: World
    gateway: Gateway


@contextlib.asynccontextmanager
async def box(folder: Path) -> AsyncIterator[Box]:
    """Gives a running gateway on a chain that keeps the clock's time: its bundles are verified by that clock before they are announced."""
    async with build(folder, web_port=0) as world:
        quick = world.config.read_text().replace("settle_seconds = 2.0", "settle_seconds = 0").replace("seconds = 12.0", "seconds = 0.1")
        world.config.write_text(quick)
        async with compose.running(load(world.config), SystemClock()) as gateway:
            await connected(gateway)
            yield Box(world, gateway)


def handed(chain: list[custody.Handover], giver: LocalSigner, taker: LocalSigner, time_ms: int) -> custody.Handover:
    parties = {"giver": giver.address, "giver_party": "", "taker": taker.address, "taker_party": ""}
    terms = custody.next_terms(chain, shipment=Key.from_path(SUBJECT), time_ms=time_ms, place="Dock 4", **parties)
    signed = custody.Handover(terms)
    for signer in (giver, taker):
        signed = signed.signed_by(signer.address, signer.sign_digest(terms.hash))
    return signed


async def travel(one: Box, link: MqttLink, start_s: int) -> None:
    """Both devices state an hour of temperatures; the second one stands in the sun."""
    for device, celsius in ((REEFER, 5.0), (COLD_ROOM, 25.0)):
        felt = [Measurement((start_s + number * STEP_S) * 1000, celsius, 60.0, False) for number in range(13)]
        for message in container(device, felt, signer=one.world.signers[device]).messages:
            await link.send(message)
    await until(lambda: one.gateway.store.stats().readings >= 26, 30, lambda: f"all readings are stored: {one.gateway.store.stats()}")


def bundle(one: Box) -> tuple[dict[str, Any], bytes] | None:
    """The file that the gateway announced last, parsed and as it stands; None while another one lies there that is not announced yet."""
    with one.gateway.store.read() as connection:
        found = bundles.get(connection, SUBJECT)
    if found is None:
        return None
    data = Path(found.path).read_bytes()
    return (json.loads(data), data) if hashlib.sha256(data).digest() == found.sha256 else None


def life(one: Box) -> Life:
    with one.gateway.store.read() as connection:
        found = shipments.get(connection, SUBJECT)
    assert found is not None
    return found.life


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_shipment_from_its_opening_to_a_correction(tmp_path: Path) -> None:
    async def story() -> None:
        async with box(tmp_path / "demo") as one, MqttLink("devices", MqttLinkSettings(port=one.world.broker.port)) as link:
            known = one.gateway.shipments
            start_s = round(time.time()) - 12 * STEP_S
            await known.open(SSCC, device=REEFER, product="vaccine", at_ms=start_s * 1000)
            await known.attach(SSCC, device=COLD_ROOM, at_ms=start_s * 1000)
            first = handed([], SHIPPER, CARRIER, start_s * 1000 + 1)
            await known.hand_over(SSCC, first)
            await travel(one, link, start_s)
            await known.hand_over(SSCC, handed([first], CARRIER, BUYER, start_s * 1000 + 2))
            await known.receive(SSCC, at_ms=(start_s + 12 * STEP_S) * 1000)
            await until(lambda: bundle(one) is not None, 120, lambda: f"a bundle; {one.gateway.health.active()}")
            wrong, _ = bundle(one) or ({}, b"")
            said = attestation_json.from_json(wrong["attestation"])
            assert ShipmentStatement.decode(said.data).verdict == 1
            assert [step["number"] for step in wrong["custody"]] == [0, 1]
            assert wrong["event"]["bizTransactionList"][0]["bizTransaction"].endswith(
                custody_json.list_from_json(wrong["custody"])[1].hash.hex()
            )

            await known.dispute(SSCC, reason="that logger stood in the sun, not on the pallet")
            await known.correct(SSCC, reason="it did", devices={COLD_ROOM: []})

            def is_corrected() -> bool:
                found = bundle(one)
                return found is not None and found[0] != wrong

            await until(is_corrected, 120, lambda: f"the corrected bundle; {one.gateway.health.active()}")
            right, data = bundle(one) or ({}, b"")
            mended = attestation_json.from_json(right["attestation"])
            statement = ShipmentStatement.decode(mended.data)
            assert (statement.verdict, statement.readings) == (0, 13)
            assert mended.ref_uid == said.uid
            assert right["corrections"]["earlier"] == [wrong["attestation"]]
            assert life(one) is Life.CORRECTED
            network = load_network(one.world.network_file)
            report = verify(data, checkpoint=one.world.checkpoint, network=network, now_s=round(time.time()))
            assert report.passed, report

    asyncio.run(story())
