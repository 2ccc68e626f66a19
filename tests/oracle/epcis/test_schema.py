"""Our verdict about shape against GS1's own JSON schema, over every example, generated events and thousands of mutations of both."""

import copy
import json
import random
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import jsonschema
import pytest

from oracle.epcis import schema, vocabulary
from tests.oracle.epcis.events import document, event
from tests.oracle.epcis.examples import example, examples
from tests.vectors import vectors

JUNK: tuple[Any, ...] = (
    None, True, 0, -1.5, "", "x", "departing", "urn:x:y", "https://example.com/a", "https://gs1.org/voc/Temperature", [], {}, ["a"],
    ["urn:a:b", "urn:a:b"], "2020-01-01T00:00:00Z", "2020-01-01T00:00:00", "+01:00", "ADD", "DELETE", "ObjectEvent", "TransactionEvent",
    "TransformationEvent", "AssociationEvent", "Temperature", "ABCD", "urn:epcglobal:cbv:bizstep:x", [{"id": "urn:a:b"}],
)  # fmt: skip
NAMES = (
    "foo", "example:foo", "parentID", "ilmd", "action", "persistentDisposition", "epcList", "childEPCs", "readPoint", "@id",
    "transformationID", "uom", "id", "inputQuantityList", "set",
)  # fmt: skip

FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("uri")
def _uri(value: object) -> bool:
    return not isinstance(value, str) or re.match(r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$", value) is not None


@FORMATS.checks("date-time")
def _date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


@cache
def gs1_text() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(vectors("epcis", "EPCIS-JSON-Schema.json").read_text())
    return parsed


@cache
def gs1() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(gs1_text(), format_checker=FORMATS)


def bases() -> list[dict[str, Any]]:
    rng = random.Random(4)
    alone = [{"@context": document([])["@context"], **event(rng, number)} for number in range(20)]
    return [*(json.loads(raw) for raw in examples().values()), *alone]


@pytest.mark.parametrize("name", examples(), ids=lambda name: name.rsplit("/", 1)[-1])
def test_every_official_example_has_the_right_shape(name: str) -> None:
    assert list(schema.problems(json.loads(examples()[name]))) == []


@pytest.mark.parametrize("rounds", [5, pytest.param(25, marks=[pytest.mark.slow, pytest.mark.arithmetic])])
def test_mutations_get_the_verdict_of_gs1_s_own_schema(rounds: int) -> None:
    rng = random.Random(20261127)
    verdicts = {True: 0, False: 0}
    for base in bases() * rounds:
        mutated = _mutated(rng, base)
        expected = gs1().is_valid(mutated)
        verdicts[expected] += 1
        assert (not list(schema.problems(mutated))) is expected, json.dumps(mutated)
    assert min(verdicts.values()) > 4 * rounds


@pytest.mark.parametrize("document", [None, [], {}, "ObjectEvent", 1, {"type": 1}, {"type": "Foo"}, {"type": "EPCISDocument"}])
def test_what_is_no_document_is_refused_as_gs1_does(document: Any) -> None:
    assert not gs1().is_valid(document)
    assert list(schema.problems(document))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bizStep", vocabulary.BIZ_STEPS),
        ("disposition", vocabulary.DISPOSITIONS),
        ("bizTransaction-type", vocabulary.BIZ_TRANSACTIONS),
        ("source-dest-type", vocabulary.SOURCES),
        ("error-reason", vocabulary.ERROR_REASONS),
        ("sensorAlertType", vocabulary.ALERTS),
        ("component", vocabulary.COMPONENTS),
        ("measurementType", vocabulary.MEASUREMENT_TYPES),
    ],
)
def test_the_vocabularies_are_those_of_the_standard(name: str, words: frozenset[str]) -> None:
    (stated,) = [entry["enum"] for entry in gs1_text()["definitions"][name]["anyOf"] if "enum" in entry]
    assert words == frozenset(stated)


E = "$.epcisBody.eventList[0]"


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("schemaVersion",), "two", "$.schemaVersion"),
        (("@context",), 7, "$.@context"),
        (("foo",), 7, "$.foo"),
        (("epcisBody", "eventList"), {}, "$.epcisBody.eventList"),
        (("epcisBody", "eventList", 0, "eventTime"), "2020-03-04T11:00:30", f"{E}.eventTime"),
        (("epcisBody", "eventList", 0, "eventTimeZoneOffset"), "+15:00", f"{E}.eventTimeZoneOffset"),
        (("epcisBody", "eventList", 0, "epcList", 1), 7, f"{E}.epcList[1]"),
        (("epcisBody", "eventList", 0, "epcList", 1), "urn:epc:id:sgtin:0614141.011111.987", f"{E}.epcList[1]"),
        (("epcisBody", "eventList", 0, "action"), "LOOK", f"{E}.action"),
        (("epcisBody", "eventList", 0, "bizStep"), "vanishing", f"{E}.bizStep"),
        (("epcisBody", "eventList", 0, "readPoint", "id"), "dock 3", f"{E}.readPoint.id"),
        (("epcisBody", "eventList", 0, "bizTransactionList", 0, "type"), "receipt", f"{E}.bizTransactionList[0].type"),
        (("epcisBody", "eventList", 0, "bizTransactionList", 0, "note"), "x", f"{E}.bizTransactionList[0].note"),
        (("epcisBody", "eventList", 0, "sourceList", 0, "source"), None, f"{E}.sourceList[0].source"),
        (("epcisBody", "eventList", 0, "persistentDisposition"), {}, f"{E}.persistentDisposition"),
        (("epcisBody", "eventList", 0, "ilmd"), {}, f"{E}.ilmd"),
        (("epcisBody", "eventList", 0, "parentID"), "urn:x:y", f"{E}.parentID"),
        (("epcisBody", "eventList", 0, "two words"), 1, f"{E}['two words']"),
        (("epcisBody", "eventList", 0, "type"), "Event", f"{E}.type"),
    ],
)
def test_a_refusal_points_to_the_field(path: tuple[str | int, ...], value: Any, pointer: str) -> None:
    changed: Any = example("ReferenceEventHashAlgorithm3")
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    if path[-1] == 1:
        inner.append(value)
    else:
        inner[path[-1]] = value
    assert pointer in [problem.pointer for problem in schema.problems(changed)]


@pytest.mark.parametrize(
    ("kind", "field", "pointer"),
    [
        ("ObjectEvent", "epcList", "$"),
        ("AggregationEvent", "childEPCs", "$"),
        ("TransactionEvent", "bizTransactionList", "$.bizTransactionList"),
        ("TransformationEvent", "inputEPCList", "$"),
        ("AssociationEvent", "parentID", "$.parentID"),
        ("ObjectEvent", "@context", "$.@context"),
        ("ObjectEvent", "eventTime", "$.eventTime"),
    ],
)
def test_an_event_that_does_not_say_what_it_is_about_is_refused(kind: str, field: str, pointer: str) -> None:
    rng = random.Random(7)
    found = next(one for one in (event(rng, number) for number in range(100)) if one["type"] == kind and field in {*one, "@context"})
    names = ("quantityList", "childQuantityList", "inputQuantityList", "transformationID", "sensorElementList")
    if kind != "TransactionEvent":
        found = {name: value for name, value in found.items() if name not in names}
    if "action" in found:
        found["action"] = "ADD"
    found = {"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"], **found}
    assert list(schema.problems(found)) == []
    del found[field]
    assert pointer in [problem.pointer for problem in schema.problems(found)]


def _mutated(rng: random.Random, base: dict[str, Any]) -> dict[str, Any]:
    mutated = copy.deepcopy(base)
    for _ in range(rng.choice((1, 1, 2))):
        path = rng.choice([path for path in _paths(mutated) if path and path[0] != "@context"])
        inner: Any = mutated
        for name in path[:-1]:
            inner = inner[name]
        last, dice = path[-1], rng.random()
        if dice < 0.4:
            inner[last] = copy.deepcopy(rng.choice(JUNK))
        elif dice < 0.6 and isinstance(inner, dict):
            inner[rng.choice(NAMES)] = copy.deepcopy(rng.choice(JUNK))
        elif dice < 0.8 and len(mutated) > 1:
            del inner[last]
        elif isinstance(inner, list):
            inner.append(copy.deepcopy(inner[last]))
        else:
            inner[f"{last}x"] = inner.pop(last)
    return mutated


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from _paths(child, (*path, name))
