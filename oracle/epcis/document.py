"""EPCIS 2.0 documents: bytes in, checked events out, and the way back. Pure.

One named function, `read`, stands between untrusted bytes and events: it bounds size and depth, checks shape (`schema`) and truth
(`facts`), and refuses a document whole with the place of everything that is wrong with it. Documents, query documents and single
events are read; both kinds of document are written. JSON and JSON-LD are one form here: names are those of GS1's context, prefixes
those of the document's.
Source: EPCIS 2.0 sections 10 and 12.
"""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from oracle import canonical_json, strict_json
from oracle.epcis import facts, schema, values
from oracle.epcis.event import CONTEXT
from oracle.epcis.event_hash import MAX_DEPTH, event_hash, hash_uri
from oracle.epcis.shapes import Problem, at
from oracle.errors import MalformedDocumentError, MisuseError

MAX_BYTES = 16 * 1024 * 1024
"""Size of a document."""
MAX_EVENTS = 20_000
"""Events in one document; more are captured in several."""
MAX_PROBLEMS = 20
"""So many problems are listed; a document that has more is not one that a person mends by hand."""
DOCUMENT_DEPTH = MAX_DEPTH + 6
"""Nesting of a query document: five levels down to an event, and its own."""


class EpcisRefusedError(MalformedDocumentError):
    """A document does not hold; says what is wrong with it, and where."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Holds the first MAX_PROBLEMS problems; there is at least one."""
        self.problems = problems[:MAX_PROBLEMS]
        more = f" (and {len(problems) - 1} more)" if 1 < len(problems) <= MAX_PROBLEMS else " (and many more)" if len(problems) > 1 else ""
        super().__init__(problems[0].pointer, problems[0].reason + more)


@dataclass(frozen=True, slots=True)
class Event:
    """One event, checked; equal content in another spelling has the same `digest`."""

    kind: str
    """ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent or AssociationEvent."""
    json: dict[str, Any]
    """The event as JSON that stands alone: `@context` is the whole of what its names need. Never changed."""
    id: str
    """Its eventID, or its hash as URI where it states none."""
    digest: bytes
    """Its CBV 2.0 hash, 32 bytes."""
    time_ms: int
    """When it happened, milliseconds since the Unix epoch."""
    error: str
    """Its error declaration as canonical JSON; empty for none. The hash leaves it out."""
    marks: tuple[Problem, ...]
    """Why it is worth less than it might be."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a document held."""

    kind: str
    """EPCISDocument, EPCISQueryDocument, or the type of the single event."""
    events: tuple[Event, ...]
    """In the order of the document."""


def parse(data: bytes) -> Any:
    """Returns the JSON of a document, still without shape.

    Raises:
        EpcisRefusedError: too large, too deep, a name twice in one object, or not JSON.

    """
    if len(data) > MAX_BYTES:
        raise EpcisRefusedError((Problem("$", f"{len(data)} bytes, at most {MAX_BYTES}; split the document"),))
    try:
        return strict_json.parse(data.removeprefix(BOM_UTF8), depth=DOCUMENT_DEPTH)
    except MalformedDocumentError as error:
        raise EpcisRefusedError((Problem("$", error.reason),)) from error


def read(data: bytes, *, now_ms: int | None = None) -> Document:
    """Returns the events of a document.

    Args:
        data: an EPCISDocument, an EPCISQueryDocument, or one event with its context.
        now_ms: the time of day; without it no time is called future.

    Raises:
        EpcisRefusedError: something is wrong with it; nothing of it is to be used.

    """
    document = parse(data)
    found = tuple(_first(schema.problems(document)))
    if found:
        raise EpcisRefusedError(found)
    placed = list(located(document))
    if len(placed) > MAX_EVENTS:
        raise EpcisRefusedError((Problem(placed[MAX_EVENTS][0], f"more than {MAX_EVENTS} events; split the document"),))
    found = tuple(_first(problem for path, event in placed for problem in facts.problems(event, path, now_ms)))
    if found:
        raise EpcisRefusedError(found)
    context = document["@context"]
    alone = document is placed[0][1] if placed else False
    events = tuple(_event(event, path, None if alone else context) for path, event in placed)
    found = tuple(_first(_disagreements(events, [path for path, _ in placed])))
    if found:
        raise EpcisRefusedError(found)
    return Document(document["type"], events)


def recorded(event: dict[str, Any]) -> Event:
    """Returns an event that was checked before: one of our own, or one from the store; it stands alone.

    Raises:
        EpcisRefusedError: it has no hash, so it was never checked.

    """
    return _event(event, "$", None)


def located(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields each event of a well-shaped document with its path."""
    match document["type"]:
        case "EPCISDocument":
            path, events = "$.epcisBody.eventList", document["epcisBody"]["eventList"]
        case "EPCISQueryDocument":
            path = "$.epcisBody.queryResults.resultsBody.eventList"
            events = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        case _:
            yield "$", document
            return
    for place, event in enumerate(events):
        yield at(path, place), event


def write(events: Iterable[Event], *, created_ms: int) -> dict[str, Any]:
    """Returns an EPCISDocument of events; each carries the context that it came with where that is not GS1's alone."""
    return _head("EPCISDocument", created_ms) | {"epcisBody": {"eventList": [_embedded(event) for event in events]}}


def write_query(events: Iterable[Event], *, created_ms: int, name: str = "SimpleEventQuery") -> dict[str, Any]:
    """Returns an EPCISQueryDocument of events: the answer to a query."""
    results = {"queryName": name, "resultsBody": {"eventList": [_embedded(event) for event in events]}}
    return _head("EPCISQueryDocument", created_ms) | {"epcisBody": {"queryResults": results}}


def moment(milliseconds: int) -> str:
    """Returns a time as EPCIS writes it, in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _head(kind: str, created_ms: int) -> dict[str, Any]:
    return {"@context": [CONTEXT], "type": kind, "schemaVersion": "2.0", "creationDate": moment(created_ms)}


def _embedded(event: Event) -> dict[str, Any]:
    own = {name: value for name, value in event.json.items() if name != "@context"} | {"eventID": event.id}
    return own if event.json["@context"] in (CONTEXT, [CONTEXT]) else {"@context": event.json["@context"]} | own


def _event(event: dict[str, Any], path: str, context: object) -> Event:
    try:
        digest = event_hash(event, context=context)
        alone = {"@context": _joined(context, event.get("@context"))} | {key: value for key, value in event.items() if key != "@context"}
        error = canonical_json.canonical(event["errorDeclaration"]).decode() if "errorDeclaration" in event else ""
        canonical_json.canonical(alone)
    except (MalformedDocumentError, MisuseError) as refusal:
        raise EpcisRefusedError((Problem(path, str(refusal)),)) from refusal
    return Event(
        kind=event["type"],
        json=alone,
        id=event.get("eventID", hash_uri(digest)),
        digest=digest,
        time_ms=values.milliseconds(event["eventTime"]),
        error=error,
        marks=tuple(facts.marks(event, path, context)),
    )


def _joined(outer: object, inner: object) -> Any:
    """Returns one context for an event that stands alone: the document's, then its own."""
    entries: list[Any] = []
    for context in (outer, inner):
        for entry in context if isinstance(context, list) else [context]:
            if entry is not None and entry not in entries:
                entries.append(entry)
    return entries


def _disagreements(events: tuple[Event, ...], paths: list[str]) -> Iterator[Problem]:
    """Two events of one name must say the same; an error declaration repeats the event that it is about."""
    seen: dict[tuple[str, bool], Event] = {}
    for event, path in zip(events, paths, strict=True):
        first = seen.setdefault((event.id, bool(event.error)), event)
        if (first.digest, first.error) != (event.digest, event.error):
            yield Problem(at(path, "eventID"), "another event of this document has the same eventID and says something else")


def _first(found: Iterable[Problem]) -> Iterator[Problem]:
    for count, problem in enumerate(found):
        if count > MAX_PROBLEMS:
            return
        yield problem
