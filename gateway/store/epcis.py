"""The EPCIS tables: events as captured, each once, found by what they are about."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.errors import EventConflictError
from oracle.epcis.document import Event
from oracle.epcis.patterns import Pattern
from oracle.epcis.query import Query, canonical, epcs, matches

_COLUMNS = "id, kind, event, event_id, hash, time_ms, error"
MAX_SCANNED = 50_000
"""Events that one page of an answer looks at; a rarer thing is found a page later, and no query holds the store for longer."""


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of the events of one document."""

    new: int
    """How many were recorded."""
    known: int
    """How many stood here already and say the same."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of an answer."""

    events: tuple[Event, ...]
    """In the order of capture."""
    after: int | None
    """Where the next part begins; None if this was the last."""


def capture(connection: sqlite3.Connection, events: Iterable[Event], recorded_ms: int) -> Captured:
    """Stores events; one that is here already changes nothing.

    Raises:
        EventConflictError: an eventID is taken by an event that says something else. Nothing of the transaction is to be kept then.
    """
    new = known = 0
    for event in events:
        row = connection.execute(
            "SELECT hash, error FROM epcis_events WHERE event_id = ? AND declared = ?", (event.id, bool(event.error))
        ).fetchone()
        if row is None:
            _insert(connection, event, recorded_ms)
            new += 1
        elif tuple(row) == (event.digest, event.error):
            known += 1
        else:
            raise EventConflictError(event.id)
    return Captured(new, known)


def note(connection: sqlite3.Connection, event: Event, recorded_ms: int) -> bool:
    """Stores one of our own events; returns False where its name is taken, which holds up nothing: its statement carries it anyway."""
    taken = connection.execute("SELECT 1 FROM epcis_events WHERE event_id = ? AND declared = ?", (event.id, bool(event.error))).fetchone()
    if taken is None:
        _insert(connection, event, recorded_ms)
    return taken is None


def query(connection: sqlite3.Connection, asked: Query) -> Page:
    """Returns a page of the events that a query asks for."""
    found: list[Event] = []
    last = asked.after
    for scanned, (number, event) in enumerate(_candidates(connection, asked)):
        if len(found) == asked.per_page or scanned == MAX_SCANNED:
            return Page(tuple(found), last)
        last = number
        if matches(event, asked):
            found.append(event)
    return Page(tuple(found), None)


def count(connection: sqlite3.Connection) -> int:
    """Returns how many events are recorded."""
    return int(connection.execute("SELECT count(*) FROM epcis_events").fetchone()[0])


def _insert(connection: sqlite3.Connection, event: Event, recorded_ms: int) -> None:
    # With its name written into it, the event leaves as it is known here.
    text = json.dumps(event.json | {"eventID": event.id}, separators=(",", ":"), ensure_ascii=False)
    number = connection.execute(
        "INSERT INTO epcis_events (event_id, declared, hash, kind, time_ms, recorded_ms, error, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (event.id, bool(event.error), event.digest, event.kind, event.time_ms, recorded_ms, event.error, text),
    ).lastrowid
    things = dict.fromkeys(canonical(epc) for epc in epcs(event.json))
    connection.executemany("INSERT INTO epcis_things (thing, event) VALUES (?, ?)", [(thing, number) for thing in things])


def _candidates(connection: sqlite3.Connection, asked: Query) -> Iterator[tuple[int, Event]]:
    """Yields events among which those asked for are, by what the tables have an index or a column for."""
    conditions: list[tuple[str, list[Any]]] = [("id > ?", [asked.after])]
    if asked.from_ms is not None:
        conditions.append(("time_ms >= ?", [asked.from_ms]))
    if asked.before_ms is not None:
        conditions.append(("time_ms < ?", [asked.before_ms]))
    if asked.is_error is not None:
        conditions.append(("declared = ?", [asked.is_error]))
    for column, names in (("kind", asked.event_types), ("event_id", asked.event_ids)):
        if names:
            conditions.append((f"{column} IN ({_marks(names)})", sorted(names)))
    conditions.extend(
        (f"id IN (SELECT event FROM epcis_things WHERE thing IN ({_marks(wanted)}))", list(wanted))  # noqa: S608 - marks
        for wanted in (asked.epcs, asked.any_epcs, asked.parents)
        if wanted and not any(isinstance(one, Pattern) for one in wanted)
    )
    sql = f"SELECT {_COLUMNS} FROM epcis_events WHERE {' AND '.join(text for text, _ in conditions)} ORDER BY id"  # noqa: S608 - those above
    for row in connection.execute(sql, [value for _, given in conditions for value in given]):
        yield row[0], Event(row[1], json.loads(row[2]), row[3], row[4], row[5], row[6], ())


def _marks(values: Iterable[object]) -> str:
    return ",".join("?" for _ in values)
