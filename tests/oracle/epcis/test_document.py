"""Documents in and out: what is captured, what is refused, and that the refusal names the field."""

import copy
import json
import random
from typing import Any

import jsonschema
import pytest

from oracle.epcis import document as documents
from oracle.epcis import units
from oracle.epcis.document import EpcisRefusedError, read
from oracle.epcis.event import MEASUREMENTS, ShipmentEvent, Summary
from oracle.epcis.event_hash import event_hash, hash_uri
from oracle.gs1 import sscc
from tests.oracle.epcis.events import document, event
from tests.oracle.epcis.examples import example, examples
from tests.vectors import vectors

NOW_MS = 1_795_800_000_000
CONFLICTING = ("epcisDocHavingEventWithIgnoreFields", "epcisQueryDocHavingEventWithIgnoreFields")
"""Examples that give two different events one eventID."""
CLASSES = "epclist_normalisation"
"""An example that lists classes of things among EPCs, to show how they are normalised."""


def raw(value: Any) -> bytes:
    return json.dumps(value).encode()


def refused(value: Any, *, now_ms: int | None = NOW_MS) -> list[str]:
    with pytest.raises(EpcisRefusedError) as refusal:
        read(value if isinstance(value, bytes) else raw(value), now_ms=now_ms)
    assert refusal.value.path == refusal.value.problems[0].pointer
    return [problem.pointer for problem in refusal.value.problems]


@pytest.mark.parametrize("name", examples(), ids=lambda name: name.rsplit("/", 1)[-1])
def test_every_official_example_is_read_or_refused_for_a_fact(name: str) -> None:
    if any(f"/{word}." in name for word in (*CONFLICTING, CLASSES)):
        assert refused(examples()[name], now_ms=None)
        return
    found = read(examples()[name])
    given = json.loads(examples()[name])
    stated = [one for _, one in documents.located(given)]
    assert [one.digest for one in found.events] == [event_hash(one, context=given["@context"]) for one in stated]
    for one in found.events:
        assert event_hash(one.json) == one.digest


def test_generated_documents_come_back_from_both_kinds_of_document() -> None:
    rng = random.Random(5)
    first = read(raw(document([event(rng, number) for number in range(50)])), now_ms=NOW_MS)
    assert {one.kind for one in first.events} == {
        "ObjectEvent",
        "AggregationEvent",
        "TransactionEvent",
        "TransformationEvent",
        "AssociationEvent",
    }
    schema = jsonschema.Draft7Validator(json.loads(vectors("epcis", "EPCIS-JSON-Schema.json").read_text()))
    for written in (documents.write(first.events, created_ms=NOW_MS), documents.write_query(first.events, created_ms=NOW_MS)):
        schema.validate(written)
        again = read(raw(written), now_ms=NOW_MS)
        assert [(one.id, one.digest, one.error, one.time_ms) for one in again.events] == [
            (one.id, one.digest, one.error, one.time_ms) for one in first.events
        ]


def test_an_event_without_an_id_is_named_by_its_hash() -> None:
    found = read(raw(example("ReferenceEventHashAlgorithm"))).events[0]
    assert found.id == hash_uri(found.digest)
    assert found.time_ms == 1_583_316_030_000


def test_our_own_event_stands_alone_and_is_read() -> None:
    summaries = tuple(Summary(name, 1.0, 2.0, 1.5) for name in MEASUREMENTS)
    ours = ShipmentEvent(sscc("10614141234567890"), NOW_MS - 1000, NOW_MS, 1, "https://id.gs1.org/414/9506000134307", summaries).to_json()
    found = read(raw(ours), now_ms=NOW_MS)
    assert (found.kind, found.events[0].id) == ("ObjectEvent", ours["eventID"])
    assert [mark.pointer for mark in found.events[0].marks] == ["$.sensorElementList[0]"]


def test_an_error_declaration_has_the_hash_of_what_it_is_about() -> None:
    given = example("ReferenceEventHashAlgorithm")
    right = given["epcisBody"]["eventList"][0] | {"eventID": "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"}
    wrong = right | {"errorDeclaration": {"declarationTime": "2020-04-01T00:00:00Z", "reason": "incorrect_data"}}
    given["epcisBody"]["eventList"] = [right, wrong]
    first, second = read(raw(given)).events
    assert (first.digest, first.id) == (second.digest, second.id)
    assert (first.error, second.error) == ("", '{"declarationTime":"2020-04-01T00:00:00Z","reason":"incorrect_data"}')


def test_two_different_events_of_one_id_are_refused_whole() -> None:
    given = example("ReferenceEventHashAlgorithm")
    one = given["epcisBody"]["eventList"][0] | {"eventID": "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"}
    given["epcisBody"]["eventList"] = [one, one]
    assert len(read(raw(given)).events) == 2
    given["epcisBody"]["eventList"] = [one, one | {"action": "DELETE"}]
    assert refused(given) == ["$.epcisBody.eventList[1].eventID"]


def test_an_id_that_claims_to_be_a_hash_and_is_not_is_marked() -> None:
    given = example("ReferenceEventHashAlgorithm")
    given["epcisBody"]["eventList"][0]["eventID"] = f"ni:///sha-256;{'0' * 64}?ver=CBV2.0"
    (mark,) = read(raw(given)).events[0].marks
    assert mark.pointer == "$.epcisBody.eventList[0].eventID"


E = "$.epcisBody.eventList[0]"
SENSED: dict[str, Any] = {
    "type": "Temperature", "value": 26, "uom": "CEL", "deviceMetadata": "https://id.gs1.org/8004/4000001111", "minValue": 1, "maxValue": 3,
}  # fmt: skip


def sensing(**changed: Any) -> dict[str, Any]:
    given = example("ReferenceEventHashAlgorithm2")
    report = {name: value for name, value in (SENSED | changed).items() if value is not None}
    given["epcisBody"]["eventList"][0]["sensorElementList"] = [{"sensorReport": [report]}]
    return given


R = f"{E}.sensorElementList[0].sensorReport[0]"


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"uom": "XYZ"}, f"{R}.uom"),
        ({"uom": "celsius"}, f"{R}.uom"),
        ({"uom": "KGM"}, f"{R}.uom"),
        ({"type": "gs1:Angle"}, f"{R}.uom"),
        ({"type": "https://ref.gs1.org/voc/Speed"}, f"{R}.uom"),
        ({"uom": None}, f"{R}.uom"),
        ({"minValue": 4}, R),
        ({"meanValue": 4}, R),
        ({"sDev": -1}, f"{R}.sDev"),
        ({"percRank": 101}, f"{R}.percRank"),
        ({"time": "2030-01-01T00:00:00Z"}, f"{R}.time"),
        ({"deviceID": "https://id.gs1.org/8003/04012345000222334455"}, f"{R}.deviceID"),
    ],
)
def test_a_sensor_report_that_cannot_be_true_is_refused(changed: dict[str, Any], pointer: str) -> None:
    assert read(raw(sensing()), now_ms=NOW_MS).events
    assert refused(sensing(**changed)) == [pointer]


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("eventTime",), "2030-01-01T00:00:00Z", "eventTime"),
        (("recordTime",), "2030-01-01T00:00:00Z", "recordTime"),
        (("errorDeclaration",), {"declarationTime": "2030-01-01T00:00:00Z"}, "errorDeclaration.declarationTime"),
        (("epcList",), ["https://id.gs1.org/00/106141412345678909"], "epcList[0]"),
        (("epcList",), ["https://example.com/01/9506000134353/21/A"], "epcList[0]"),
        (("epcList",), ["urn:epc:id:sscc:0614141.123456789"], "epcList[0]"),
        (("epcList",), ["urn:epc:class:lgtin:4012345.012345.998877"], "epcList[0]"),
        (("epcList",), ["https://id.gs1.org/01/09506000134352"], "epcList[0]"),
        (("readPoint",), {"id": "https://id.gs1.org/414/9506000134308"}, "readPoint.id"),
        (("quantityList",), [{"epcClass": "urn:epc:id:sgtin:4012345.012345.9"}], "quantityList[0].epcClass"),
        (("quantityList",), [{"epcClass": "urn:x:y", "quantity": -1}], "quantityList[0].quantity"),
        (("quantityList",), [{"epcClass": "urn:x:y", "quantity": 1, "uom": "ZZ9"}], "quantityList[0].uom"),
        (("persistentDisposition",), {"set": ["damaged"], "unset": ["https://ref.gs1.org/cbv/Disp-damaged"]}, "persistentDisposition"),
        (("bizTransactionList",), [{"bizTransaction": "https://id.gs1.org/253/4012345111119"}], "bizTransactionList[0].bizTransaction"),
    ],
)
def test_an_event_that_cannot_be_true_is_refused(path: tuple[str, ...], value: Any, pointer: str) -> None:
    given = example("ReferenceEventHashAlgorithm3")
    given["epcisBody"]["eventList"][0][path[0]] = value
    assert refused(given) == [f"{E}.{pointer}"]


def test_a_thing_is_not_packed_into_itself_and_an_event_does_not_correct_itself() -> None:
    rng = random.Random(1)
    packed = next(one for one in (event(rng, number) for number in range(20)) if one["type"] == "AggregationEvent")
    packed["parentID"] = "urn:epc:id:sscc:0614141.1234567890"
    packed["childEPCs"] = ["https://example.com/00/106141412345678908"]
    packed["eventID"] = "urn:uuid:1"
    packed["errorDeclaration"] = {"declarationTime": "2026-01-01T00:00:00Z", "correctiveEventIDs": ["urn:uuid:1"]}
    assert refused(document([packed])) == [f"{E}.parentID", f"{E}.errorDeclaration.correctiveEventIDs"]


def test_sensing_ends_after_it_began() -> None:
    given = sensing()
    times = {"startTime": "2020-04-01T14:00:00+02:00", "endTime": "2020-04-01T12:00:00Z"}
    given["epcisBody"]["eventList"][0]["sensorElementList"][0]["sensorMetadata"] = times
    assert read(raw(given)).events
    times["endTime"] = "2020-04-01T11:59:59Z"
    assert refused(given) == [f"{E}.sensorElementList[0].sensorMetadata.endTime"]


def test_without_a_clock_nothing_is_future() -> None:
    given = example("ReferenceEventHashAlgorithm3")
    given["epcisBody"]["eventList"][0]["eventTime"] = "2999-01-01T00:00:00Z"
    assert read(raw(given)).events


def test_an_extension_s_event_is_not_recorded() -> None:
    alone = {"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"], **event(random.Random(1), 0)}
    assert read(raw(alone)).kind == "ObjectEvent"
    assert refused(alone | {"type": "example:Sighting"}) == ["$.type"]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"\xff", b"[1]", b'{"type":"EPCISDocument","type":"EPCISDocument"}', b'{"a":NaN}', b"[" * 100_000,
        b'{"a":' * 60 + b"1" + b"}" * 60,
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(data: bytes) -> None:
    assert refused(data)


def test_size_and_number_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    many = document([event(random.Random(1), 0)] * 3)
    monkeypatch.setattr(documents, "MAX_EVENTS", 2)
    assert refused(many) == ["$.epcisBody.eventList[2]"]
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    assert refused(many) == ["$"]


def test_a_thousand_problems_are_not_all_listed() -> None:
    many = document([{"type": "ObjectEvent"}] * 1000)
    with pytest.raises(EpcisRefusedError, match="and many more") as refusal:
        read(raw(many))
    assert len(refusal.value.problems) == documents.MAX_PROBLEMS


@pytest.mark.parametrize("value", [1e400, 10**30, -(10**30)])
def test_numbers_that_json_readers_disagree_about_are_refused(value: float) -> None:
    given = copy.deepcopy(example("ReferenceEventHashAlgorithm3"))
    given["epcisBody"]["eventList"][0]["example:number"] = value
    text = json.dumps(given).replace("Infinity", "1e999").encode()
    assert refused(text) == [E]


def test_units_are_codes_and_belong_to_types() -> None:
    assert units.fits("Temperature", "CEL")
    assert units.fits("Dimensionless", "C35")
    assert not units.fits("Temperature", "KGM")
    assert not units.fits("Dimensionless", "ZZ9")
    assert units.measured_by("KGM") == ("Mass",)
    assert units.measured_by("ZZ9") == ()
    for name, measurement in MEASUREMENTS.items():
        assert units.fits(measurement.term, measurement.uom), name
