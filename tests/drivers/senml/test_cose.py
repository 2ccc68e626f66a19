"""COSE_Sign1 and COSE_Key against the working group's examples, Wycheproof's signatures, and pycose."""

import json
import tarfile
from base64 import urlsafe_b64decode
from functools import cache
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from pycose.headers import KID, Algorithm
from pycose.keys.cosekey import CoseKey
from pycose.messages.sign1message import Sign1Message

from drivers.senml import cose
from drivers.senml.cose import DeviceKey, parse
from drivers.senml.cose_errors import BadDeviceKey, NotSigned, WrongSignature
from tests.vectors import vectors


@cache
def archive(name: str) -> dict[str, Any]:
    with tarfile.open(vectors("crypto", name)) as opened:
        files = [member.name for member in opened if member.name.endswith(".json")]
        return {file: json.loads(opened.extractfile(file).read()) for file in files}  # type: ignore[union-attr]


def sign1_examples() -> list[str]:
    folders = ("cose-wg/sign1-tests/", "cose-wg/ecdsa-examples/ecdsa-sig-", "cose-wg/eddsa-examples/eddsa-sig-")
    return [file for file in archive("cose-wg.tar.gz") if file.startswith(folders)]


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_of(example: dict[str, Any]) -> DeviceKey | None:
    stated = example["input"]["sign0"]["key"]
    if stated["crv"] == "Ed25519":
        return DeviceKey("EdDSA", bytes.fromhex(stated["x_hex"]) if "x_hex" in stated else raw(stated["x"]))
    if stated["crv"] != "P-256":
        return None
    return DeviceKey("ES256", raw(stated["x"]) + raw(stated["y"]))


@pytest.mark.parametrize("file", sign1_examples())
def test_the_working_group_s_examples(file: str) -> None:
    example = archive("cose-wg.tar.gz")[file]
    data = bytes.fromhex(example["output"]["cbor"])
    external = bytes.fromhex(example["input"]["sign0"].get("external", ""))
    key = key_of(example)
    ours = example["input"]["sign0"]["alg"] in ("ES256", "EdDSA") and key is not None
    if example.get("fail") or not ours:
        with pytest.raises((NotSigned, WrongSignature)):
            parse(data).verify(key or DeviceKey("EdDSA", SIGNER.public_key().public_bytes_raw()), external=external)
        return
    assert key is not None
    message = parse(data)
    message.verify(key, external=external)
    assert message.payload == example["input"]["plaintext"].encode()
    to_be_signed = bytes.fromhex(example["intermediates"]["ToBeSign_hex"])
    assert cose.signed_bytes(message.protected, message.payload, external) == to_be_signed


def test_an_empty_protected_header_is_signed_as_nothing_however_it_is_written() -> None:
    example = archive("cose-wg.tar.gz")["cose-wg/sign1-tests/sign-pass-01.json"]
    message = parse(bytes.fromhex(example["output"]["cbor"]))
    assert message.protected == b"\xa0"
    assert (message.headers, message.algorithm, message.key_id) == ({}, "ES256", b"11")
    assert cose.signed_bytes(b"\xa0", b"x") == cose.signed_bytes(b"", b"x") != cose.signed_bytes(b"\xa1\x01\x26", b"x")


@pytest.mark.parametrize(
    ("file", "algorithm"),
    [("ed25519_test.json", "EdDSA"), ("ecdsa_secp256r1_sha256_p1363_test.json", "ES256")],
)
def test_wycheproof_s_signatures(file: str, algorithm: Any) -> None:
    checked = 0
    for group in archive("wycheproof.tar.gz")[f"wycheproof/testvectors_v1/{file}"]["testGroups"]:
        stated = group["publicKey"]
        public = bytes.fromhex(stated["pk"]) if algorithm == "EdDSA" else bytes.fromhex(stated["uncompressed"])[1:]
        key = DeviceKey(algorithm, public)
        for case in group["tests"]:
            assert key.verifies(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])) is (case["result"] != "invalid"), case["comment"]
            checked += 1
    assert checked > 100


SIGNER = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ECDSA_SIGNER = ec.derive_private_key(int.from_bytes(bytes(range(1, 33))), ec.SECP256R1())
KEYS = (
    DeviceKey("EdDSA", SIGNER.public_key().public_bytes_raw()),
    DeviceKey("ES256", ECDSA_SIGNER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]),
)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.algorithm)
def test_what_pycose_signs_we_verify(key: DeviceKey) -> None:
    message = Sign1Message(phdr={Algorithm: key.algorithm.upper()}, uhdr={KID: b"reefer-1"}, payload=b"a pack")
    numbers = ECDSA_SIGNER.private_numbers()
    secret = {-4: SIGNER.private_bytes_raw() if key.algorithm == "EdDSA" else numbers.private_value.to_bytes(32)}
    message.key = CoseKey.from_dict({**cbor2.loads(key.to_cose()), **secret})
    data = message.encode()
    read = parse(data)
    read.verify(key)
    assert (read.key_id, read.payload, read.algorithm) == (b"reefer-1", b"a pack", key.algorithm)
    # Its own decoder does not know that a tagged list comes out of this CBOR library as a tuple.
    theirs = Sign1Message.from_cose_obj(cbor2.loads(data.removeprefix(cose.TAG)), True)
    theirs.key = CoseKey.from_dict(cbor2.loads(key.to_cose()))
    assert theirs.verify_signature()
    with pytest.raises(WrongSignature):
        read.verify(next(other for other in KEYS if other != key))


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.algorithm)
def test_a_key_comes_back_from_both_of_its_forms(key: DeviceKey) -> None:
    assert DeviceKey.from_cose(key.to_cose()) == key
    pem = (SIGNER if key.algorithm == "EdDSA" else ECDSA_SIGNER).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert DeviceKey.from_pem(pem) == key


def changed(key: DeviceKey, **fields: Any) -> bytes:
    labels = {"kty": 1, "alg": 3, "crv": -1, "x": -2, "y": -3, "d": -4}
    return cbor2.dumps({**cbor2.loads(key.to_cose()), **{labels[name]: value for name, value in fields.items()}})


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xf6", b"\x80", b"\xa0", changed(KEYS[0], d=bytes(32)), changed(KEYS[0], kty=2), changed(KEYS[0], crv=4),
        changed(KEYS[0], x=bytes(31)), changed(KEYS[0], alg=-7), changed(KEYS[0], y=bytes(32)), changed(KEYS[1], x=bytes(32)),
        changed(KEYS[1], y=bytes(31)), changed(KEYS[1], crv=2), changed(KEYS[1], alg=-8), changed(KEYS[1], kty=True),
        cbor2.dumps({True: 1, -1: 6, -2: KEYS[0].public}), KEYS[0].to_cose() + b"\x00",
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises((BadDeviceKey, NotSigned)):
        DeviceKey.from_cose(data)


@pytest.mark.parametrize(
    "y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826]
)
@pytest.mark.parametrize("sign", [0, 1])
def test_a_point_of_small_order_is_no_key(y: int, sign: int) -> None:
    with pytest.raises(BadDeviceKey):
        DeviceKey("EdDSA", (y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        SIGNER.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
    ],
)
def test_another_pem_is_refused(key: bytes) -> None:
    with pytest.raises(BadDeviceKey):
        DeviceKey.from_pem(key)


GOOD = [b"\xa1\x01\x27", {4: b"reefer-1"}, b"a pack", bytes(64)]


@pytest.mark.parametrize(
    "item",
    [
        b"", "text", [], GOOD[:3], [*GOOD, 1], ["", {}, b"", b""], [b"", [], b"", b""], [b"", {}, None, b""], [b"", {}, b"", ""],
        cbor2.CBORTag(17, GOOD), cbor2.CBORTag(18, cbor2.CBORTag(18, GOOD)), [b"\x80", *GOOD[1:]], [b"\xa1\x01\x27\x00", *GOOD[1:]],
        [GOOD[0], {1: -8}, *GOOD[2:]], [b"\xa2\x01\x27\x02\x81\x01", *GOOD[1:]], [GOOD[0], {2: [1]}, *GOOD[2:]],
        [b"\xa1\xf5\x27", *GOOD[1:]],
        [GOOD[0], {4.0: b"x"}, *GOOD[2:]], [b"\xff", *GOOD[1:]],
    ],
)  # fmt: skip
def test_what_is_no_signed_message_is_refused(item: Any) -> None:
    with pytest.raises(NotSigned):
        parse(cbor2.dumps(item))


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        message = parse(data)
    except NotSigned:
        return
    with pytest.raises(WrongSignature):
        message.verify(KEYS[0])


def test_an_unknown_algorithm_is_none_of_ours() -> None:
    message = parse(cbor2.dumps([b"\xa1\x01\x38\x22", *GOOD[1:]]))
    assert message.algorithm is None
    with pytest.raises(WrongSignature, match="unknown algorithm"):
        message.verify(KEYS[0])
    assert not KEYS[0].verifies(bytes(63), b"")
