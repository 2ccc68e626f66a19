"""Captured events stand once, whole documents or nothing, and are found by what they are about."""

import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import EventConflictError
from gateway.store import epcis
from gateway.store.migrations import migrate, shipped
from oracle.epcis.document import Event, read
from oracle.epcis.query import Query, matches
from tests.gateway.store.helpers import NOW_MS
from tests.oracle.epcis.events import document, event


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrate(made, Path("memory"), shipped(), lambda: NOW_MS)
    yield made
    made.close()


def made(count: int = 60, seed: int = 1) -> tuple[Event, ...]:
    rng = random.Random(seed)
    return read(json.dumps(document([event(rng, number) for number in range(count)])).encode()).events


def found(connection: sqlite3.Connection, text: str) -> list[str]:
    asked, names = Query.from_text(text), []
    while True:
        page = epcis.query(connection, asked)
        names += [one.id for one in page.events]
        if page.after is None:
            return names
        asked = replace(asked, after=page.after)


def test_events_are_captured_once_and_come_back_as_they_were(connection: sqlite3.Connection) -> None:
    events = made()
    assert epcis.capture(connection, events, NOW_MS) == epcis.Captured(60, 0)
    assert epcis.capture(connection, events, NOW_MS + 1) == epcis.Captured(0, 60)
    assert epcis.count(connection) == 60
    back = epcis.query(connection, Query(per_page=100)).events
    assert [(one.id, one.digest, one.error, one.time_ms, one.kind) for one in back] == [
        (one.id, one.digest, one.error, one.time_ms, one.kind) for one in events
    ]
    assert [one.json for one in back] == [one.json | {"eventID": one.id} for one in events]


def test_another_event_of_the_same_name_is_refused_and_an_error_declaration_is_not(connection: sqlite3.Connection) -> None:
    first = next(one for one in made() if "eventID" in one.json and not one.error)
    epcis.capture(connection, [first], NOW_MS)
    with pytest.raises(EventConflictError, match="declare it wrong"):
        epcis.capture(connection, [replace(first, digest=bytes(32))], NOW_MS)
    declared = replace(first, error='{"declarationTime":"2026-01-02T00:00:00Z"}')
    assert epcis.capture(connection, [declared], NOW_MS).new == 1
    with pytest.raises(EventConflictError):
        epcis.capture(connection, [replace(declared, error='{"declarationTime":"2026-01-03T00:00:00Z"}')], NOW_MS)
    assert epcis.note(connection, first, NOW_MS) is False
    assert epcis.note(connection, replace(first, id="urn:uuid:another"), NOW_MS) is True


@pytest.mark.parametrize(
    "name", ["eventType=ObjectEvent", "EQ_action=ADD", "EXISTS_errorDeclaration=true", "EXISTS_errorDeclaration=false", ""]
)
def test_a_query_finds_what_the_filter_says_page_after_page(connection: sqlite3.Connection, name: str) -> None:
    events = made()
    epcis.capture(connection, events, NOW_MS)
    expected = [one.id for one in events if matches(one, Query.from_text(name))]
    assert expected
    assert found(connection, f"{name}&perPage=7".strip("&")) == expected


def test_a_thing_is_found_by_either_of_its_spellings_and_by_a_pattern(connection: sqlite3.Connection) -> None:
    packed: dict[str, Any] = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "AggregationEvent",
        "eventTime": "2026-03-04T10:00:30Z",
        "eventTimeZoneOffset": "+00:00",
        "parentID": "urn:epc:id:sscc:0614141.1234567890",
        "childEPCs": ["urn:epc:id:sgtin:0614141.112345.400"],
        "action": "ADD",
    }
    (one,) = read(json.dumps(packed).encode()).events
    epcis.capture(connection, [*made(), one], NOW_MS)
    for text in (
        "MATCH_epc=https://id.gs1.org/01/10614141123459/21/400",
        "MATCH_epc=urn:epc:idpat:sgtin:0614141.112345.*",
        "MATCH_parentID=https://example.com/00/106141412345678908",
        "MATCH_anyEPC=urn:epc:id:sscc:0614141.1234567890",
        f"EQ_eventID={one.id}",
        "GE_eventTime=2026-03-04T10:00:30Z&LT_eventTime=2026-03-04T10:00:30.001Z",
    ):
        assert found(connection, text) == [one.id], text
    assert found(connection, "MATCH_epc=https://example.com/00/106141412345678908") == []


def test_a_rare_thing_is_found_a_page_later(connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    events = made()
    epcis.capture(connection, events, NOW_MS)
    monkeypatch.setattr(epcis, "MAX_SCANNED", 10)
    first = epcis.query(connection, Query.from_text("EQ_disposition=no_such_word"))
    assert (first.events, first.after) == ((), 10)
    assert found(connection, "EQ_disposition=no_such_word") == []
    assert found(connection, "") == [one.id for one in events]
