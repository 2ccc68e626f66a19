"""Which events a query asks for: the parameters of EPCIS 2.0's SimpleEventQuery as a record, and a pure filter. Pure.

Identifiers are compared as what they name, not as they are spelled: an EPC URN finds its Digital Link, a bare word its CBV URI. Parameters
that are not understood are refused by name, because ignoring one would answer another question.
Source: EPCIS 2.0 section 8.2.7.1 and the REST bindings of section 12.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import unquote_plus

from oracle.epcis import identifiers, values
from oracle.epcis.document import Event
from oracle.epcis.patterns import PREFIX, Pattern
from oracle.epcis.schema import EVENT_FIELDS
from oracle.errors import InvalidKeyError, MalformedDocumentError, RefusedError, shorten

MAX_PER_PAGE = 1000
"""Events in one answer."""
MAX_VALUES = 200
"""Values of one parameter."""
MAX_PATTERNS = 10
"""Patterns of one parameter; each is held against every event, because no index finds what it stands for."""
MAX_TOKEN = 2**62
"""Larger than any number a store gives."""

Things = tuple[str | Pattern, ...]
"""Identifiers in their canonical spelling, and patterns that stand for many."""


class QueryRefusedError(RefusedError):
    """A query asks in a way that is not understood."""

    def __init__(self, parameter: str, reason: str) -> None:
        """Holds the parameter and the reason."""
        self.parameter = parameter
        self.reason = reason
        super().__init__(f"query parameter {shorten(parameter)}: {reason}")


@dataclass(frozen=True, slots=True)
class Query:
    """A query; every condition that is set must hold, and of several values of one condition any."""

    event_types: frozenset[str] = frozenset()
    """eventType."""
    from_ms: int | None = None
    """GE_eventTime: this time or later."""
    before_ms: int | None = None
    """LT_eventTime: before this time."""
    actions: frozenset[str] = frozenset()
    """EQ_action."""
    biz_steps: frozenset[str] = frozenset()
    """EQ_bizStep, as CBV URIs."""
    dispositions: frozenset[str] = frozenset()
    """EQ_disposition, as CBV URIs."""
    epcs: Things = ()
    """MATCH_epc: among epcList and childEPCs."""
    any_epcs: Things = ()
    """MATCH_anyEPC: among parentID, inputs and outputs too."""
    parents: Things = ()
    """MATCH_parentID."""
    read_points: frozenset[str] = frozenset()
    """EQ_readPoint, canonical."""
    biz_locations: frozenset[str] = frozenset()
    """EQ_bizLocation, canonical."""
    event_ids: frozenset[str] = frozenset()
    """EQ_eventID."""
    is_error: bool | None = None
    """EXISTS_errorDeclaration; None for both."""
    per_page: int = 30
    """Events in one answer (perPage)."""
    after: int = 0
    """Where the last answer ended (nextPageToken): the store's number of its last event."""

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Returns the query in the query string of a URL; several values stand apart by commas or repeat the name.

        Raises:
            QueryRefusedError: an unknown parameter, or a value that it cannot have.

        """
        pairs: dict[str, list[str]] = {}
        for part in text.split("&") if text else ():
            name, _, raw = part.partition("=")
            # Split before decoding: a comma inside an identifier is encoded.
            pairs.setdefault(unquote_plus(name), []).extend(unquote_plus(value) for value in raw.split(","))
        return cls.from_pairs(pairs)

    @classmethod
    def from_pairs(cls, pairs: Mapping[str, Iterable[str]]) -> Self:
        """Returns the query of parameters with their values; raises QueryRefusedError."""
        query = cls()
        for name, raw in pairs.items():
            given = [value for value in raw if value]
            if name not in PARAMETERS:
                near = difflib.get_close_matches(name, PARAMETERS, 1)
                raise QueryRefusedError(name, f"is not understood; did you mean {near[0]}?" if near else "is not understood")
            if not 0 < len(given) <= MAX_VALUES:
                raise QueryRefusedError(name, f"{len(given)} values, expected 1 to {MAX_VALUES}")
            target, read = PARAMETERS[name]
            query = replace(query, **{target: read(name, given)})
        return query


def matches(event: Event, query: Query) -> bool:
    """Returns whether an event is asked for, page and order aside."""
    body = event.json
    return (
        (not query.event_types or event.kind in query.event_types)
        and (query.from_ms is None or event.time_ms >= query.from_ms)
        and (query.before_ms is None or event.time_ms < query.before_ms)
        and (not query.actions or body.get("action") in query.actions)
        and (not query.biz_steps or _term(body, "bizStep", "BizStep-") in query.biz_steps)
        and (not query.dispositions or _term(body, "disposition", "Disp-") in query.dispositions)
        and (not query.read_points or _place(body, "readPoint") in query.read_points)
        and (not query.biz_locations or _place(body, "bizLocation") in query.biz_locations)
        and (not query.event_ids or event.id in query.event_ids)
        and (query.is_error is None or bool(event.error) is query.is_error)
        and _names(query.epcs, epcs(body, ("epcList", "childEPCs")))
        and _names(query.any_epcs, epcs(body, (*_LISTS, "parentID")))
        and _names(query.parents, epcs(body, ("parentID",)))
    )


def epcs(
    body: Mapping[str, Any], fields: Iterable[str] = ("epcList", "childEPCs", "inputEPCList", "outputEPCList", "parentID")
) -> list[str]:
    """Returns the EPCs in these fields of an event, as they are spelled there."""
    found: list[str] = []
    for name in fields:
        value = body.get(name, [])
        found.extend([value] if isinstance(value, str) else value)
    return found


def canonical(uri: str) -> str:
    """Returns one spelling of an identifier: its canonical Digital Link, or itself."""
    return identifiers.canonical(uri) or uri


_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")


def _names(wanted: Things, found: list[str]) -> bool:
    patterns = [one for one in wanted if isinstance(one, Pattern)]
    return not wanted or any(canonical(epc) in wanted or any(one.matches(epc) for one in patterns) for epc in found)


def _term(body: Mapping[str, Any], name: str, kind: str) -> str:
    return values.term(body[name], kind) if name in body else ""


def _place(body: Mapping[str, Any], name: str) -> str:
    return canonical(body[name]["id"]) if name in body else ""


def _among(name: str, given: list[str], known: Iterable[str]) -> frozenset[str]:
    for value in given:
        if value not in known:
            raise QueryRefusedError(name, f"{shorten(value)}, expected {', '.join(known)}")
    return frozenset(given)


def _time(name: str, given: list[str]) -> int:
    try:
        return values.milliseconds(given[0])
    except MalformedDocumentError as error:
        raise QueryRefusedError(name, error.reason) from error


def _whole(name: str, given: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", given, re.ASCII) or not 0 < int(given) <= most:
        raise QueryRefusedError(name, f"{shorten(given)}, expected a whole number from 1 to {most}")
    return int(given)


def _types(name: str, given: list[str]) -> frozenset[str]:
    return _among(name, given, EVENT_FIELDS)


def _actions(name: str, given: list[str]) -> frozenset[str]:
    return _among(name, given, ("ADD", "OBSERVE", "DELETE"))


def _terms(kind: str) -> Callable[[str, list[str]], frozenset[str]]:
    return lambda _, given: frozenset(values.term(value, kind) for value in given)


def _things(name: str, given: list[str]) -> Things:
    if sum(value.startswith(PREFIX) for value in given) > MAX_PATTERNS:
        raise QueryRefusedError(name, f"at most {MAX_PATTERNS} patterns")
    try:
        return tuple(Pattern.from_urn(value) if value.startswith(PREFIX) else canonical(value) for value in given)
    except InvalidKeyError as error:
        raise QueryRefusedError(name, str(error)) from error


def _flag(name: str, given: list[str]) -> bool:
    return _among(name, given[:1], ("true", "false")) == {"true"}


PARAMETERS: dict[str, tuple[str, Callable[[str, list[str]], Any]]] = {
    "eventType": ("event_types", _types),
    "GE_eventTime": ("from_ms", _time),
    "LT_eventTime": ("before_ms", _time),
    "EQ_action": ("actions", _actions),
    "EQ_bizStep": ("biz_steps", _terms("BizStep-")),
    "EQ_disposition": ("dispositions", _terms("Disp-")),
    "MATCH_epc": ("epcs", _things),
    "MATCH_anyEPC": ("any_epcs", _things),
    "MATCH_parentID": ("parents", _things),
    "EQ_readPoint": ("read_points", lambda _, given: frozenset(map(canonical, given))),
    "EQ_bizLocation": ("biz_locations", lambda _, given: frozenset(map(canonical, given))),
    "EQ_eventID": ("event_ids", lambda _, given: frozenset(given)),
    "EXISTS_errorDeclaration": ("is_error", _flag),
    "perPage": ("per_page", lambda name, given: _whole(name, given[0], MAX_PER_PAGE)),
    "nextPageToken": ("after", lambda name, given: _whole(name, given[0], MAX_TOKEN)),
}
"""Each parameter with the field of Query that it sets and how it is read."""
