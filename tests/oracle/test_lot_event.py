"""A lot's event: one spelling, under its own hash, and valid by GS1's schema."""

from dataclasses import replace
from typing import Any

import pytest

from oracle.epcis.event_hash import event_hash, hash_uri
from oracle.errors import MalformedDocumentError
from oracle.lot_event import MAX_NAME, LotEvent, can_be_stated
from tests.oracle.bundle_fixture import LOT, START_MS
from tests.oracle.test_event import schema

EVENT = LotEvent(
    lot=LOT,
    lot_size=500,
    inspected=50,
    nonconforming=2,
    verdict=1,
    to_ms=START_MS,
    supplier="Mill 7",
    machine="press-2",
    policy=bytes(range(32)),
    read_point="https://id.gs1.org/414/9506000134307",
)


@pytest.mark.parametrize("changes", [{}, {"verdict": 0}, {"verdict": 2}, {"supplier": "", "machine": ""}, {"read_point": ""}])
def test_what_is_written_is_read_again_and_is_an_event_by_the_standard(changes: dict[str, Any]) -> None:
    event = replace(EVENT, **changes)
    document = event.to_json()
    assert LotEvent.from_json(document) == event
    assert document["eventID"] == hash_uri(event_hash(document))
    schema().validate(document)


@pytest.mark.parametrize(
    "changes",
    [
        {"eventTime": "2026-09-10T00:26:40Z"},
        {"eventID": f"ni:///sha-256;{bytes(32).hex()}?ver=CBV2.0"},
        {"recordTime": "2026-09-10T00:26:40.000Z"},
        {"aios:lotSize": 500.0},
        {"aios:lotSize": "500"},
        {"aios:nonconforming": True},
        {"aios:supplier": ""},
        {"aios:supplier": " Mill 7"},
        {"aios:supplier": "007"},
        {"aios:supplier": "a\nb"},
        {"aios:supplier": "x" * (MAX_NAME + 1)},
        {"aios:supplier": ["Mill 7"]},
        {"aios:policy": f"ni:///sha-256;{bytes(range(32)).hex().upper()}"},
        {"aios:policy": bytes(range(32)).hex()},
        {"aios:policy": None},
        {"quantityList": []},
        {"quantityList": [{"epcClass": LOT.uri, "quantity": 50, "uom": "KGM"}]},
        {"quantityList": [{"epcClass": "urn:epc:class:lgtin:9506000.013435.L42", "quantity": 50}]},
        {"persistentDisposition": {"set": ["conformant", "non_conformant"]}},
        {"persistentDisposition": {"set": ["https://ref.gs1.org/cbv/Disp-non_conformant"]}},
        {"readPoint": {"id": ""}},
        {"readPoint": {"id": "https://ID.gs1.org/414/9506000134307"}},
        {"@context": []},
    ],
)
def test_another_spelling_and_what_the_hash_does_not_see_is_refused(changes: dict[str, Any]) -> None:
    document = {**EVENT.to_json(), **changes}
    with pytest.raises(MalformedDocumentError, match=r"\$\.event: not (a lot's event|the one spelling)"):
        LotEvent.from_json(document, "$.event")


@pytest.mark.parametrize("document", [None, [], "event", {}, {"quantityList": 1}])
def test_what_is_no_event_is_refused(document: object) -> None:
    with pytest.raises(MalformedDocumentError):
        LotEvent.from_json(document)


@pytest.mark.parametrize(
    ("name", "can"), [("", True), ("Mühle 7", True), ("7", True), ("007", False), ("1.0", False), ("a ", False), ("x" * 81, False)]
)
def test_a_name_that_hashes_like_another_cannot_be_stated(name: str, can: bool) -> None:
    assert can_be_stated(name) is can
