"""EPCIS 2.0 over HTTP: capture documents, ask for events. Source: EPCIS 2.0 section 12 (REST bindings), as far as one box needs them.

A capture is done when it is answered, all or nothing, so there are no capture jobs to ask about. No subscriptions, no named queries, no
collections of EPCs, steps or places: queries reach the same events. What is wrong with a request is said as RFC 9457 problem details, a
document's problems with the path of each field.
"""

import re
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.epcis import Epcis
from gateway.errors import EventConflictError
from oracle.epcis.document import MAX_BYTES, EpcisRefusedError, write_query
from oracle.epcis.query import Query, QueryRefusedError

HEADERS = {"GS1-EPCIS-Version": "2.0", "GS1-CBV-Version": "2.0", "GS1-EPCIS-Max": "2.0", "GS1-EPCIS-Min": "2.0"}
"""What every answer says about the standard's editions."""
MEDIA_TYPES = ("application/json", "application/ld+json")
"""How a document may come. A browser asks before it sends either from a foreign page, so no foreign page can capture."""


class Interface:
    """What answers under `/epcis`."""

    def __init__(self, events: Epcis, *, open_to_all: bool) -> None:
        self._events = events
        self._open_to_all = open_to_all

    async def capture(self, request: Request) -> Response:
        """Records a document; where no token is asked for nobody may, because anybody on the machine could."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        body = await _body(request)
        if body is None:
            return problem(413, "CaptureLimitExceededException", f"a document is at most {MAX_BYTES} bytes; split it")
        try:
            captured = await self._events.capture(body)
        except EpcisRefusedError as error:
            found = [{"pointer": one.pointer, "reason": one.reason} for one in error.problems]
            return problem(400, "ValidationException", str(error), problems=found)
        except EventConflictError as error:
            return problem(409, "ValidationException", str(error))
        return _json({"success": True, "running": False, "new": captured.new, "known": captured.known}, 202)

    def _refusal(self, request: Request) -> Response | None:
        if self._open_to_all:
            return problem(403, "SecurityException", "set [web] token_file to capture over HTTP; `aios epcis import` needs none")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in MEDIA_TYPES:
            return problem(415, "ImplementationException", f"send {' or '.join(MEDIA_TYPES)}")
        if request.headers.get("gs1-epcis-capture-error-behaviour", "rollback").lower() != "rollback":
            return problem(400, "ValidationException", "GS1-EPCIS-Capture-Error-Behaviour: only rollback is done here, all or nothing")
        return None

    async def query(self, request: Request) -> Response:
        """Answers with a page of events, and says in a header where the next one is."""
        text = request.scope["query_string"].decode("latin-1")
        try:
            asked = Query.from_text(text)
        except QueryRefusedError as error:
            return problem(400, "QueryParameterException", str(error))
        page = await self._events.query(asked)
        headers = {}
        if page.after is not None:
            rest = re.sub(r"(^|&)nextPageToken=[^&]*", "", text).strip("&")
            headers["Link"] = f'</epcis/events?{rest + "&" if rest else ""}nextPageToken={page.after}>; rel="next"'
        return _json(write_query(page.events, created_ms=self._events.now_ms()), headers=headers)

    async def one(self, request: Request) -> Response:
        """Answers with one event by its name."""
        name = request.path_params["event_id"]
        page = await self._events.query(Query(event_ids=frozenset({name}), per_page=2))
        if not page.events:
            return problem(404, "NoSuchResourceException", f"no event {name[:200]!r} is recorded here")
        # Where an event was declared wrong, the declaration repeats it, so it is what stands.
        return _json(page.events[-1].json)


def routes(events: Epcis, *, open_to_all: bool) -> list[Route]:
    """Returns the addresses of the interface; `open_to_all` says that no token guards them."""
    interface = Interface(events, open_to_all=open_to_all)
    return [
        Route("/epcis/capture", interface.capture, methods=["POST"]),
        Route("/epcis/events", interface.query),
        Route("/epcis/events/{event_id:path}", interface.one),
    ]


def problem(status: int, kind: str, detail: str, **more: Any) -> Response:
    """Returns a refusal as problem details, under the exceptions that EPCIS names."""
    said = {"type": f"epcisException:{kind}", "title": kind, "status": status, "detail": detail, **more}
    return Response(msgspec.json.encode(said), status, {**HEADERS}, "application/problem+json")


async def _body(request: Request) -> bytes | None:
    """Returns the body, or None where it is larger than a document may be."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _json(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(answer), status, {**HEADERS, **(headers or {})}, "application/ld+json")
