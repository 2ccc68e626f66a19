import json
import tarfile
from functools import cache
from typing import Any

import pytest

from oracle.epcis import values
from oracle.epcis.event_hash import Profile, event_hash, hash_uri, prehash
from oracle.errors import MalformedDocumentError
from tests.vectors import vectors

FOLDER = "ralphtro-master/tests/examples/"


@cache
def examples() -> dict[str, dict[str, Any]]:
    with tarfile.open(vectors("epcis", "generator-examples.tar.gz")) as archive:
        names = [name for name in archive.getnames() if name.endswith((".jsonld", ".json"))]
        return {name: json.loads(archive.extractfile(name).read()) for name in names}  # type: ignore[union-attr]


def events(document: dict[str, Any]) -> list[dict[str, Any]]:
    if "epcisBody" not in document:
        return [document]
    body = document["epcisBody"]
    found = body["queryResults"]["resultsBody"]["eventList"] if "queryResults" in body else body.get("eventList", body.get("event"))
    return found if isinstance(found, list) else [found]


WORKED = json.loads(vectors("epcis", "worked-examples.json").read_text())


@pytest.mark.parametrize("case", WORKED)
def test_the_worked_examples_of_the_standard(case: str) -> None:
    name, profile = case.split("|")
    document = examples()[f"{FOLDER}{name}.jsonld"]
    (event,) = events(document)
    assert prehash(event, profile=Profile(profile), context=document["@context"]) == WORKED[case]["prehash"]
    assert hash_uri(event_hash(event, profile=Profile(profile), context=document["@context"]), Profile(profile)) == WORKED[case]["hash"]


AGREEING = json.loads(vectors("epcis", "agreeing-documents.json").read_text())["documents"]


def test_documents_on_which_all_generators_agree() -> None:
    checked = 0
    for path, expected in AGREEING.items():
        document = examples().get(f"ralphtro-master/tests/{path.split('/', 1)[1]}") or examples().get(FOLDER + path.rsplit("/", 1)[-1])
        if document is None:
            continue
        for profile in Profile:
            digests = [event_hash(event, profile=profile, context=document["@context"]).hex() for event in events(document)]
            assert digests == expected, path
        checked += 1
    assert checked >= 5


def test_extensions_stand_at_the_end_in_2_0_and_in_place_in_2_1() -> None:
    event = {
        "@context": [{"x": "https://ns.example.com/"}],
        "type": "ObjectEvent",
        "sensorElementList": [
            {"sensorMetadata": {"x:a": 1}, "sensorReport": [{"component": "x", "time": "2020-01-01T00:00:00Z", "x:b": True}], "x:c": "d"}
        ],
        "ilmd": {"x:lot": "7"},
        "y:unknown": {"#text": "t", "y:z": [1, 2]},
    }
    report = "sensorReporttime=2020-01-01T00:00:00.000Zcomponent=https://ref.gs1.org/cbv/Comp-x"
    last = "y:unknown=ty:z=1y:z=2"
    assert prehash(event) == (
        f"eventType=ObjectEventsensorElementsensorMetadata{report}"
        "sensorElementsensorMetadata{https://ns.example.com/}a=1sensorReport{https://ns.example.com/}b=true{https://ns.example.com/}c=d"
        f"ilmd{{https://ns.example.com/}}lot=7{last}"
    )
    assert prehash(event, profile=Profile.CBV_2_1) == (
        "eventType=ObjectEventsensorElementListsensorElementsensorMetadata{https://ns.example.com/}a=1"
        f"{report}{{https://ns.example.com/}}b=true{{https://ns.example.com/}}c=d"
        f"ilmd{{https://ns.example.com/}}lot=7{last}"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-03-04T11:00:30+01:00", "2020-03-04T10:00:30.000Z"),
        ("2020-03-04T11:00:30.0005+01:00", "2020-03-04T10:00:30.001Z"),
        ("2020-12-31T23:59:59.9996Z", "2021-01-01T00:00:00.000Z"),
        ("2020-03-04T10:00:30.1424999Z", "2020-03-04T10:00:30.142Z"),
    ],
)
def test_times_round_half_up_and_carry(text: str, expected: str) -> None:
    assert values.time(text) == expected


@pytest.mark.parametrize("text", ["2020-03-04T10:00:30", "2020-13-04T10:00:30Z", "yesterday", "0001-01-01T00:00:00+23:00", ""])
def test_a_time_without_zone_or_sense_is_refused(text: str) -> None:
    with pytest.raises(MalformedDocumentError):
        values.time(text)


@pytest.mark.parametrize(
    ("value", "expected"), [(25.60, "25.6"), ("007.50", "7.5"), (1e-7, "0.0000001"), (True, "true"), (" x ", "x"), (-4, "-4")]
)
def test_numbers_are_shortest_plain_decimals(value: object, expected: str) -> None:
    assert values.text(value) == expected


def test_terms_are_expanded_from_words_urns_and_left_as_uris() -> None:
    expected = "https://ref.gs1.org/cbv/BizStep-departing"
    assert {values.term(text, "BizStep-") for text in ("departing", "urn:epcglobal:cbv:bizstep:departing", expected)} == {expected}
    assert values.gs1_term("gs1:Temperature", "https://gs1.org/voc/") == "https://gs1.org/voc/Temperature"


@pytest.mark.parametrize(
    "event",
    [
        {"epcList": "x"},
        {"readPoint": "x"},
        {"sensorElementList": [1]},
        {"eventTime": [1]},
        {"quantityList": [1]},
        {"epcList": [None]},
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": {"k": {"l": {"m": {"n": {"o": {"p": 1}}}}}}}}}}}}}}}},
    ],
)
def test_an_event_of_another_shape_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocumentError):
        prehash({"type": "ObjectEvent", **event})
