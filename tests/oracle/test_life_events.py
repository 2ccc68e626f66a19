import json
from functools import cache
from typing import Any

import jsonschema
import pytest

from oracle.custody import Handover, Terms, transaction_uri
from oracle.epcis import document, life
from oracle.epcis.document import EpcisRefusedError
from oracle.epcis.event_hash import event_hash, hash_uri
from oracle.gs1 import Key
from tests.vectors import vectors

SUBJECT = Key("00", "106141412345678908")
AT = 1_790_000_000_000
PLACE = "https://id.gs1.org/414/9506000134352"
HANDOVER = Handover(
    Terms(
        shipment=SUBJECT,
        number=0,
        previous=bytes(32),
        giver=b"\x01" * 20,
        giver_party="https://id.gs1.org/417/9506000134352",
        taker=b"\x02" * 20,
        taker_party="a lorry",
        time_ms=AT,
        place=PLACE,
    )
)
EVENTS = {
    "commissioned": life.commissioned(SUBJECT, AT, PLACE),
    "packed": life.packed(
        SUBJECT,
        AT,
        PLACE,
        items=["https://id.gs1.org/01/09506000134352/21/7"],
        quantities=[{"epcClass": "https://id.gs1.org/01/09506000134352/10/L42", "quantity": 12.5, "uom": "KGM"}],
    ),
    "attached": life.attached(SUBJECT, AT, "reefer-1"),
    "detached": life.detached(SUBJECT, AT, "reefer-1"),
    "handed over": life.handed_over(HANDOVER),
    "departed": life.departed(SUBJECT, AT),
    "received": life.received(SUBJECT, AT, "not a URI"),
    "disputed": life.disputed(SUBJECT, AT, PLACE),
    "declared wrong": life.declared_wrong(life.received(SUBJECT, AT), AT + 1, ["ni:///sha-256;00?ver=CBV2.0"]),
}


@cache
def schema() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(vectors("epcis", "EPCIS-JSON-Schema.json").read_text()))


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_is_valid_epcis_and_named_by_its_hash(name: str) -> None:
    event = EVENTS[name]
    schema().validate(event)
    (read,) = document.read(json.dumps(event).encode()).events
    assert read.id == event["eventID"] == hash_uri(event_hash(event))
    assert read.time_ms == AT


def test_each_says_something_else() -> None:
    assert len({event_hash(event) for name, event in EVENTS.items() if name != "declared wrong"}) == len(EVENTS) - 1


def test_an_error_declaration_leaves_the_hash_as_it_was() -> None:
    assert event_hash(EVENTS["declared wrong"]) == event_hash(life.received(SUBJECT, AT))


def test_a_handover_names_the_parties_and_its_hash() -> None:
    event: dict[str, Any] = EVENTS["handed over"]
    assert event["bizTransactionList"][0]["bizTransaction"] == transaction_uri(HANDOVER.hash)
    assert event["sourceList"][0]["source"] == "https://id.gs1.org/417/9506000134352"
    assert event["destinationList"][0]["destination"] == "urn:aios:key:" + "02" * 20
    assert "readPoint" not in EVENTS["received"]


def test_a_wrong_check_digit_inside_is_refused_with_its_place() -> None:
    wrong = life.packed(SUBJECT, AT, items=["https://id.gs1.org/01/09506000134353/21/7"])
    with pytest.raises(EpcisRefusedError) as refused:
        document.read(json.dumps(wrong).encode())
    assert "childEPCs[0]" in refused.value.path
