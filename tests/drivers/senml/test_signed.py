"""Signed packs: what a device signed becomes its readings, and nothing else does."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from drivers.errors import OversizedPayload, PayloadError
from drivers.reading import Quality, Reading
from drivers.senml import Limits, SenmlError, cose, signed
from drivers.senml.cose import DeviceKey, signed_bytes
from drivers.senml.cose_errors import BadDeviceKey, NotSigned, UnprovenTime, WrongSignature, WrongSigner

Sign = Callable[[bytes], bytes]
ED = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
EC = ec.derive_private_key(int.from_bytes(bytes(range(1, 33))), ec.SECP256R1())
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PACK: list[dict[Any, Any]] = [{-2: "reefer-1/", -3: 1_790_000_000.5, "seq": 7, 0: "temperature", 1: "Cel", 2: 4.5}, {0: "door", 4: False}]


def ecdsa(message: bytes) -> bytes:
    r, s = decode_dss_signature(EC.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32) + min(s, ORDER - s).to_bytes(32)


SIGNERS: dict[int, tuple[Sign, DeviceKey]] = {
    -8: (ED.sign, DeviceKey("EdDSA", ED.public_key().public_bytes_raw())),
    -7: (ecdsa, DeviceKey("ES256", EC.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:])),
}
KEY = SIGNERS[-8][1]


def payload(
    pack: Any = PACK, *, alg: int = -8, protected: dict[int, Any] | None = None, unprotected: dict[int, Any] | None = None
) -> bytes:
    header = cbor2.dumps({1: alg} if protected is None else protected)
    content = pack if isinstance(pack, bytes) else cbor2.dumps(pack)
    signature = SIGNERS[alg][0](signed_bytes(header, content))
    return cbor2.dumps(cbor2.CBORTag(18, [header, {4: b"reefer-1"} if unprotected is None else unprotected, content, signature]))


@pytest.mark.parametrize("alg", SIGNERS)
def test_what_a_device_signed_becomes_its_readings(alg: int) -> None:
    data = payload(alg=alg)
    evidence = sha256(data).digest()
    assert signed.verify(data, "reefer-1", SIGNERS[alg][1]) == (
        Reading("reefer-1", "temperature", 4.5, "Cel", 1_790_000_000_500, 7, Quality.GOOD, evidence),
        Reading("reefer-1", "door", False, "", 1_790_000_000_500, 7, Quality.GOOD, evidence),
    )
    assert signed.key_id(data) == "reefer-1"


def test_the_key_id_may_be_protected_and_the_content_type_named() -> None:
    for content in (112, "application/senml+cbor"):
        data = payload(protected={1: -8, 3: content, 4: b"reefer-1"}, unprotected={})
        assert len(signed.verify(data, "reefer-1", KEY)) == 2


def other_spellings(alg: int) -> dict[str, bytes]:
    """Returns a payload as a broker could change it without touching what is signed."""
    header, named, content, signature = parts = cbor2.loads(payload(alg=alg)).value
    before, after, array = cbor2.dumps(header), cbor2.dumps(content) + cbor2.dumps(signature), cbor2.dumps(parts)[1:]
    high = signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32)
    spellings = {
        "no tag": b"\x84" + array,
        "a long array": b"\xd2\x98\x04" + array,
        "an array without length": b"\xd2\x9f" + array + b"\xff",
        "a map without length": b"\xd2\x84" + before + b"\xbf" + cbor2.dumps(named)[1:] + b"\xff" + after,
        "a long label": b"\xd2\x84" + before + b"\xa1\x18\x04" + cbor2.dumps(named)[2:] + after,
        "a long string": b"\xd2\x84" + array[:-66] + b"\x59\x00\x40" + signature,
        "a string in chunks": b"\xd2\x84" + array[:-66] + b"\x5f\x58\x40" + signature + b"\xff",
        "an unprotected number": b"\xd2" + cbor2.dumps([header, {**named, 99: b"junk"}, content, signature]),
        "an unprotected text": b"\xd2" + cbor2.dumps([header, {**named, "again": 2}, content, signature]),
    }
    return spellings | ({"the other s": b"\xd2" + cbor2.dumps([header, named, content, high])} if alg == -7 else {})


@pytest.mark.parametrize(("alg", "how"), [(alg, how) for alg in SIGNERS for how in other_spellings(alg)])
def test_nobody_can_bring_a_signed_message_again_under_another_hash(alg: int, how: str) -> None:
    key, data = SIGNERS[alg][1], other_spellings(alg)[how]
    cose.parse(data).verify(key)  # COSE itself has nothing against it
    with pytest.raises((NotSigned, WrongSignature), match=r"one encoding|more than kid|upper half"):
        signed.verify(data, "reefer-1", key)
    kept, _, found = signed.receive(data, "reefer-1", key)
    assert signed.verify(kept, "reefer-1", key) == found


@pytest.mark.parametrize("alg", SIGNERS)
def test_every_spelling_of_one_message_is_respelled_alike(alg: int) -> None:
    first = payload(alg=alg)
    message = cose.parse(first)
    for data in (first, cbor2.dumps([message.protected, {4: b"reefer-1", 5: b"iv"}, message.payload, message.signature])):
        assert signed.receive(data, "reefer-1", SIGNERS[alg][1])[0] == first


@pytest.mark.parametrize("s", [0, 1, ORDER // 2, ORDER, 2**256 - 1])
def test_an_s_that_is_no_upper_half_stays(s: int) -> None:
    data = cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7}), {4: b"reefer-1"}, b"", bytes(32) + s.to_bytes(32)]))
    assert signed.respelled(cose.parse(data)) == data


@pytest.mark.parametrize("data", [b"", b"\xd2", cbor2.dumps([b"", {}, b""]), b"\x80", payload()[:-1], payload() + b"\x00"])
def test_what_is_no_signed_message_is_not_received(data: bytes) -> None:
    with pytest.raises(NotSigned):
        signed.receive(data, "reefer-1", KEY)


@pytest.mark.parametrize("how", ["an unprotected label", "an unprotected text"])
def test_nor_where_the_key_id_is_protected(how: str) -> None:
    header = {1: -8, 4: b"reefer-1"}
    label: Any = 99 if how == "an unprotected label" else "again"
    assert len(signed.verify(payload(protected=header, unprotected={}), "reefer-1", KEY)) == 2
    with pytest.raises(NotSigned, match="more than kid"):
        signed.verify(payload(protected=header, unprotected={label: 1}), "reefer-1", KEY)


@pytest.mark.parametrize("alg", SIGNERS)
def test_no_changed_bit_passes(alg: int) -> None:
    data = payload(alg=alg)
    for place in range(0, len(data) * 8, 5):
        altered = bytearray(data)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(PayloadError):
            signed.verify(bytes(altered), "reefer-1", SIGNERS[alg][1])


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (cbor2.dumps(PACK), NotSigned),
        (b'[{"n":"x","v":1}]', NotSigned),
        (payload(protected={}), NotSigned),
        (payload(protected={}, unprotected={1: -8, 4: b"reefer-1"}), NotSigned),
        (payload(protected={1: -8, 3: 60}), NotSigned),
        (payload(unprotected={}), WrongSigner),
        (payload(unprotected={4: "reefer-1"}), WrongSigner),
        (payload(unprotected={4: b"reefer-2"}), WrongSigner),
        (payload(alg=-7), WrongSignature),
        (payload([{**PACK[0], -3: 0}]), UnprovenTime),
        (payload([{0: "reefer-1/temperature", 2: 4.5}]), UnprovenTime),
        (payload([{**PACK[0], -2: "reefer-2/"}]), SenmlError),
        (payload(b"not senml"), SenmlError),
        (payload(b"x" * 2000), OversizedPayload),
    ],
)
def test_anything_else_is_refused(data: bytes, refusal: type[PayloadError]) -> None:
    with pytest.raises(refusal):
        signed.verify(data, "reefer-1", KEY, Limits(max_bytes=1000))


@pytest.mark.parametrize("named", [{}, {4: b""}, {4: b"two words"}, {4: b"\xff"}, {4: 7}])
def test_a_payload_that_names_no_device_is_from_nobody(named: dict[int, Any]) -> None:
    with pytest.raises(WrongSigner):
        signed.key_id(payload(unprotected=named))


def test_a_key_is_loaded_from_pem_and_from_cose() -> None:
    pem = ED.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert signed.load_key(b"\n" + pem) == signed.load_key(KEY.to_cose()) == KEY


@pytest.mark.parametrize("data", [b"", b"ssh-ed25519 AAAA", b"x" * 5000, b"-----BEGIN NOTHING-----"])
def test_what_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises(BadDeviceKey):
        signed.load_key(data)
