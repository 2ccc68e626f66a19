import copy
import json
from dataclasses import replace
from typing import Any

import coincurve
import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import attestation_json
from oracle.attestation import Attestation, Domain, Message, verify
from oracle.attestation_errors import AttesterMismatchError, DomainMismatchError, ExpiredError, SignatureError, UidMismatchError
from oracle.errors import FieldRangeError, MalformedDocumentError, MisuseError, RefusedError
from oracle.hexes import to_checksum
from oracle.signature import address_of
from tests.vectors import vectors

KEY = coincurve.PrivateKey(b"\x07" * 32)
ATTESTER = address_of(KEY.public_key.format(compressed=False))
DOMAIN = Domain("1.4.0", 1, bytes.fromhex("a1207f3bba224e2c9c3c6d5af63d0eb1582ce587"))
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
WORD = st.binary(min_size=32, max_size=32)
U64 = st.integers(0, 2**64 - 1)
MESSAGES = st.builds(
    Message,
    schema=WORD,
    recipient=st.binary(min_size=20, max_size=20),
    time=U64,
    expiration_time=st.just(0) | U64,
    revocable=st.booleans(),
    ref_uid=WORD,
    data=st.binary(max_size=300),
    salt=WORD,
)
MESSAGE = Message(
    schema=bytes(32),
    recipient=bytes(20),
    time=1_790_003_600,
    expiration_time=0,
    revocable=True,
    ref_uid=bytes(32),
    data=b"data",
    salt=b"\x01" * 32,
)


def sign_digest(digest: bytes) -> bytes:
    signature = KEY.sign_recoverable(digest, hasher=None)
    return signature[:64] + bytes([27 + signature[64]])


def sign(message: Message = MESSAGE) -> Attestation:
    return Attestation.signed(message, DOMAIN, ATTESTER, sign_digest)


def load(name: str) -> dict[str, Any]:
    document = json.loads(vectors("eas", "offchain-v2", name).read_text())
    document.pop("_why", None)
    return document  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["good-1.json", "good-2.json", "good-3.json"])
def test_what_the_sdk_signed_verifies_and_is_written_back_unchanged(name: str) -> None:
    document = load(name)
    attestation = attestation_json.from_json(document)
    verify(attestation, domain=attestation.domain, now_s=1_790_003_700)
    assert attestation_json.to_json(attestation) == document
    assert attestation_json.loads(json.dumps(document).encode()) == attestation


@pytest.mark.parametrize(
    ("name", "refusal"),
    [("tampered-1.json", UidMismatchError), ("tampered-2.json", AttesterMismatchError), ("tampered-4.json", AttesterMismatchError)],
)
def test_what_was_tampered_with_is_refused(name: str, refusal: type[RefusedError]) -> None:
    attestation = attestation_json.from_json(load(name))
    with pytest.raises(refusal):
        verify(attestation, domain=None, now_s=None)


STRICTER: dict[str, type[RefusedError]] = {
    "top-level sig.version changed to 1": MalformedDocumentError,  # SDK: true, it is not signed
    "extra unsigned fields in message and package": MalformedDocumentError,  # SDK: true
    "domain.version 9.9.9 signed": DomainMismatchError,  # SDK: true, it takes the version from the attestation
    "message.version 7 signed": MalformedDocumentError,  # SDK: true, it computes the uid with its own version
    "expired in 2001": ExpiredError,  # SDK: true, it checks no time
    "verifyingContract in lower case": MalformedDocumentError,  # SDK: throws
    "schema hex in upper case": MalformedDocumentError,  # SDK: false, the uid hashes the text
    "recipient missing": MalformedDocumentError,  # SDK: throws
}


def test_where_and_why_this_verifier_is_stricter_than_the_sdk() -> None:
    cases = json.loads(vectors("eas", "offchain-v2", "edge-cases.json").read_text())
    unseen = dict(STRICTER)
    for case in cases:
        why = next(why for why in unseen if case["why"].startswith(why))
        wanted = case["expectedDomain"]
        domain = Domain(wanted["version"], int(wanted["chainId"]), bytes.fromhex(wanted["verifyingContract"][2:]))
        document = {key: case[key] for key in case if key not in ("why", "sdk", "expectedDomain")}
        with pytest.raises(unseen.pop(why)):
            verify(attestation_json.from_json(document), domain=domain, now_s=1_790_003_700)
    assert not unseen


@settings(max_examples=40, deadline=None)
@given(MESSAGES)
def test_digest_and_signature_are_those_of_eth_account(message: Message) -> None:
    attestation = sign(message)
    document = attestation_json.to_json(attestation)["sig"]
    types, chain_id = document["types"], int(document["domain"]["chainId"])
    typed = {name: int(text) if name in ("time", "expirationTime") else text for name, text in document["message"].items()}
    signed = Account.sign_typed_data(KEY.secret, {**document["domain"], "chainId": chain_id}, types, typed)
    assert signed.message_hash == attestation.digest
    assert signed.signature == attestation.signature
    verify(attestation, domain=DOMAIN, now_s=None)
    assert attestation_json.from_json(attestation_json.to_json(attestation)) == attestation


def test_the_malleable_twin_of_a_signature_is_refused() -> None:
    attestation = sign()
    s = int.from_bytes(attestation.signature[32:64], "big")
    twin = attestation.signature[:32] + (ORDER - s).to_bytes(32, "big") + bytes([55 - attestation.signature[64]])
    with pytest.raises(SignatureError, match="upper half"):
        verify(replace(attestation, signature=twin), domain=DOMAIN, now_s=None)


@pytest.mark.parametrize("signature", [bytes(64), bytes(65), bytes(64) + b"\x1b", b"\xff" * 32 + bytes(31) + b"\x01\x1b"])
def test_a_malformed_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(SignatureError):
        verify(replace(sign(), signature=signature), domain=DOMAIN, now_s=None)


def test_expiry_counts_from_the_second_itself() -> None:
    attestation = sign(replace(MESSAGE, expiration_time=2_000_000_000))
    verify(attestation, domain=DOMAIN, now_s=1_999_999_999)
    with pytest.raises(ExpiredError):
        verify(attestation, domain=DOMAIN, now_s=2_000_000_000)


def test_a_signer_with_another_key_is_our_own_fault() -> None:
    with pytest.raises(MisuseError):
        Attestation.signed(MESSAGE, DOMAIN, bytes(20), sign_digest)
    with pytest.raises(FieldRangeError):
        Attestation.signed(replace(MESSAGE, data=bytes(8193)), DOMAIN, ATTESTER, sign_digest)


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every node of a document, root excluded."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, child in items for found in ((*path, key), *paths(child, (*path, key)))]


@pytest.mark.parametrize("wrong", [None, "", "0x", 0, -1, True, 2.0, [], {}, "0x00", "01", "x" * 70, "0X" + "0" * 64, "٣"])
def test_no_field_takes_another_form(wrong: Any) -> None:
    document = attestation_json.to_json(sign())
    for path in paths(document):
        altered = copy.deepcopy(document)
        node = altered
        for key in path[:-1]:
            node = node[key]
        if type(node[path[-1]]) is type(wrong) and node[path[-1]] == wrong:
            continue
        node[path[-1]] = wrong
        with pytest.raises(RefusedError):
            verify(attestation_json.from_json(altered), domain=DOMAIN, now_s=None)


@pytest.mark.parametrize("text", [b"", b"{", b"[" * 30_000, b'{"sig":1,"sig":2}', b"\xff", b" " * 40_000, b"[]", b"null", b"NaN"])
def test_what_is_no_attestation_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedDocumentError):
        attestation_json.loads(text)


def test_addresses_carry_the_checksum_of_eip_55() -> None:
    cases = json.loads(vectors("ethereum", "eip55.json").read_text())
    for address in (*cases["all_caps"], *cases["all_lower"], *cases["normal"]):
        assert to_checksum(bytes.fromhex(address[2:])) == address
