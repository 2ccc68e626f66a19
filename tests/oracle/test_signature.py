"""Both forms of a signature: official vectors of both curves, then every way in which one is refused."""

import hashlib
import json
import tarfile
from dataclasses import replace
from functools import cache
from typing import Any

import coincurve
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import attestation_json
from oracle.attestation import Attestation, verify
from oracle.attestation_errors import AttesterMismatchError, SignatureError
from oracle.errors import MalformedDocumentError
from oracle.keccak import keccak256
from oracle.signature import P256_ORDER, SECP256K1_ORDER, address_of, lower_p256, recover, recover_p256, recover_secp256k1
from tests.oracle.test_attestation import DOMAIN, MESSAGE
from tests.vectors import vectors

KEY = ec.derive_private_key(0x1234567, ec.SECP256R1())
NUMBERS = KEY.public_key().public_numbers()
POINT = NUMBERS.x.to_bytes(32, "big") + NUMBERS.y.to_bytes(32, "big")
ADDRESS = keccak256(POINT)[12:]


def sign_p256(digest: bytes) -> bytes:
    r, s = decode_dss_signature(KEY.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
    return lower_p256(r.to_bytes(32, "big") + s.to_bytes(32, "big")) + POINT


@cache
def wycheproof(name: str) -> list[tuple[str, bytes, dict[str, Any]]]:
    archive = tarfile.open(vectors("crypto", "wycheproof.tar.gz"))  # noqa: SIM115 - read at once, below
    file = archive.extractfile(f"wycheproof/testvectors_v1/{name}")
    assert file is not None
    groups = json.load(file)["testGroups"]
    keys = [bytes.fromhex(group["publicKey"]["uncompressed"]) for group in groups]
    return [(f"{case['tcId']}: {case['comment']}", key, case) for key, group in zip(keys, groups, strict=True) for case in group["tests"]]


def low(s: bytes, order: int) -> bool:
    return int.from_bytes(s, "big") <= order // 2


def test_wycheproof_p256() -> None:
    accepted = 0
    for name, key, case in wycheproof("ecdsa_secp256r1_sha256_p1363_test.json"):
        digest, raw = hashlib.sha256(bytes.fromhex(case["msg"])).digest(), bytes.fromhex(case["sig"])
        if case["result"] == "valid":
            assert recover(digest, lower_p256(raw) + key[1:]) == address_of(key), name
            accepted += 1
        if case["result"] == "invalid" or not low(raw[32:], P256_ORDER):
            with pytest.raises(SignatureError):
                recover(digest, raw + key[1:])
    assert accepted > 150


def test_wycheproof_secp256k1() -> None:
    accepted = 0
    for name, key, case in wycheproof("ecdsa_secp256k1_sha256_p1363_test.json"):
        digest, raw = hashlib.sha256(bytes.fromhex(case["msg"])).digest(), bytes.fromhex(case["sig"])
        found = set()
        for v in (27, 28):
            try:
                found.add(recover(digest, raw + bytes([v])))
            except SignatureError:
                continue
        if case["result"] == "valid" and low(raw[32:], SECP256K1_ORDER):
            assert address_of(key) in found, name
            accepted += 1
        else:
            assert address_of(key) not in found, name
    assert accepted > 90


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_the_address_of_a_p256_key_is_derived_as_ethereum_derives_it(digest: bytes) -> None:
    assert recover(digest, sign_p256(digest)) == ADDRESS


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 128 * 8 - 1))
def test_no_bit_of_a_p256_signature_can_be_altered(bit: int) -> None:
    digest = b"\x0d" * 32
    signature = bytearray(sign_p256(digest))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureError):
        recover(digest, bytes(signature))


def test_the_malleable_twin_of_a_p256_signature_is_refused() -> None:
    digest = b"\x0d" * 32
    signature = sign_p256(digest)
    s = int.from_bytes(signature[32:64], "big")
    with pytest.raises(SignatureError, match="upper half"):
        recover(digest, signature[:32] + (P256_ORDER - s).to_bytes(32, "big") + POINT)


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (b"", "0 bytes"),
        (bytes(64), "64 bytes"),
        (bytes(127), "127 bytes"),
        (bytes(129), "129 bytes"),
        (bytes(128), "outside 1"),
        (P256_ORDER.to_bytes(32, "big") + bytes(31) + b"\x01" + POINT, "outside 1"),
        (bytes(31) + b"\x01" + P256_ORDER.to_bytes(32, "big") + POINT, "outside 1"),
        ((bytes(31) + b"\x01") * 2 + bytes(64), "no point"),
        ((bytes(31) + b"\x01") * 2 + POINT[:32] + POINT[:32], "no point"),
        ((bytes(31) + b"\x01") * 2 + POINT, "not by the P-256 key"),
        (bytes(64) + b"\x1b", "outside 1"),
        ((bytes(31) + b"\x01") * 2 + b"\x1d", "v is 29"),
    ],
)
def test_a_malformed_signature_is_refused_with_its_reason(signature: bytes, reason: str) -> None:
    with pytest.raises(SignatureError, match=reason):
        recover(b"\x0d" * 32, signature)


def test_each_form_is_one_curves_only() -> None:
    digest = b"\x0d" * 32
    recoverable = coincurve.PrivateKey(b"\x07" * 32).sign_recoverable(digest, hasher=None)
    with pytest.raises(SignatureError):
        recover_p256(digest, recoverable[:64] + bytes([27 + recoverable[64]]))
    with pytest.raises(SignatureError):
        recover_secp256k1(digest, sign_p256(digest))
    with pytest.raises(SignatureError, match="not by the P-256 key"):
        recover_p256(digest[:31], sign_p256(digest))


def test_an_attestation_under_p256_verifies_and_goes_through_json() -> None:
    attestation = Attestation.signed(MESSAGE, DOMAIN, ADDRESS, sign_p256)
    verify(attestation, domain=DOMAIN, now_s=None)
    document = attestation_json.to_json(attestation)
    assert list(document["sig"]["signature"]) == ["r", "s", "x", "y"]
    assert attestation_json.loads(json.dumps(document).encode()) == attestation
    with pytest.raises(AttesterMismatchError):
        verify(replace(attestation, attester=bytes(20)), domain=DOMAIN, now_s=None)


@pytest.mark.parametrize("fields", ["rsv-xy", "rsx", "rsy", "rsxyv", "rsxyz", "xy", "rs"])
def test_no_mixture_of_the_two_forms_is_read(fields: str) -> None:
    document = attestation_json.to_json(Attestation.signed(MESSAGE, DOMAIN, ADDRESS, sign_p256))
    known = {**document["sig"]["signature"], "v": 27, "z": "0x00"}
    document["sig"]["signature"] = {name: known[name] for name in fields.replace("-", "")}
    with pytest.raises(MalformedDocumentError, match="signature"):
        attestation_json.from_json(document)
