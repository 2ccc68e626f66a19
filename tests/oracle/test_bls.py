"""Our signatures by the official vectors, and every form of a point against py_ecc's."""

import hashlib
from typing import Any

import pytest
from eth_typing import BLSPubkey, BLSSignature
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc.bls.ciphersuites import G2ProofOfPossession
from py_ecc.bls.hash_to_curve import hash_to_G2
from py_ecc.optimized_bls12_381.optimized_curve import G1, add, multiply, normalize

from oracle import bls
from oracle.bls import POSSESSION_TAG, VERDICT_TAG, PointRefusedError
from oracle.bls_secret import BlsSecretKey, generate
from oracle.key_errors import InvalidSecretError
from tests.lightclient.test_bls import cases, unhex

SECRETS = st.integers(1, bls.ORDER - 1)
KEY = BlsSecretKey(bytes(31) + b"\x07")
MESSAGE = b"what is agreed"


def by_py_ecc(of: Any) -> bytes:
    """A point as EIP-2537 writes it: 64 bytes for each number."""
    numbers = [number for part in normalize(of) for number in (part.coeffs if hasattr(part, "coeffs") else (part.n,))]
    return b"".join(int(number).to_bytes(64, "big") for number in numbers)


@pytest.mark.parametrize("case", cases("sign"))
def test_the_official_signatures(case: Any) -> None:
    secret = unhex(case["input"]["privkey"])
    if case["output"] is None:
        with pytest.raises(InvalidSecretError):
            BlsSecretKey(secret)
        return
    key, message = BlsSecretKey(secret), unhex(case["input"]["message"])
    assert key.sign(message, VERDICT_TAG) == unhex(case["output"])
    assert bls.verify([key.public_key], message, unhex(case["output"]), VERDICT_TAG)


@pytest.mark.parametrize("case", cases("aggregate"))
def test_the_official_sums(case: Any) -> None:
    signatures = [unhex(one) for one in case["input"]]
    # We take no part that is the identity: nobody's key gives it.
    if case["output"] is None or b"\xc0" in {one[:1] for one in signatures}:
        with pytest.raises(PointRefusedError):
            bls.aggregate(signatures)
        return
    assert bls.aggregate(signatures) == unhex(case["output"])


@pytest.mark.parametrize("case", cases("fast_aggregate_verify"))
def test_the_official_verdicts_on_sums(case: Any) -> None:
    given = case["input"]
    try:
        said = bls.verify([unhex(key) for key in given["pubkeys"]], unhex(given["message"]), unhex(given["signature"]), VERDICT_TAG)
    except PointRefusedError:
        said = False
    assert said == case["output"]


@pytest.mark.parametrize("case", cases("deserialization_G1"))
def test_the_official_keys(case: Any) -> None:
    key = unhex(case["input"]["pubkey"])
    # The identity is a point, and no key.
    if case["output"] and not key[0] & 0x40:
        assert bls.key_of_contract(bls.contract_key(key)) == key
    else:
        with pytest.raises(PointRefusedError):
            bls.contract_key(key)


@pytest.mark.parametrize("case", cases("deserialization_G2"))
def test_the_official_points_of_signatures(case: Any) -> None:
    signature = unhex(case["input"]["signature"])
    if case["output"] and not signature[0] & 0x40:
        assert len(bls.contract_signature(signature)) == 256
    else:
        with pytest.raises(PointRefusedError):
            bls.contract_signature(signature)


@settings(max_examples=4, deadline=None)
@given(SECRETS, SECRETS, st.binary(max_size=200), st.sampled_from([VERDICT_TAG, POSSESSION_TAG]))
def test_keys_signatures_and_sums_are_those_of_py_ecc(one: int, other: int, message: bytes, tag: bytes) -> None:
    keys = [bls.public_key(secret) for secret in (one, other)]
    assert [bls.contract_key(key) for key in keys] == [by_py_ecc(multiply(G1, secret)) for secret in (one, other)]
    hashed: Any = hash_to_G2(message, tag, hashlib.sha256)  # type: ignore[arg-type]  # it wants what makes a hash, and says that it wants a hash
    signatures = [bls.sign(secret, message, tag) for secret in (one, other)]
    assert bls.contract_signature(signatures[0]) == by_py_ecc(multiply(hashed, one))
    total = bls.aggregate(signatures)
    assert bls.contract_signature(total) == by_py_ecc(add(multiply(hashed, one), multiply(hashed, other)))
    assert bls.verify(keys, message, total, tag)


@pytest.mark.slow
@pytest.mark.arithmetic
def test_py_ecc_verifies_ours_and_the_possession_of_ours() -> None:
    key = BLSPubkey(KEY.public_key)
    assert G2ProofOfPossession.Verify(key, MESSAGE, BLSSignature(KEY.sign(MESSAGE, VERDICT_TAG)))
    assert G2ProofOfPossession.PopVerify(key, BLSSignature(KEY.sign(KEY.public_key, POSSESSION_TAG)))


@pytest.mark.parametrize(
    ("keys", "message", "tag"),
    [
        ([bls.public_key(8)], MESSAGE, VERDICT_TAG),
        ([KEY.public_key], MESSAGE + b".", VERDICT_TAG),
        ([KEY.public_key], MESSAGE, POSSESSION_TAG),
        ([KEY.public_key] * 2, MESSAGE, VERDICT_TAG),
        ([KEY.public_key, bls.public_key(bls.ORDER - 7)], MESSAGE, VERDICT_TAG),  # keys that cancel out
        ([], MESSAGE, VERDICT_TAG),
    ],
)
def test_a_signature_of_others_or_over_another_message_is_none(keys: list[bytes], message: bytes, tag: bytes) -> None:
    signature = KEY.sign(MESSAGE, VERDICT_TAG)
    assert bls.verify([KEY.public_key], MESSAGE, signature, VERDICT_TAG)
    assert not bls.verify(keys, message, signature, tag)


@pytest.mark.parametrize(
    "words",
    [
        b"",
        bytes(128),
        b"\xff" * 128,
        bls.contract_key(KEY.public_key)[:-1],
        bls.contract_key(KEY.public_key)[:-1] + b"\0",
        bls.contract_key(KEY.public_key) + b"\0",
    ],
)
def test_what_no_contract_holds_is_no_key(words: bytes) -> None:
    with pytest.raises(PointRefusedError):
        bls.key_of_contract(words)


def test_a_new_key_is_another_and_does_not_show_itself() -> None:
    one, other = generate(), generate()
    assert one.public_key != other.public_key
    assert one.reveal().hex() not in f"{one!r} {one}"
    with pytest.raises(TypeError):
        one.__reduce__()


@pytest.mark.parametrize("secret", [b"", bytes(32), bytes(31), b"\xff" * 32, bls.ORDER.to_bytes(32, "big")])
def test_what_is_no_private_key(secret: bytes) -> None:
    with pytest.raises(InvalidSecretError) as refusal:
        BlsSecretKey(secret)
    assert secret.hex() not in str(refusal.value) or not secret
