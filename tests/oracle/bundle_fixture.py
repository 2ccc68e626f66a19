"""Complete, valid bundles of both kinds over the chain of `chain_fixture`, made only through the functions that a gateway calls."""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import coincurve

from drivers.reading import Quality, Reading
from lightclient.network import Network
from oracle.attestation import Attestation, Domain, Message
from oracle.batch import Batch, BatchLeaf
from oracle.bundle import Bundle, Inspection, Journey
from oracle.bundle_build import anchor_of, build_bundle, journey, trace_of
from oracle.bundle_settings import BundleSettings
from oracle.epcis.event import ShipmentEvent, digest, summarize
from oracle.gs1 import Key, lgtin, sscc
from oracle.keccak import keccak256, keccak_of_name
from oracle.leaves import reading_leaf
from oracle.merkle import StandardMerkleTree
from oracle.schemas import LotStatement, ShipmentStatement, subject_id
from oracle.signature import address_of
from tests.oracle.chain_fixture import GATEWAY_REGISTRY, NETWORK, REGISTRY, World, world

KEY = coincurve.PrivateKey(b"\x11" * 32)
ATTESTER = address_of(KEY.public_key.format(compressed=False))
GATEWAY = bytes.fromhex("c0" * 20)
DOMAIN = Domain("1.4.0", NETWORK.chain_id, bytes.fromhex("e0" * 20))
SHIPMENT = sscc("10614141234567890")
LOT = lgtin("9506000134352", "L42")
MANIFEST = 'name = "cold-chain"\nsource = "café"\n'
AGENT = hashlib.sha256(MANIFEST.encode()).digest()
FRAME = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
START_MS = 1_789_000_000_000
BAND = (2.0, 8.0)
READ_POINT = "https://id.gs1.org/414/9506000134307"
SETTINGS = BundleSettings()


@dataclass(frozen=True)
class Case:
    """A bundle and what its reader needs."""

    bundle: Bundle
    world: World

    def inputs(self) -> dict[str, Any]:
        return {"checkpoint": self.world.checkpoint, "network": self.world.network, "now_s": self.world.now_s}


def sign_digest(digest_: bytes) -> bytes:
    signature: bytes = KEY.sign_recoverable(digest_, hasher=None)
    return signature[:64] + bytes([27 + signature[64]])


def trip(count: int) -> list[Reading]:
    """A trip with one excursion, a reading every ten minutes, four to a payload."""
    return [
        Reading(
            device="reefer-1",
            quantity="temperature",
            value=9.5 if count // 2 <= place < count // 2 + 4 else 4.0 + (place % 7) / 4,
            unit="Cel",
            time_ms=START_MS + 600_000 * place,
            sequence=place // 4,
            quality=Quality.GOOD,
            evidence=keccak256(b"payload" + (place // 4).to_bytes(4, "big")),
        )
        for place in range(count)
    ]


def shipment_event(readings: list[Reading]) -> dict[str, Any]:
    numbers = [float(reading.value) for reading in readings]
    summary = summarize("temperature", numbers)
    event = ShipmentEvent(SHIPMENT, readings[0].time_ms, readings[-1].time_ms, 1, READ_POINT, (summary,))
    return event.to_json()


def shipment_statement(readings: list[Reading], event: dict[str, Any]) -> ShipmentStatement:
    leaves = [
        reading_leaf(device=r.device, quantity=r.quantity, value=r.value, time_ms=r.time_ms, sequence=r.sequence, evidence=r.evidence)
        for r in readings
    ]
    return ShipmentStatement(
        shipment=subject_id(SHIPMENT.uri),
        event_hash=digest(event),
        readings_root=StandardMerkleTree.of(leaves).root,
        readings=len(readings),
        from_ms=readings[0].time_ms,
        to_ms=readings[-1].time_ms,
        verdict=1,
        agent=AGENT,
    )


LOT_STATEMENT = LotStatement(
    lot=subject_id(LOT.uri),
    item=keccak_of_name("plate-7"),
    image_hash=hashlib.sha256(FRAME).digest(),
    defect=2,
    confidence_ppm=987_000,
    time_ms=START_MS,
    agent=AGENT,
)


def attest(statement: ShipmentStatement | LotStatement, domain: Domain = DOMAIN, **changes: Any) -> Attestation:
    fields: dict[str, Any] = {
        "schema": type(statement).UID,
        "recipient": bytes(20),
        "time": START_MS // 1000 + 9,
        "expiration_time": 0,
        "revocable": True,
        "ref_uid": bytes(32),
        "data": statement.encode(),
        "salt": keccak256(statement.encode()),
        **changes,
    }
    return Attestation.signed(Message(**fields), domain, ATTESTER, sign_digest)


def bundle_of(
    subject: Key, content: Journey | Inspection, attestation: Attestation, *, periods: int = 1, network: Network = NETWORK
) -> Case:
    """Batches the attestation with others, anchors the batch on a chain of its own, and builds the bundle."""
    others = [BatchLeaf(keccak256(bytes([n])), ATTESTER, keccak256(bytes([n, n]))) for n in range(4)]
    batch = Batch.build(3, [*others[:2], BatchLeaf(attestation.uid, attestation.attester, attestation.digest), *others[2:]])
    chain = world(gateway=GATEWAY, index=batch.index, root=batch.root, periods=periods, network=network)
    bundle = build_bundle(
        network=chain.network,
        subject=subject,
        content=content,
        manifest=MANIFEST,
        attestation=attestation,
        batch=batch,
        anchor=anchor_of(registry=REGISTRY, gateway_registry=GATEWAY_REGISTRY, gateway=GATEWAY, index=batch.index, answer=chain.answer),
        light_client=trace_of(chain.network, chain.bootstrap, chain.updates, chain.finality_update),
    )
    return Case(bundle, chain)


@cache
def shipment(count: int = 24, settings: BundleSettings = SETTINGS, periods: int = 1, network: Network = NETWORK) -> Case:
    """A shipment's bundle with all readings, or with a sample if the settings' limit is lower."""
    readings = trip(count)
    event = shipment_event(readings)
    content = journey(readings, event, settings, {"temperature": BAND})
    return bundle_of(SHIPMENT, content, attest(shipment_statement(readings, event)), periods=periods, network=network)


@cache
def lot(image: bytes | None = FRAME) -> Case:
    """A lot's bundle."""
    return bundle_of(LOT, Inspection("plate-7", image), attest(LOT_STATEMENT))
