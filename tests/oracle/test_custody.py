import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from oracle import custody, custody_json
from oracle.custody import Handover, Terms
from oracle.custody_errors import (
    CustodyError,
    CustodyForkError,
    CustodyFutureError,
    CustodyHolderError,
    CustodyNumberError,
    CustodyPreviousError,
    CustodySamePartyError,
    CustodyShipmentError,
    CustodySignatureError,
    CustodyTimeError,
)
from oracle.errors import MalformedDocumentError, MisuseError
from oracle.gs1 import Key
from oracle.keccak import keccak256
from oracle.schemas import subject_id
from oracle.secret import SecretKey
from oracle.signature import address_of, lower_p256
from oracle.signer import LocalSigner

SHIPMENT = Key("00", "106141412345678908")
OTHER = Key("00", "340123450000000000")
SHIPPER, CARRIER, BUYER = (LocalSigner(SecretKey(bytes([n]) * 32)) for n in (1, 2, 3))
NOW_MS = 1_800_000_000_000
START_MS = NOW_MS - 3_600_000


def sign(terms: Terms, *signers: LocalSigner) -> Handover:
    handover = Handover(terms)
    for signer in signers:
        handover = handover.signed_by(signer.address, signer.sign_digest(terms.hash))
    return handover


def terms(chain: tuple[Handover, ...], giver: LocalSigner, taker: LocalSigner, **other: Any) -> Terms:
    agreed = {"giver_party": "https://id.gs1.org/417/9506000134352", "taker_party": "", "place": "Dock 4, Lyon", **other}
    time_ms = START_MS + 60_000 * len(chain)
    return custody.next_terms(
        chain, **({"shipment": SHIPMENT, "giver": giver.address, "taker": taker.address, "time_ms": time_ms} | agreed)
    )


def chain() -> tuple[Handover, ...]:
    first = sign(terms((), SHIPPER, CARRIER), SHIPPER, CARRIER)
    return (first, sign(terms((first,), CARRIER, BUYER), CARRIER, BUYER))


def test_a_chain_of_two_handovers_holds() -> None:
    custody.verify_chain(chain(), SHIPMENT, now_ms=NOW_MS)
    custody.verify_chain((), SHIPMENT, now_ms=NOW_MS)


def test_the_digest_is_that_of_a_general_typed_data_encoder() -> None:
    one = chain()[1].terms
    names = custody.HANDOVER_TYPE.removeprefix("Handover(").removesuffix(")").split(",")
    message = encode_typed_data(
        full_message={
            "types": {
                "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
                "Handover": [dict(zip(("type", "name"), name.split(" "), strict=True)) for name in names],
            },
            "domain": {"name": "AiOS Custody", "version": "1"},
            "primaryType": "Handover",
            "message": {
                "shipment": subject_id(one.shipment.uri),
                "number": one.number,
                "previous": one.previous,
                "giver": one.giver,
                "giverParty": one.giver_party,
                "taker": one.taker,
                "takerParty": one.taker_party,
                "time": one.time_ms,
                "place": one.place,
            },
        }
    )
    assert one.hash == keccak256(b"\x19" + message.version + message.header + message.body)


def test_a_party_may_sign_with_a_p256_key() -> None:
    key = ec.derive_private_key(7, ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    agreed = replace(terms((), SHIPPER, CARRIER), taker=address_of(point))
    r, s = decode_dss_signature(key.sign(agreed.hash, ec.ECDSA(Prehashed(SHA256()))))
    signed = sign(agreed, SHIPPER).signed_by(address_of(point), lower_p256(r.to_bytes(32, "big") + s.to_bytes(32, "big")) + point[1:])
    custody.verify_chain((signed,), SHIPMENT, now_ms=NOW_MS)
    assert custody_json.loads(custody_json.dumps(signed)) == signed


def changed(place: int, **other: Any) -> tuple[Handover, ...]:
    """Returns the chain with other terms at one place, signed by the same parties as before where they still are parties."""
    found = list(chain())
    altered = replace(found[place].terms, **other)
    signers = [s for s in (SHIPPER, CARRIER, BUYER) if s.address in (altered.giver, altered.taker)]
    found[place] = sign(altered, *signers)
    return tuple(found)


def forked() -> tuple[Handover, ...]:
    one, two = chain()
    return (one, two, sign(replace(two.terms, number=2, taker=SHIPPER.address, time_ms=two.terms.time_ms + 1), CARRIER, SHIPPER))


@pytest.mark.parametrize(
    ("made", "error", "path"),
    [
        (lambda: changed(1, shipment=OTHER), CustodyShipmentError, "$.custody[1].shipment"),
        (lambda: changed(1, number=2), CustodyNumberError, "$.custody[1].number"),
        (lambda: changed(0, number=1), CustodyNumberError, "$.custody[0].number"),
        (lambda: changed(1, previous=bytes(31) + b"\x01"), CustodyPreviousError, "$.custody[1].previous"),
        (lambda: changed(0, previous=bytes(31) + b"\x01"), CustodyPreviousError, "$.custody[0].previous"),
        (lambda: chain()[1:], CustodyPreviousError, "$.custody[0].previous"),
        (lambda: chain()[::-1], CustodyPreviousError, "$.custody[0].previous"),
        (forked, CustodyForkError, "$.custody[2].previous"),
        (lambda: (*chain(), chain()[1]), CustodyForkError, "$.custody[2].previous"),
        (lambda: changed(1, giver=SHIPPER.address), CustodyHolderError, "$.custody[1].giver"),
        (lambda: changed(1, taker=CARRIER.address), CustodySamePartyError, "$.custody[1].taker"),
        (lambda: changed(1, time_ms=START_MS), CustodyTimeError, "$.custody[1].time"),
        (lambda: changed(1, time_ms=START_MS - 1), CustodyTimeError, "$.custody[1].time"),
        (lambda: changed(1, time_ms=NOW_MS + custody.CLOCK_TOLERANCE_MS + 1), CustodyFutureError, "$.custody[1].time"),
        (lambda: (chain()[0], replace(chain()[1], taker_signature=b"")), CustodySignatureError, "$.custody[1].takerSignature"),
        (lambda: (replace(chain()[0], giver_signature=chain()[0].taker_signature),), CustodySignatureError, "$.custody[0].giverSignature"),
        (lambda: (replace(chain()[0], giver_signature=b"\x01" * 65),), CustodySignatureError, "$.custody[0].giverSignature"),
    ],
)
def test_contradictory_custody_is_refused_with_the_pointer(
    made: Callable[[], tuple[Handover, ...]], error: type[CustodyError], path: str
) -> None:
    with pytest.raises(error) as refused:
        custody.verify_chain(made(), SHIPMENT, now_ms=NOW_MS)
    assert refused.value.path == path
    assert str(refused.value).startswith(path)


def test_only_a_party_signs_and_only_with_its_own_key() -> None:
    agreed = terms((), SHIPPER, CARRIER)
    with pytest.raises(MisuseError, match="is no party"):
        sign(agreed, BUYER)
    with pytest.raises(CustodySignatureError, match="the taker is"):
        Handover(agreed).signed_by(CARRIER.address, SHIPPER.sign_digest(agreed.hash))


@given(
    field=st.sampled_from(["number", "previous", "giver", "giver_party", "taker", "taker_party", "time_ms", "place", "shipment"]),
    place=st.integers(0, 1),
)
def test_altering_any_field_after_signing_is_refused(field: str, place: int) -> None:
    found = list(chain())
    old = getattr(found[place].terms, field)
    new = {int: lambda: old + 1, str: lambda: old + "x", bytes: lambda: bytes([old[0] ^ 1]) + old[1:]}.get(type(old), lambda: OTHER)()
    found[place] = replace(found[place], terms=replace(found[place].terms, **{field: new}))
    with pytest.raises(CustodyError):
        custody.verify_chain(found, SHIPMENT, now_ms=NOW_MS)


def test_json_gives_back_what_was_written() -> None:
    half = sign(terms((), SHIPPER, CARRIER), SHIPPER)
    assert custody_json.loads(custody_json.dumps(half), complete=False) == half
    assert not half.complete
    assert custody_json.list_from_json(custody_json.list_to_json(chain())) == chain()
    assert custody_json.dumps(chain()[0]) == json.dumps(custody_json.to_json(chain()[0]), sort_keys=True, separators=(",", ":")).encode()


def document(**other: Any) -> dict[str, Any]:
    return custody_json.to_json(chain()[0]) | other


@pytest.mark.parametrize(
    ("made", "path"),
    [
        (list, "$"),
        (lambda: document(note=""), "$"),
        (lambda: {name: value for name, value in document().items() if name != "place"}, "$"),
        (lambda: document(shipment="https://id.gs1.org/00/106141412345678907"), "$.shipment"),
        (lambda: document(shipment="https://example.org/00/106141412345678908"), "$.shipment"),
        (lambda: document(shipment="https://id.gs1.org/01/09506000134352/10/A"), "$.shipment"),
        (lambda: document(shipment=7), "$.shipment"),
        (lambda: document(number=True), "$.number"),
        (lambda: document(number=-1), "$.number"),
        (lambda: document(time=1.5), "$.time"),
        (lambda: document(time=1 << 53), "$.time"),
        (lambda: document(previous="0x00"), "$.previous"),
        (lambda: document(giver=document()["giver"].lower()), "$.giver"),
        (lambda: document(taker=None), "$.taker"),
        (lambda: document(place="x" * 201), "$.place"),
        (lambda: document(giverParty="line\nbreak"), "$.giverParty"),
        (lambda: document(giverParty="\ud800"), "$.giverParty"),
        (lambda: document(takerSignature=None), "$.takerSignature"),
        (lambda: document(takerSignature={"r": "0x00"}), "$.takerSignature.v"),
    ],
)
def test_other_documents_are_refused_with_the_pointer(made: Callable[[], object], path: str) -> None:
    with pytest.raises(MalformedDocumentError) as refused:
        custody_json.from_json(made())
    assert refused.value.path == path


def test_a_file_is_bounded_and_has_one_spelling() -> None:
    text = custody_json.dumps(chain()[0])
    assert custody_json.loads(text + b"\n") == chain()[0]
    for bad in (b" " * 9000, b"{", text.replace(b":", b": ", 1), text.replace(b'"number":0', b'"number":0,"number":0'), b"[" * 8000):
        with pytest.raises(MalformedDocumentError):
            custody_json.loads(bad)
    with pytest.raises(MalformedDocumentError, match="at most 64"):
        custody_json.list_from_json([custody_json.to_json(chain()[0])] * 65)


def test_an_event_names_a_handover_in_one_spelling() -> None:
    digest = chain()[1].hash
    assert custody.from_transaction_uri(custody.transaction_uri(digest)) == digest
    for bad in ("urn:epc:id:gdti:1", custody.transaction_uri(digest).upper(), custody.transaction_uri(digest)[:-2]):
        with pytest.raises(MalformedDocumentError):
            custody.from_transaction_uri(bad)
