import copy
import json
import math
from dataclasses import replace
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.epcis.event import MEASUREMENTS, ShipmentEvent, Summary, digest, summarize
from oracle.epcis.event_hash import hash_uri
from oracle.errors import MalformedDocumentError, MisuseError
from oracle.gs1 import sscc
from oracle.leaves import fixed_point
from tests.vectors import vectors

EVENT = ShipmentEvent(
    subject=sscc("10614141234567890"),
    from_ms=1_790_000_000_000,
    to_ms=1_790_259_200_123,
    verdict=1,
    read_point="https://id.gs1.org/414/9506000134307",
    summaries=(Summary("temperature", 2.25, 11.5, 5.333333333), Summary("humidity", 40.0, 62.5, 51.0)),
)


@cache
def schema() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(vectors("epcis", "EPCIS-JSON-Schema.json").read_text()))


@pytest.mark.parametrize("verdict", [0, 1, 2])
@pytest.mark.parametrize("read_point", ["", "https://id.gs1.org/414/9506000134307", "geo:52.5,13.4"])
def test_our_event_is_valid_epcis_2(verdict: int, read_point: str) -> None:
    event = ShipmentEvent(EVENT.subject, EVENT.from_ms, EVENT.to_ms, verdict, read_point, EVENT.summaries).to_json()
    document = {
        "@context": event["@context"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": event["eventTime"],
        "epcisBody": {"eventList": [{key: event[key] for key in event if key != "@context"}]},
    }
    schema().validate(document)
    schema().validate(event)


def test_every_quantity_is_a_measurement_type_of_the_standard() -> None:
    summaries = tuple(Summary(name, 1.0, 2.0, 1.5) for name in MEASUREMENTS)
    schema().validate(ShipmentEvent(EVENT.subject, 0, 1, 0, "", summaries).to_json())


def test_a_deadline_is_an_extension_under_a_prefix_of_its_own() -> None:
    document = replace(EVENT, deadline_ms=1_790_260_000_000).to_json()
    schema().validate(document)
    assert document["aios:deadline"] == "2026-09-24T14:26:40.000Z"
    assert document["@context"][1] == {"aios": "urn:x-aios:shipment:"}
    assert digest(document) != digest(EVENT.to_json()) != digest({**document, "aios:deadline": "2026-09-24T14:26:40.001Z"})
    assert ShipmentEvent.from_json(document) == replace(EVENT, deadline_ms=1_790_260_000_000)
    for another in ("2026-09-24T14:26:40Z", "1969-12-31T23:59:59.000Z", None, 1_790_260_000_000):
        with pytest.raises(MalformedDocumentError):
            ShipmentEvent.from_json({**document, "aios:deadline": another})


def test_the_event_names_itself_by_its_hash_and_comes_back() -> None:
    document = EVENT.to_json()
    assert document["eventID"] == hash_uri(digest(document))
    assert document["eventTime"] == "2026-09-24T14:13:20.123Z"
    assert ShipmentEvent.from_json(json.loads(json.dumps(document))) == EVENT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bizStep", "https://ref.gs1.org/cbv/BizStep-sensor_reporting"),  # same hash, other spelling
        ("epcList", ["https://example.com/00/106141412345678908"]),  # same hash, other host
        ("eventTime", "2026-09-24T16:13:20.123+02:00"),  # same hash, other zone
        ("recordTime", "2026-09-24T14:13:20.123Z"),  # not hashed
        ("eventID", "ni:///sha-256;00?ver=CBV2.0"),  # not hashed
        ("readPoint", {"id": "http://gln.example.com/414/9506000134307"}),
        ("readPoint", {"id": "https://id.gs1.org/414/9506000134307", "x:y": "1"}),
        ("epcList", []),
        ("sensorElementList", []),
        ("persistentDisposition", {"set": ["recalled"]}),
        ("type", "AggregationEvent"),
        ("@context", []),
    ],
)
def test_another_spelling_of_the_same_event_is_refused(field: str, value: Any) -> None:
    document = copy.deepcopy(EVENT.to_json())
    document[field] = value
    with pytest.raises(MalformedDocumentError):
        ShipmentEvent.from_json(document)


@pytest.mark.parametrize("value", ["4.5", True, None, [], math.inf, 10**400])
def test_a_summary_is_of_numbers(value: Any) -> None:
    changed = replace(EVENT.summaries[0], mean=value)
    with pytest.raises((MalformedDocumentError, MisuseError)):
        ShipmentEvent.from_json(replace(EVENT, summaries=(changed,)).to_json())


def test_a_quantity_is_summarized_once() -> None:
    repeated = replace(EVENT, summaries=EVENT.summaries * 2).to_json()
    with pytest.raises(MalformedDocumentError, match="summarized twice"):
        ShipmentEvent.from_json(repeated)


@pytest.mark.parametrize("document", [None, [], {}, {"epcList": 1}, "event"])
def test_what_is_no_event_is_refused(document: Any) -> None:
    with pytest.raises(MalformedDocumentError):
        ShipmentEvent.from_json(document)


@pytest.mark.parametrize(
    "read_point", ["dock 3", "https://example.com/414/9506000134307", "urn:epc:id:sgln:0614141.12345.0", "a:" + "b" * 200]
)
def test_a_read_point_in_another_form_is_our_own_fault(read_point: str) -> None:
    with pytest.raises(MisuseError):
        ShipmentEvent(EVENT.subject, 0, 1, 0, read_point, EVENT.summaries).to_json()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_a_summary_is_exact_and_does_not_depend_on_the_order(numbers: list[float]) -> None:
    summary = summarize("temperature", numbers)
    assert summary == summarize("temperature", sorted(numbers))
    assert fixed_point(summary.minimum) == min(map(fixed_point, numbers))
    assert fixed_point(summary.maximum) == max(map(fixed_point, numbers))
    assert summary.minimum <= summary.mean <= summary.maximum


def test_the_newest_handover_is_named_and_bound_by_the_hash() -> None:
    plain = replace(EVENT, custody=b"")
    named = replace(EVENT, custody=bytes(range(32)))
    assert ShipmentEvent.from_json(named.to_json()) == named
    assert digest(named.to_json()) != digest(plain.to_json())
    schema().validate(named.to_json())
    altered = named.to_json()
    altered["bizTransactionList"][0]["type"] = "inv"
    with pytest.raises(MalformedDocumentError):
        ShipmentEvent.from_json(altered)
