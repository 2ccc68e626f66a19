"""EPCIS over HTTP: a document in, queries out, and refusals that say what is wrong and where."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.epcis import Epcis
from gateway.store import Store
from gateway.web import WebSettings, create_app
from oracle.epcis import document as documents
from oracle.epcis.document import read
from tests.gateway.store.helpers import Told, open_store
from tests.gateway.web.conftest import Client
from tests.gateway.web.scene import Scene
from tests.oracle.epcis.events import document, event

NOW_MS = 1_795_800_000_000
TOKEN = "a token of good length"
KNOWN = {"authorization": f"Bearer {TOKEN}"}
JSON = {"content-type": "application/ld+json", "accept": "application/json"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "store.db", Told())
    yield opened
    opened.close()


@pytest.fixture
def client(store: Store) -> Client:
    return Client(create_app(store, Scene(), WebSettings(), token=TOKEN, epcis=Epcis(store, lambda: NOW_MS)))


def some(count: int = 5) -> dict[str, Any]:
    rng = random.Random(2)
    return document([event(rng, number) for number in range(count)])


def post(client: Client, body: Any, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.request("POST", "/epcis/capture", content=content, headers=JSON | KNOWN | headers)


def get(client: Client, address: str) -> Any:
    return client.request("GET", address, headers=KNOWN)


def test_what_is_captured_is_found_page_after_page(client: Client) -> None:
    given = some(12)
    answer = post(client, given)
    assert (answer.status_code, answer.json()) == (202, {"success": True, "running": False, "new": 12, "known": 0})
    assert post(client, given).json()["known"] == 12
    assert answer.headers["gs1-epcis-version"] == "2.0"
    names, address = [], "/epcis/events?perPage=5&EQ_action=ADD,OBSERVE,DELETE"
    while address:
        page = get(client, address)
        assert page.status_code == 200
        names += [one.id for one in read(page.content, now_ms=NOW_MS).events]
        address = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    expected = read(json.dumps(given).encode()).events
    assert names == [one.id for one in expected if "action" in one.json]
    one = get(client, f"/epcis/events/{expected[0].id.replace('?', '%3F')}")
    assert read(one.content).events[0].digest == expected[0].digest


def test_a_document_with_a_fault_is_refused_whole_with_the_field(client: Client) -> None:
    given = some()
    given["epcisBody"]["eventList"][2]["eventTime"] = "2999-01-01T00:00:00Z"
    answer = post(client, given)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["type"] == "epcisException:ValidationException"
    assert [one["pointer"] for one in answer.json()["problems"]] == ["$.epcisBody.eventList[2].eventTime"]
    assert read(get(client, "/epcis/events").content).events == ()


def test_an_event_of_a_taken_name_is_a_conflict_and_nothing_beside_it_is_kept(client: Client) -> None:
    first, second, third = (some(3)["epcisBody"]["eventList"][at] | {"eventID": f"urn:uuid:{at}"} for at in range(3))
    for one in (first, second, third):
        one.pop("errorDeclaration", None)
    assert post(client, document([first])).status_code == 202
    answer = post(client, document([third, second | {"eventID": first["eventID"]}]))
    assert answer.status_code == 409
    assert len(read(get(client, "/epcis/events").content).events) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"content-type": "text/plain"}, 415), ({"content-type": ""}, 415), ({"gs1-epcis-capture-error-behaviour": "proceed"}, 400)],
)
def test_what_is_not_done_here_is_said(client: Client, headers: dict[str, str], status: int) -> None:
    assert post(client, some(), **headers).status_code == status


def test_a_body_beyond_the_bound_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.web.epcis.MAX_BYTES", 100)
    assert post(client, some()).status_code == 413
    monkeypatch.setattr(documents, "MAX_BYTES", 100)
    assert post(client, b"[").json()["type"] == "epcisException:ValidationException"


def test_a_question_that_is_not_understood_is_refused_by_name(client: Client) -> None:
    answer = get(client, "/epcis/events?EQ_bizstep=packing")
    assert (answer.status_code, answer.json()["type"]) == (400, "epcisException:QueryParameterException")
    assert "EQ_bizStep" in answer.json()["detail"]
    assert get(client, "/epcis/events/urn:uuid:nobody").status_code == 404


def test_nobody_captures_or_asks_without_the_token(client: Client) -> None:
    assert post(client, some(), authorization="").status_code == 401
    assert client.request("GET", "/epcis/events").status_code == 401


def test_where_no_token_is_asked_for_events_are_read_and_not_captured(store: Store) -> None:
    unguarded = Client(create_app(store, Scene(), WebSettings(), epcis=Epcis(store, lambda: NOW_MS)))
    answer = post(unguarded, some())
    assert (answer.status_code, answer.json()["type"]) == (403, "epcisException:SecurityException")
    assert get(unguarded, "/epcis/events").status_code == 200
