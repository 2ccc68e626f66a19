"""Complete, valid bundles of both kinds over the chain of `chain_fixture`, made only through the functions that a gateway calls."""

import hashlib
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise
from typing import Any, Literal

import cbor2
import coincurve
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from drivers.reading import Quality, Reading
from drivers.senml import signed
from drivers.senml.cose import DeviceKey, signed_bytes
from lightclient.network import Network
from oracle import bundle as parts
from oracle.anchor import anchor_slot
from oracle.attestation import Attestation, Domain, Message
from oracle.batch import Batch, BatchLeaf
from oracle.bundle import (
    BatchProof,
    Bundle,
    CoAttestation,
    Content,
    Corrections,
    InspectedItem,
    Inspection,
    KeyProof,
    LotSample,
    Revocation,
)
from oracle.bundle_build import anchor_of, build_bundle, journey, trace_of
from oracle.bundle_settings import BundleSettings
from oracle.custody import Handover, next_terms
from oracle.eas import layout_of, revocation_slot
from oracle.epcis.event import ShipmentEvent, digest, summarize
from oracle.gateway_registry import Standing, gateway_slot, key_slot
from oracle.gs1 import Key, lgtin, sscc
from oracle.keccak import keccak256, keccak_of_name
from oracle.leaves import reading_leaf
from oracle.lot_event import LotEvent
from oracle.lot_verdict import inspection_tree
from oracle.merkle import StandardMerkleTree
from oracle.schemas import LotStatement, LotVerdictStatement, ShipmentStatement, Statement, subject_id
from oracle.signature import address_of
from oracle.signing.backends.file import P256Signer
from tests.oracle.chain_fixture import EAS, EAS_VERSION, GATEWAY_REGISTRY, NETWORK, REGISTRY, Execution, State, World, execution, world

KEY = coincurve.PrivateKey(b"\x11" * 32)
ATTESTER = address_of(KEY.public_key.format(compressed=False))
GATEWAY = bytes.fromhex("c0" * 20)
DOMAIN = Domain(EAS_VERSION, NETWORK.chain_id, EAS)
SHIPMENT = sscc("10614141234567890")
LOT = lgtin("9506000134352", "L42")
MANIFEST = 'name = "cold-chain"\nsource = "café"\n'
AGENT = hashlib.sha256(MANIFEST.encode()).digest()
FRAME = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
START_MS = 1_789_000_000_000
BAND = (2.0, 8.0)
READ_POINT = "https://id.gs1.org/414/9506000134307"
SETTINGS = BundleSettings()
PARTIES = tuple(coincurve.PrivateKey(bytes([number]) * 32) for number in (1, 2, 3))
POLICY = """name = "condition-fixture"
[policy]
title = "Fixture, 2-8 degrees"
[[policy.bands]]
quantity = "temperature"
unit = "Cel"
low = 2.0
high = 8.0
allowed_minutes_above = 30.0
[[policy.bands]]
quantity = "humidity"
unit = "%RH"
high = 90.0
required = false
[[policy.peaks]]
quantity = "temperature"
unit = "Cel"
high = 20.0
"""
ROUTED = f"""{POLICY}
[policy.route]
corridor = [[45.0, 5.0], [45.0, 6.0]]
within_km = 20
fences = [{{name = "port", kind = "outside", center = [45.3, 5.3], radius_km = 3}}]
"""
PLAN = """name = "lots-fixture"
[[sampling.plans]]
largest_lot = 500
sample_size = 3
reject = 1
"""


@dataclass(frozen=True)
class Case:
    """A bundle and what its reader needs."""

    bundle: Bundle
    world: World

    def inputs(self) -> dict[str, Any]:
        return {"checkpoint": self.world.checkpoint, "network": self.world.network, "now_s": self.world.now_s}


def sign_digest(digest_: bytes, key: coincurve.PrivateKey = KEY) -> bytes:
    signature: bytes = key.sign_recoverable(digest_, hasher=None)
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


def attest(statement: Statement, domain: Domain = DOMAIN, *, key: coincurve.PrivateKey = KEY, **changes: Any) -> Attestation:
    address = address_of(key.public_key.format(compressed=False))
    return Attestation.signed(message_of(statement, **changes), domain, address, partial(sign_digest, key=key))


def message_of(statement: Statement, **changes: Any) -> Message:
    """What is signed about a statement."""
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
    return Message(**fields)


def batch_of(attestation: Attestation) -> Batch:
    """The attestation among others, as batch 3 of its gateway."""
    others = [BatchLeaf(keccak256(bytes([n])), ATTESTER, keccak256(bytes([n, n]))) for n in range(4)]
    return Batch.build(3, [*others[:2], BatchLeaf(attestation.uid, attestation.attester, attestation.digest), *others[2:]])


def bundle_of(
    subject: Key,
    content: Content,
    attestation: Attestation,
    *,
    periods: int = 1,
    network: Network = NETWORK,
    manifest: str = MANIFEST,
    state: State | None = None,
    from_block: bool = False,
    **beside: Any,
) -> Case:
    """Batches the attestation with others, anchors the batch on a chain of its own, and builds the bundle with what else is given."""
    batch = batch_of(attestation)
    chain = world(
        gateway=GATEWAY, index=batch.index, root=batch.root, periods=periods, network=network, beside=state, from_block=from_block
    )
    bundle = build_bundle(
        network=chain.network,
        subject=subject,
        content=content,
        manifest=manifest,
        attestation=attestation,
        batch=batch,
        anchor=anchor_of(registry=REGISTRY, gateway_registry=GATEWAY_REGISTRY, gateway=GATEWAY, index=batch.index, answer=chain.answer),
        light_client=trace_of(chain.network, chain.bootstrap, chain.updates, chain.finality_update),
    )
    return Case(replace(bundle, **beside), chain)


@cache
def shipment(count: int = 24, settings: BundleSettings = SETTINGS, periods: int = 1, network: Network = NETWORK) -> Case:
    """A shipment's bundle with all readings, or with a sample if the settings' limit is lower."""
    readings = trip(count)
    event = shipment_event(readings)
    content = journey(readings, event, settings, {"temperature": BAND})
    return bundle_of(SHIPMENT, content, attest(shipment_statement(readings, event)), periods=periods, network=network)


def from_its_own_block() -> Case:
    """A shipment's bundle before a reader whose checkpoint is the very block that it ends in."""
    readings = trip(6)
    event = shipment_event(readings)
    signed_ = attest(shipment_statement(readings, event))
    return bundle_of(SHIPMENT, journey(readings, event, SETTINGS), signed_, periods=0, from_block=True)


def conforming(readings: list[Reading], manifest: str = POLICY) -> Case:
    """A trip of these readings, all in the file, under a signed verdict of conforming by this policy."""
    quantities = {reading.quantity for reading in readings}
    summaries = tuple(
        summarize(quantity, [float(reading.value) for reading in readings if reading.quantity == quantity])
        for quantity in ("temperature", "humidity")
        if quantity in quantities
    )
    event = ShipmentEvent(SHIPMENT, readings[0].time_ms, readings[-1].time_ms, 0, "", summaries).to_json()
    statement = replace(shipment_statement(readings, event), verdict=0, agent=hashlib.sha256(manifest.encode()).digest())
    return bundle_of(SHIPMENT, journey(readings, event, BundleSettings(profile="full")), attest(statement), manifest=manifest)


@cache
def routed(count: int = 24) -> Case:
    """A shipment whose readings have a fix each, and whose policy limits the route; some of it is off the corridor."""
    fixes = {"latitude": (45.0, 45.3), "longitude": (5.0, 5.3)}
    readings = trip(count)
    for name, (usual, other) in fixes.items():
        readings += [
            replace(one, quantity=name, value=other if place > 20 else usual, unit=name[:3]) for place, one in enumerate(trip(count))
        ]
    readings.sort(key=lambda one: one.time_ms)
    event = two_quantities_event(readings, quantities=("temperature",))
    statement = replace(shipment_statement(readings, event), agent=hashlib.sha256(ROUTED.encode()).digest())
    return bundle_of(SHIPMENT, journey(readings, event, SETTINGS), attest(statement), manifest=ROUTED)


@cache
def lot(image: bytes | None = FRAME) -> Case:
    """A lot's bundle."""
    return bundle_of(LOT, Inspection("plate-7", image), attest(LOT_STATEMENT))


# With everything beside it


def readings_of_two_devices(count: int = 12) -> list[Reading]:
    """A trip of two devices: temperature from both, humidity from the second."""
    first = trip(count)
    second = [replace(reading, device="reefer-2", evidence=keccak256(b"second" + reading.evidence)) for reading in first]
    humid = [replace(reading, quantity="humidity", value=60.0 + place % 5, unit="%RH") for place, reading in enumerate(second)]
    return sorted([*first, *second, *humid], key=lambda one: one.time_ms)


def handovers() -> tuple[Handover, ...]:
    """A shipper, a carrier and a buyer, one handing over to the next."""
    chain: tuple[Handover, ...] = ()
    for giver, taker in pairwise(PARTIES):
        addresses = [address_of(key.public_key.format(compressed=False)) for key in (giver, taker)]
        agreed = {"giver": addresses[0], "taker": addresses[1], "giver_party": "", "taker_party": f"party {len(chain)}", "place": ""}
        terms = next_terms(chain, shipment=SHIPMENT, time_ms=START_MS + len(chain), **agreed)
        handover = Handover(terms)
        for key, address in zip((giver, taker), addresses, strict=True):
            handover = handover.signed_by(address, sign_digest(terms.hash, key))
        chain += (handover,)
    return chain


def two_quantities_event(
    readings: list[Reading], verdict: int = 1, custody: bytes = b"", quantities: tuple[str, ...] = ("temperature", "humidity")
) -> dict[str, Any]:
    summaries = tuple(summarize(quantity, [float(r.value) for r in readings if r.quantity == quantity]) for quantity in quantities)
    deadline_ms = START_MS + 180 * 60_000
    return ShipmentEvent(
        SHIPMENT, readings[0].time_ms, readings[-1].time_ms, verdict, READ_POINT, summaries, custody, deadline_ms
    ).to_json()


def corrections(attestation: Attestation) -> Corrections:
    """One attestation that corrects this one."""
    statement = ShipmentStatement.decode(attestation.data)
    return Corrections(later=(attest(replace(statement, verdict=2), ref_uid=attestation.uid),))


@cache
def rich(profile: Literal["full", "sampled", "verdict"] = "full") -> Case:
    """A shipment of two devices and two quantities, with custody, an attestation that it corrects and one that corrects it."""
    readings, chain = readings_of_two_devices(), handovers()
    event = two_quantities_event(readings, custody=chain[-1].hash)
    statement = replace(shipment_statement(readings, event), agent=hashlib.sha256(POLICY.encode()).digest())
    first = attest(replace(statement, verdict=2))
    signed = attest(statement, ref_uid=first.uid)
    settings = BundleSettings(profile=profile, sampled_readings=10)
    content = journey(readings, event, settings, {"temperature": BAND}, custody=chain)
    beside: dict[str, Any] = {"corrections": replace(corrections(signed), earlier=(first,))}
    return bundle_of(SHIPMENT, content, signed, manifest=POLICY, **beside)


def inspected(count: int = 3, defects: int = 1) -> tuple[InspectedItem, ...]:
    """Items of a lot's sample, the first of them defective."""
    return tuple(
        InspectedItem(
            name := f"plate-{place}",
            attest(replace(LOT_STATEMENT, item=keccak_of_name(name), defect=int(place < defects), time_ms=START_MS + place)),
        )
        for place in range(count)
    )


def lot_statement(items: tuple[InspectedItem, ...], **changes: Any) -> LotVerdictStatement:
    statement = LotVerdictStatement(
        lot=subject_id(LOT.uri),
        inspection_root=inspection_tree(one.attestation for one in items).root,
        lot_size=40,
        inspected=len(items),
        nonconforming=1,
        verdict=1,
        from_ms=START_MS,
        to_ms=START_MS + len(items) - 1,
        agent=hashlib.sha256(PLAN.encode()).digest(),
    )
    return replace(statement, **changes)


def lot_event(statement: LotVerdictStatement, **changes: Any) -> dict[str, Any]:
    """The EPCIS event of a lot's inspection."""
    stated = LotEvent(
        lot=LOT,
        lot_size=statement.lot_size,
        inspected=statement.inspected,
        nonconforming=statement.nonconforming,
        verdict=statement.verdict,
        to_ms=statement.to_ms,
        supplier="Mühle 7",
        machine="press-2",
        policy=statement.agent,
        read_point=READ_POINT,
    )
    return replace(stated, **changes).to_json()


@cache
def lot_verdict(*, enclosed: bool = True) -> Case:
    """The bundle of a lot's verdict, with its event and the items of its sample or without."""
    items = inspected()
    statement = lot_statement(items)
    event = lot_event(statement)
    content = LotSample(items, event) if enclosed else LotSample(())
    return bundle_of(LOT, content, attest(statement, salt=digest(event)), manifest=PLAN)


# With others who vouch for it

OTHERS = (PARTIES[0], PARTIES[1])
"""Keys of two other gateways: the first anchors with the key that signs, the second with another one."""
SECOND_ANCHOR = bytes.fromhex("d0" * 20)
FIRST_KEY = bytes.fromhex("c1" * 20)
REGISTERED_S = START_MS // 1000 - 86_400


def address(key: coincurve.PrivateKey) -> bytes:
    return address_of(key.public_key.format(compressed=False))


def key_word(gateway: bytes, *, since_s: int = REGISTERED_S, revoked_s: int = 0) -> int:
    """What the GatewayRegistry holds about a key."""
    return int.from_bytes(gateway, "big") | since_s << 160 | revoked_s << 200


def gateway_word(standing: Standing = Standing.ACTIVE, since_s: int = REGISTERED_S) -> int:
    """What the GatewayRegistry holds about a gateway."""
    return standing | since_s << 8 | REGISTERED_S << 48 | int.from_bytes(b"\x0e" * 20, "big") << 88


def members(**changed: int) -> dict[bytes, int]:
    """The words of three registered gateways by slot; `changed` replaces one by its name."""
    first, second = map(address, OTHERS)
    words = {
        "attester": (key_slot(ATTESTER), key_word(GATEWAY)),
        "anchor": (key_slot(GATEWAY), key_word(GATEWAY)),
        "gateway": (gateway_slot(GATEWAY), gateway_word()),
        "first": (key_slot(first), key_word(first)),
        "first_gateway": (gateway_slot(first), gateway_word()),
        "second": (key_slot(second), key_word(SECOND_ANCHOR)),
        "second_anchor": (key_slot(SECOND_ANCHOR), key_word(SECOND_ANCHOR)),
        "second_gateway": (gateway_slot(SECOND_ANCHOR), gateway_word()),
    }
    return {slot: changed.get(name, word) for name, (slot, word) in words.items()}


def key_proof(chain: Execution, attester: bytes, anchored_by: bytes, gateway: bytes) -> KeyProof:
    def proof(slot: bytes) -> tuple[bytes, ...]:
        return chain.storage_proof(GATEWAY_REGISTRY, slot)

    anchor = None if attester == anchored_by else proof(key_slot(anchored_by))
    return KeyProof(proof(key_slot(attester)), anchor, proof(gateway_slot(gateway)))


def witnesses(
    statement: ShipmentStatement,
    *,
    verdicts: tuple[int, int] = (1, 1),
    revocable: tuple[bool, bool] = (True, True),
    temperature: float = 9.0,
) -> list[CoAttestation]:
    """What two other gateways attested about the same trip, without proofs yet."""
    found = []
    for place, (key, anchored_by, verdict) in enumerate(zip(OTHERS, (address(OTHERS[0]), SECOND_ANCHOR), verdicts, strict=True)):
        readings = [replace(one, value=temperature + place if one.value == 9.5 else one.value) for one in readings_of_two_devices()]
        event = two_quantities_event(readings, verdict)
        other = replace(shipment_statement(readings, event), verdict=verdict, agent=statement.agent)
        signed = attest(other, key=key, revocable=revocable[place])
        batch = batch_of(signed)
        proof = batch.proof(batch.leaves.index(BatchLeaf(signed.uid, signed.attester, signed.digest)))
        found.append(CoAttestation(signed, event, BatchProof(batch.root, proof), anchored_by, batch.index, (), KeyProof((), None, ())))
    return sorted(found, key=lambda one: one.gateway)


def witnessed(
    *,
    words: dict[bytes, int] | None = None,
    revoked_s: int = 0,
    verdicts: tuple[int, int] = (1, 1),
    revocable: tuple[bool, bool] = (True, True),
    others_revoked_s: tuple[int | None, int | None] = (0, 0),
    eas: bytes = DOMAIN.verifying_contract,
    member: bytes = GATEWAY,
) -> Case:
    """The rich shipment with its gateway's standing, two other gateways' attestations, and for each the proof that it was not revoked.

    `member` is the address under which the gateway is registered: its first key's, whichever of its keys anchor and attest by now.
    `others_revoked_s` is when the first and the second of the others took theirs back; None leaves the proof out.
    """
    base = rich().bundle
    signed, statement = base.attestation, ShipmentStatement.decode(base.attestation.data)
    others = witnesses(statement, verdicts=verdicts, revocable=revocable)
    revocation, *others_revocations = (slot_of_revocation(one) for one in (signed, *(other.attestation for other in others)))
    taken_back = {address(key): revoked for key, revoked in zip(OTHERS, others_revoked_s, strict=True)}
    state = State(
        anchors=tuple((anchor_slot(one.gateway, one.index), one.batch.root) for one in others),
        members=tuple(sorted((members() if words is None else words).items())),
        eas=eas,
        revocations=(
            (revocation, revoked_s),
            *((slot, taken_back[one.attestation.attester] or 0) for one, slot in zip(others, others_revocations, strict=True)),
        ),
    )
    case = bundle_of(SHIPMENT, base.content, signed, manifest=POLICY, state=state, corrections=base.corrections)
    chain = execution(GATEWAY, case.bundle.anchor.index, case.bundle.batch.root, state)
    proven = tuple(
        replace(
            one,
            storage_proof=chain.storage_proof(REGISTRY, anchor_slot(one.gateway, one.index)),
            keys=key_proof(chain, one.attestation.attester, one.gateway, one.gateway),
            revocation_proof=None if taken_back[one.attestation.attester] is None else chain.storage_proof(eas, slot),
        )
        for one, slot in zip(others, others_revocations, strict=True)
    )
    bundle = replace(
        case.bundle,
        standing=parts.Standing(chain.account_proof(GATEWAY_REGISTRY), key_proof(chain, ATTESTER, GATEWAY, member)),
        revocation=Revocation(chain.account_proof(eas), chain.storage_proof(eas, revocation)),
        quorum=proven,
    )
    return Case(bundle, case.world)


def rotated() -> Case:
    """The same of a gateway that is registered under the key that it had first, and anchors and attests with later ones."""
    words = members(attester=key_word(FIRST_KEY), anchor=key_word(FIRST_KEY)) | {gateway_slot(FIRST_KEY): gateway_word()}
    return witnessed(words=words, member=FIRST_KEY)


def slot_of_revocation(signed: Attestation) -> bytes:
    """Where EAS would keep the time of its revocation."""
    return revocation_slot(layout_of(DOMAIN.version), signed.attester, signed.uid)


def signed_by_p256(*, proof: bool = True, **changes: Any) -> Case:
    """A shipment attested under a key of P-256, with the proof that EAS holds no revocation by it or without."""
    signer = P256Signer(ec.derive_private_key(7, ec.SECP256R1()))
    content = rich().bundle.content
    statement = ShipmentStatement.decode(rich().bundle.attestation.data)
    signed = Attestation.signed(message_of(statement, **changes), DOMAIN, signer.address, signer.sign_digest)
    slot = slot_of_revocation(signed)
    state = State(eas=EAS, revocations=((slot, 0),))
    case = bundle_of(SHIPMENT, content, signed, manifest=POLICY, state=state)
    if not proof:
        return case
    chain = execution(GATEWAY, case.bundle.anchor.index, case.bundle.batch.root, state)
    return replace(case, bundle=replace(case.bundle, revocation=Revocation(chain.account_proof(EAS), chain.storage_proof(EAS, slot))))


# With devices that sign

DEVICE_KEYS = {name: ed25519.Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n, name in enumerate(("reefer-1", "reefer-2"), 1)}


def cose_key(device: str) -> bytes:
    """The device's public key as a bundle holds it."""
    return DeviceKey("EdDSA", DEVICE_KEYS[device].public_key().public_bytes_raw()).to_cose()


def signed_payload(device: str, number: int, values: list[float], quantity: str = "temperature") -> bytes:
    """What a device sends: readings ten minutes apart in one SenML-CBOR pack, signed as COSE_Sign1."""
    start_s = START_MS // 1000 + 600 * number * len(values)
    first = {-2: f"{device}/", -3: start_s, "seq": number, 0: quantity, 1: "Cel", 2: values[0]}
    content = cbor2.dumps([first, *({0: quantity, 1: "Cel", 2: value, 6: 600 * place} for place, value in enumerate(values[1:], 1))])
    header = cbor2.dumps({1: -8})
    signature = DEVICE_KEYS[device].sign(signed_bytes(header, content))
    return cbor2.dumps(cbor2.CBORTag(18, [header, {4: device.encode()}, content, signature]))


def signed_trip(payloads: int = 6, *, unsigned: bool = False) -> tuple[list[Reading], dict[bytes, bytes]]:
    """The readings of two devices that sign, with their payloads by sha256; with `unsigned`, one more device does not."""
    evidence: dict[bytes, bytes] = {}
    readings: list[Reading] = []
    for device in DEVICE_KEYS:
        for number in range(payloads):
            payload = signed_payload(device, number, [4.0, 9.5 if number == 3 else 5.0])
            evidence[hashlib.sha256(payload).digest()] = payload
            readings += signed.verify(payload, device, signed.load_key(cose_key(device)))
    if unsigned:
        readings += [replace(one, device="logger", evidence=keccak256(b"logger")) for one in readings[:3]]
    return sorted(readings, key=lambda one: one.time_ms), evidence


@cache
def device_signed(*, unsigned: bool = False, profile: Literal["full", "sampled"] = "full") -> Case:
    """A shipment whose devices signed what they measured."""
    readings, evidence = signed_trip(unsigned=unsigned)
    event = shipment_event(readings)
    keys = {device: cose_key(device) for device in DEVICE_KEYS}
    settings = BundleSettings(profile=profile, sampled_readings=10)
    content = journey(readings, event, settings, {"temperature": BAND}, evidence=evidence, devices=keys)
    return bundle_of(SHIPMENT, content, attest(shipment_statement(readings, event)))
