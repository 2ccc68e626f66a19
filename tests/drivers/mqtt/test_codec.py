"""Whatever a broker delivers becomes readings or a reject, and nothing raises."""

import hashlib

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.driver import Delivery
from drivers.mqtt import codec as codec_module
from drivers.mqtt.codec import PNG_SIGNATURE, Codec, Message
from drivers.mqtt.settings import MqttSettings
from drivers.reading import Quality
from drivers.senml import cose
from drivers.senml import signed as senml_signed
from tests.drivers.senml import test_signed as signing

NOW_MS = 1_760_000_000_000
CODEC = Codec("floor", MqttSettings(max_payload_bytes=1000))
PACK = b'[{"n":"temperature","u":"Cel","t":1760000000,"v":4.5,"seq":7}]'
SENML = "devices/d1/senml"


def deliver(topic: str, payload: bytes, received_ms: int = NOW_MS, maybe_repeat: bool = False) -> Delivery:
    return CODEC.deliver(Message(topic, payload, received_ms, maybe_repeat), print)


def test_a_pack_becomes_readings() -> None:
    delivery = deliver(SENML, PACK)
    (reading,) = delivery.readings
    assert (delivery.driver, delivery.source, delivery.payload, delivery.received_ms, delivery.reject) == (
        "floor",
        SENML,
        PACK,
        NOW_MS,
        None,
    )
    assert (reading.device, reading.quantity, reading.value, reading.unit, reading.sequence) == ("d1", "temperature", 4.5, "Cel", 7)
    assert (reading.time_ms, reading.quality, reading.evidence) == (NOW_MS, Quality.GOOD, hashlib.sha256(PACK).digest())


def test_cbor_says_the_same() -> None:
    pack = cbor2.dumps([{0: "temperature", 1: "Cel", 6: 1_760_000_000, 2: 4.5, "seq": 7}])
    assert deliver("devices/d1/senml-cbor", pack).readings[0].value == 4.5


def test_a_frame_needs_no_wrapper() -> None:
    frame = PNG_SIGNATURE + b"..."
    (reading,) = deliver("devices/cam/frame/09506000134352/L42/I7/3/1760000000001", frame).readings
    assert (reading.quantity, reading.value, reading.sequence, reading.time_ms) == (
        "frame/09506000134352/L42/I7",
        frame,
        3,
        1_760_000_000_001,
    )
    (bare,) = deliver("devices/cam/frame", frame).readings
    assert (bare.quantity, bare.time_ms, bare.quality) == ("frame", NOW_MS, Quality.UNCERTAIN)


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (SENML, b"", "empty"),
        (SENML, b"x" * 1001, "oversized"),
        (SENML, b"\xff", "malformed"),
        (SENML, b'[{"n":"other/temperature","v":1}]', "device-mismatch"),
        (SENML, b'[{"n":"x","v":1e308,"bv":1e308}]', "not-finite"),
        ("devices/d1/frame", b"GIF89a", "malformed"),
        ("elsewhere", PACK, "unknown-topic"),
        ("devices/-/senml", PACK, "bad-topic"),
    ],
)
def test_rejects_say_why_and_keep_the_payload(topic: str, payload: bytes, reason: str) -> None:
    delivery = deliver(topic, payload)
    assert delivery.reject is not None
    assert (delivery.reject.reason, delivery.readings, delivery.payload, len(delivery.identity)) == (reason, (), payload, 32)
    assert delivery.reject.detail


def test_a_defect_of_ours_becomes_a_reject_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec_module, "decoders", lambda _: {"senml-json": lambda *_: 1 / 0})
    delivery = Codec("floor", MqttSettings()).deliver(Message(SENML, PACK, NOW_MS, False), print)
    assert delivery.reject is not None
    assert delivery.reject.reason == "internal"


def test_redelivery_has_the_same_identity() -> None:
    assert deliver(SENML, PACK).identity == deliver(SENML, PACK, NOW_MS + 5000, maybe_repeat=True).identity
    frame = "devices/cam/frame/09506000134352/L42/I7/3/1760000000001", PNG_SIGNATURE
    assert deliver(*frame).identity == deliver(*frame, NOW_MS + 5000, maybe_repeat=True).identity


def test_a_constant_value_without_time_or_number_does_not_vanish() -> None:
    pack = b'[{"n":"temperature","v":4.5}]'
    assert deliver(SENML, pack).identity != deliver(SENML, pack, NOW_MS + 1).identity
    assert deliver(SENML, pack).readings[0].quality is Quality.UNCERTAIN


@given(st.text(max_size=40) | st.sampled_from([SENML, "devices/d1/senml-cbor", "devices/d1/frame"]), st.binary(max_size=100))
def test_nothing_raises(topic: str, payload: bytes) -> None:
    delivery = deliver(topic, payload)
    assert (delivery.reject is None) == bool(delivery.readings)


def test_a_signed_pack_becomes_readings_and_says_that_it_was_signed() -> None:
    data = signing.payload()
    codec = Codec("floor", MqttSettings(), {"reefer-1": signing.KEY})
    delivery = codec.deliver(Message("devices/reefer-1/cose", data, NOW_MS, False), print)
    assert (delivery.reject, delivery.signed, delivery.payload) == (None, True, data)
    assert [(one.quantity, one.value) for one in delivery.readings] == [("temperature", 4.5), ("door", False)]
    assert {one.evidence for one in delivery.readings} == {hashlib.sha256(data).digest()}
    assert not deliver(SENML, PACK).signed


@pytest.mark.parametrize(
    ("device", "data", "reason"),
    [
        ("reefer-1", signing.payload(alg=-7), "wrong-signature"),
        ("reefer-1", cbor2.dumps(signing.PACK), "not-signed"),
        ("reefer-2", signing.payload(), "no-device-key"),
        ("reefer-3", signing.payload(), "wrong-signer"),
    ],
)
def test_what_is_not_signed_by_the_device_s_own_key_is_a_reject(device: str, data: bytes, reason: str) -> None:
    codec = Codec("floor", MqttSettings(), {"reefer-1": signing.KEY, "reefer-3": signing.KEY})
    delivery = codec.deliver(Message(f"devices/{device}/cose", data, NOW_MS, False), print)
    assert delivery.reject is not None
    assert (delivery.reject.reason, delivery.readings, delivery.signed) == (reason, (), False)


def test_the_same_pack_signed_anew_is_a_repeat() -> None:
    codec = Codec("floor", MqttSettings(), {"reefer-1": signing.SIGNERS[-7][1]})
    first, second = (codec.deliver(Message("devices/reefer-1/cose", signing.payload(alg=-7), NOW_MS, False), print) for _ in range(2))
    assert first.payload != second.payload
    assert first.identity == second.identity


@pytest.mark.parametrize(("alg", "how"), [(alg, how) for alg in signing.SIGNERS for how in signing.other_spellings(alg)])
def test_a_signed_pack_is_taken_in_any_spelling_and_kept_in_one(alg: int, how: str) -> None:
    data = signing.other_spellings(alg)[how]
    codec = Codec("floor", MqttSettings(), {"reefer-1": signing.SIGNERS[alg][1]})
    kept = senml_signed.respelled(cose.parse(data))
    first, again = (codec.deliver(Message("devices/reefer-1/cose", one, NOW_MS, False), print) for one in (kept, data))
    assert (again.reject, again.payload, again.identity) == (None, first.payload, first.identity)
    assert {one.evidence for one in again.readings} == {hashlib.sha256(first.payload).digest()}
