"""Targets of the oracle: what parties, scanners and the gateway's own processes hand over."""

import json
from collections.abc import Iterator
from contextlib import suppress

from oracle import attestation_json, custody, custody_json, gs1_epc, gs1_tag
from oracle.attestation import verify
from oracle.errors import OracleError, RefusedError
from oracle.gs1 import SSCC, Key
from oracle.gs1_elements import Elements
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.signing import wire
from oracle.signing.statements import HandoverRequest, examine
from tests.oracle.bundle_fixture import shipment

LINK = "https://id.gs1.org/01/09506000134352/10/L42/21/7"
TAG = "urn:epc:tag:sgtin-96:1.0614141.812345.6789"


def handover(data: bytes) -> None:
    """A file of a handover is read in the one spelling in which it is written; its chain holds or is refused."""
    try:
        found = custody_json.loads(data, complete=False)
    except RefusedError:
        return
    assert custody_json.dumps(found) == data.strip()
    with suppress(RefusedError):
        custody.verify_chain([found], found.terms.shipment, now_ms=1_795_800_000_000)


def attestation(data: bytes) -> None:
    try:
        found = attestation_json.loads(data)
    except RefusedError:
        return
    assert attestation_json.loads(json.dumps(attestation_json.to_json(found)).encode()) == found
    with suppress(RefusedError):
        verify(found, domain=None, now_s=None)


def signer_request(data: bytes) -> None:
    """What the signer takes in is understood whole, or refused before a rule looks at it."""
    try:
        question = wire.question(data)
    except OracleError:
        return
    assert wire.question(wire.frame(question)[wire.HEAD :]) == question
    if not isinstance(question, wire.Describe):
        for words in (1, 3):
            with suppress(OracleError):
                examine(question, words)


def gs1(data: bytes) -> None:
    """Scans, brackets, links, URNs and tags; what is understood has one spelling in each."""
    text = data.decode(errors="replace")
    for read in (Elements.from_scan, Elements.from_brackets, Elements.from_link, gs1_epc.elements):
        try:
            found = read(text)
        except OracleError:
            continue
        assert Elements.from_brackets(found.brackets) == found
        assert Elements.from_scan(found.scan) == found
    with suppress(OracleError):
        assert Key.from_path(text).path == text
    with suppress(OracleError):
        assert gs1_tag.encode(gs1_tag.decode(data)) == data


def _signed() -> custody.Handover:
    giver, taker = (LocalSigner(SecretKey(bytes([number]) * 32)) for number in (1, 2))
    terms = custody.next_terms(
        [], shipment=Key(SSCC, "106141412345678908"), giver=giver.address, giver_party="plant", taker=taker.address, taker_party="",
        time_ms=1_795_700_000_000, place="",
    )  # fmt: skip
    found = custody.Handover(terms)
    for party in (giver, taker):
        found = found.signed_by(party.address, party.sign_digest(terms.hash))
    return found


def handover_seeds() -> Iterator[bytes]:
    """Returns a handover that both have signed, and one without signatures."""
    yield custody_json.dumps(_signed())
    yield custody_json.dumps(custody.Handover(_signed().terms))


def attestation_seeds() -> Iterator[bytes]:
    """Returns an attestation about a shipment."""
    yield json.dumps(attestation_json.to_json(shipment().bundle.attestation)).encode()


def signer_request_seeds() -> Iterator[bytes]:
    """Returns a greeting and the terms of a handover."""
    for question in (wire.Describe(wire.VERSION), HandoverRequest(_signed().terms)):
        yield wire.frame(question)[wire.HEAD :]


def gs1_seeds() -> Iterator[bytes]:
    """Returns each spelling once."""
    found = Elements.from_link(LINK)
    yield LINK.encode()
    yield found.brackets.encode()
    yield found.scan.encode()
    yield b"urn:epc:id:sgtin:0614141.812345.6789"
    yield b"00/106141412345678908"
    yield gs1_tag.encode(TAG)
