"""A gateway's store in the middle of a story, and a view of it: two trips, a camera, an outage."""

import hashlib
import math
import random
import sqlite3
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from drivers.driver import Delivery
from drivers.reading import Quality, Reading, Value
from edge_agents.finding import Finding, SubjectKind, Verdict
from gateway.health import Condition, Severity
from gateway.store import (
    Bundle,
    Shipment,
    Store,
    StoreSettings,
    attachments,
    attestations,
    batches,
    bundles,
    coverages,
    custody,
    findings,
    lots,
    publications,
    shipments,
    steps,
)
from gateway.store.lot_records import Lot
from gateway.store.records import StoredCoverage
from gateway.web.view import DeviceInfo, LightClientInfo, ProductInfo
from oracle.attestation import Attestation, Domain
from oracle.batch import Batch, BatchLeaf
from oracle.custody import Handover, Terms
from oracle.drawing.series import Band
from oracle.gs1 import Key
from oracle.publication import Attempt, FinalizedBlock, Inclusion, Publication, State, stage

HOUR = 3_600_000
NOW_MS = 1_772_600_000_000
BEGAN_MS = NOW_MS - 72 * HOUR
GOOD_TRIP, BAD_TRIP, OPEN_TRIP = "106141412345678908", "106141412345678915", "106141412345678922"
LOT = "01/09506000134352/10/L42"
GATEWAY = b"\x11" * 20
LABELS = ("good", "good", "good", "scratch", "good", "pit", "good", "stain", "good", "crack", "good", "good")
VACCINE = ProductInfo("Vaccine, 2 to 8 °C", "temperature", Band(2.0, 8.0), 30 * 60_000)


@dataclass
class Scene:
    """A view that a test can change."""

    now: int = NOW_MS
    trouble: list[Condition] = field(default_factory=list)
    chain: LightClientInfo | None = field(
        default_factory=lambda: LightClientInfo("devnet-minimal", 4_352, 4_339, NOW_MS - 96_000, 4_371, NOW_MS - 8_000, 0.97, 68)
    )

    def now_ms(self) -> int:
        return self.now

    def conditions(self) -> Sequence[Condition]:
        return self.trouble

    def light_client(self) -> LightClientInfo | None:
        return self.chain

    def devices(self) -> Sequence[DeviceInfo]:
        return (
            DeviceInfo("reefer-1", "Container 1"),
            DeviceInfo("reefer-2", "Container 2"),
            DeviceInfo("camera-1", "Line 3 camera"),
            DeviceInfo("spare", ""),
        )

    def product(self, name: str) -> ProductInfo | None:
        return VACCINE if name == "vaccine" else None


def disk_full() -> Condition:
    text = "the disk is full: nothing is lost or acknowledged until there is room; free some"
    return Condition("store.disk_full", Severity.ERROR, text, NOW_MS - 4 * 60_000)


def filled(path: Path, *, step_minutes: int = 10) -> Store:
    """Returns a store with the whole story in it; close it."""
    store = Store.open(StoreSettings(path=str(path)), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)
    for delivery in (*_trip("reefer-1", step_minutes, door=False), *_trip("reefer-2", step_minutes, door=True), *_frames()):
        store.offer(delivery)
    store.write(lambda _: None).result(30)
    store.write(lambda connection: _conclude(connection, path.parent)).result(30)
    return store


def offer(store: Store, device: str, quantity: str, value: Value, time_ms: int) -> None:
    """Adds one reading and waits until it is stored."""
    store.offer(_delivery(device, time_ms, ((quantity, value, "Cel"),)))
    store.write(lambda _: None).result(30)


def png(label: str, seed: int) -> bytes:
    """A small grayscale image: brushed metal, with a mark if it is not good."""
    chance = random.Random(seed)
    pixels = [[150 + chance.randrange(-12, 12) + int(10 * math.sin(y / 3)) for _ in range(64)] for y in range(64)]
    for i in range(40):
        if label in {"scratch", "crack"}:
            pixels[min(63, 10 + i)][min(63, 12 + i + (chance.randrange(3) if label == "crack" else 0))] = 240 if label == "scratch" else 20
        elif label in {"pit", "stain"}:
            spread = 3 if label == "pit" else 9
            pixels[32 + chance.randrange(-spread, spread)][34 + chance.randrange(-spread, spread)] = 40
    raw = b"".join(b"\x00" + bytes(row) for row in pixels)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def _trip(device: str, step_minutes: int, *, door: bool) -> list[Delivery]:
    chance = random.Random(device)
    made = []
    for number in range(72 * 60 // step_minutes):
        hours = number * step_minutes / 60
        if device == "reefer-1" and 50 < hours < 53:
            continue
        warm = 9.5 * math.exp(-(((hours - 31) / 2.2) ** 2)) if door else 0.0
        temperature = 4.8 + 0.9 * math.sin(hours / 1.7) + 0.4 * math.sin(hours * 3.1) + warm + chance.gauss(0, 0.15)
        humidity = 62 + 6 * math.sin(hours / 5) + warm * 2
        time_ms = BEGAN_MS + int(hours * HOUR)
        made.append(
            _delivery(device, time_ms, (("temperature", temperature, "Cel"), ("humidity", humidity, "%RH"), ("door", warm > 4, "")))
        )
    return made


def _frames() -> list[Delivery]:
    return [
        _delivery("camera-1", NOW_MS - (len(LABELS) - i) * 40_000, ((f"frame/09506000134352/L42/unit-{i:04}", png(label, i), ""),))
        for i, label in enumerate(LABELS)
    ]


def _delivery(device: str, time_ms: int, said: Sequence[tuple[str, Value, str]]) -> Delivery:
    evidence = hashlib.sha256(f"{device}/{time_ms}/{said[0][0]}".encode()).digest()
    readings = tuple(Reading(device, quantity, value, unit, time_ms, None, Quality.GOOD, evidence) for quantity, value, unit in said)
    return Delivery("floor", f"devices/{device}/senml", evidence, b"", time_ms, readings, None, lambda: None)


def _conclude(connection, folder: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    for key, device in ((GOOD_TRIP, "reefer-1"), (BAD_TRIP, "reefer-2")):
        shipments.insert(connection, Shipment(f"00/{key}", device, "vaccine", BEGAN_MS))
        shipments.close(connection, f"00/{key}", NOW_MS - 5 * 60_000)
    shipments.insert(connection, Shipment(f"00/{OPEN_TRIP}", "reefer-1", "vaccine", NOW_MS - 20 * HOUR))
    _live(connection)
    good = findings.insert(connection, _cold_chain(GOOD_TRIP, "reefer-1", Verdict.CONFORMS), created_ms=NOW_MS)
    findings.insert(connection, _cold_chain(BAD_TRIP, "reefer-2", Verdict.BREACH), created_ms=NOW_MS)
    first = connection.execute("SELECT min(id) FROM readings WHERE device = 'camera-1'").fetchone()[0]
    lot = Lot(
        subject=LOT,
        gtin="09506000134352",
        supplier="Mill 7",
        machine="press-2",
        lot_size=100,
        level="II",
        aql="2.5",
        severity="normal",
        opened_ms=NOW_MS - HOUR,
    )
    lots.insert(connection, lot)
    for i, label in enumerate(LABELS):
        findings.insert(connection, _surface(i, label), created_ms=NOW_MS, first_reading=first + i, last_reading=first + i)
    _prove(connection, good.id)
    frozen = replace(_cold_chain(GOOD_TRIP, "reefer-1", Verdict.BREACH), agent="frozen", agent_hash=hashlib.sha256(b"frozen").digest())
    findings.insert(connection, frozen, created_ms=NOW_MS, beside=True)
    bundle = folder / "bundle.json"
    bundle.write_text('{"bundle": true}')
    bundles.insert(connection, Bundle(f"00/{GOOD_TRIP}", str(bundle), hashlib.sha256(bundle.read_bytes()).digest(), NOW_MS - 60_000))


def _live(connection: sqlite3.Connection) -> None:
    """The open shipment has a second device, changed hands once, and was measured elsewhere for a while."""
    subject = f"00/{OPEN_TRIP}"
    attachments.insert(connection, subject, "spare", NOW_MS - 10 * HOUR)
    terms = Terms(
        shipment=Key.from_path(subject),
        number=0,
        previous=bytes(32),
        giver=b"\x01" * 20,
        giver_party="Mill 7",
        taker=b"\x02" * 20,
        taker_party="",
        time_ms=NOW_MS - 19 * HOUR,
        place="Dock 4",
    )
    custody.insert(connection, subject, Handover(terms, bytes(64) + b"\x1b", bytes(64) + b"\x1b"), recorded_ms=NOW_MS)
    part = StoredCoverage(subject, b"u" * 32, b"\x03" * 20, NOW_MS - 20 * HOUR, NOW_MS - 16 * HOUR, 0, "{}", NOW_MS)
    coverages.insert(connection, part)
    steps.insert(connection, subject, "handed_over", {}, at_ms=terms.time_ms, recorded_ms=NOW_MS, detail="Mill 7 to the carrier")


def _cold_chain(key: str, device: str, verdict: Verdict) -> Finding:
    breach = verdict is Verdict.BREACH
    return Finding(
        agent="cold-chain-vaccine",
        agent_hash=hashlib.sha256(b"manifest").digest(),
        kind=SubjectKind.SHIPMENT,
        subject=f"00/{key}",
        item="",
        device=device,
        verdict=verdict,
        label="excursion" if breach else "conforms",
        confidence=1.0,
        from_ms=BEGAN_MS,
        to_ms=NOW_MS,
        readings=414,
        measures=(
            ("excursion_minutes", 250.0 if breach else 0.0),
            ("mean_kinetic_temperature", 6.1 if breach else 4.9),
            ("temperature_maximum", 14.2 if breach else 6.7),
        ),
        evidence=hashlib.sha256(key.encode()).digest(),
    )


def _surface(i: int, label: str) -> Finding:
    return replace(
        _cold_chain(GOOD_TRIP, "camera-1", Verdict.CONFORMS if label == "good" else Verdict.BREACH),
        agent="surface-defects",
        kind=SubjectKind.LOT,
        subject=LOT,
        item=f"unit-{i:04}",
        label=label,
        confidence=0.99 - 0.037 * (i % 5),
        to_ms=NOW_MS - (len(LABELS) - i) * 40_000,
        measures=(),
    )


def _prove(connection, finding: int) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    attestation = Attestation(
        schema=b"\x01" * 32,
        recipient=bytes(20),
        time=NOW_MS // 1000,
        expiration_time=0,
        revocable=False,
        ref_uid=bytes(32),
        data=b"statement",
        salt=b"\x03" * 32,
        domain=Domain("0.26", 31337, b"\x04" * 20),
        attester=GATEWAY,
        signature=b"\x05" * 65,
        uid=hashlib.sha256(b"uid").digest(),
    )
    attestations.insert(connection, attestation, subject=f"00/{GOOD_TRIP}", finding=finding, event=b"{}", created_ms=NOW_MS)
    batch = Batch.build(0, [BatchLeaf(attestation.uid, attestation.attester, attestation.digest)])
    batches.insert(connection, GATEWAY, batch, created_ms=NOW_MS)
    publications.swap(connection, None, published(batch.root))


def published(root: bytes) -> Publication:
    """A publication that is final."""
    tx_hash, block_hash = hashlib.sha256(b"tx").digest(), hashlib.sha256(b"block").digest()
    staged = stage(31337, b"\x07" * 20, GATEWAY, index=0, root=root, count=1, now_ms=NOW_MS)
    return replace(
        staged,
        state=State.FINAL,
        nonce=0,
        attempts=(Attempt(tx_hash, b"raw", 2, 1, NOW_MS),),
        inclusion=Inclusion(tx_hash, 4321, block_hash, succeeded=True, gas_used=46_800),
        final=FinalizedBlock(4339, block_hash, b"\x09" * 32),
    )
