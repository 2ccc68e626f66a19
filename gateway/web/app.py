"""The application: addresses, what answers them, and as what.

The pages themselves are `dashboard`'s.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.epcis import Epcis
from gateway.images import Images
from gateway.store import Store
from gateway.store.errors import StoreClosedError
from gateway.web.dashboard import Dashboard
from gateway.web.epcis import routes as epcis_routes
from gateway.web.errors import NotFoundError, QueryRefusedError
from gateway.web.live import Live
from gateway.web.model import plain
from gateway.web.pages import layout
from gateway.web.pages.layout import Page
from gateway.web.security import COOKIE, Guard, same, session_of
from gateway.web.settings import WebSettings
from gateway.web.subjects import file_routes
from gateway.web.verify import Verifier, Verifying
from gateway.web.view import View
from oracle.drawing.html import el

MAX_LOGIN_BYTES = 4096
"""A token and its form are far smaller."""

Metrics = Callable[[], bytes]
"""Returns the metrics in the Prometheus text format."""


def create_app(
    store: Store,
    view: View,
    settings: WebSettings,
    *,
    token: str | None = None,
    metrics: Metrics | None = None,
    images: Images | None = None,
    epcis: Epcis | None = None,
    verifier: Verifier | None = None,
) -> Starlette:
    """Returns the application; `token` is what `security.read_token` gave for the same settings."""
    dashboard = Dashboard(store, view, settings, images=images)
    live = Live(dashboard.rendered, settings)
    verifying = None if verifier is None else Verifying(verifier, dashboard.bundle)

    async def page(request: Request) -> Response:
        record, rendered = await asyncio.to_thread(
            dashboard.page, request.url.path and request.scope["path"], request.query_params.multi_items()
        )
        if _wants_json(request):
            return _json(plain(record))
        return HTMLResponse(layout.html(rendered))

    async def health(_: Request) -> Response:
        answer = await asyncio.to_thread(dashboard.health)
        return _json(answer, 503 if answer["status"] == "failing" else 200)

    async def frame(request: Request) -> Response:
        image = await asyncio.to_thread(dashboard.frame, request.path_params["finding"])
        # A finding's image never changes.
        return Response(image, media_type="image/png", headers={"Cache-Control": "private, max-age=86400, immutable"})

    async def events(request: Request) -> Response:
        if live.full():
            return PlainTextResponse("too many live pages; this one stays as it was loaded\n", 503, {"Retry-After": "30"})
        seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        stream: AsyncIterator[bytes] = live.stream(request.query_params.get("path", "/")[:2000], seen)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def exposition(_: Request) -> Response:
        if metrics is None:
            raise NotFoundError("page", "/metrics")
        return Response(await asyncio.to_thread(metrics), media_type="text/plain; version=0.0.4; charset=utf-8")

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/findings", page),
            Route("/findings/{finding:int}/frame.png", frame),
            Route("/devices/{device:path}", page),
            *file_routes(dashboard),
            Route("/shipments", page),
            Route("/shipments/{key:str}", page),
            Route("/lots", page),
            Route("/lots/{gtin:str}/{lot:str}", page),
            *(epcis_routes(epcis, open_to_all=token is None) if epcis else ()),
            *(verifying.routes() if verifying else ()),
            Route("/health.json", health),
            Route("/metrics", exposition),
            Route("/events", events),
            Route("/login", _login(token), methods=["GET", "POST"]),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
        exception_handlers={NotFoundError: _not_found, QueryRefusedError: _refused, StoreClosedError: _closing, 404: _not_found},
    )
    differing = verifying.headers() if verifying else {}
    app.add_middleware(Guard, token=token, names=(*settings.names, settings.host), differing=differing)
    return app


def _login(token: str | None) -> Callable[[Request], Any]:
    async def login(request: Request) -> Response:
        if token is None:
            return RedirectResponse("/", 303)
        target = request.query_params.get("to", "/")
        # Only within this site: `//host` and `/\host` lead elsewhere.
        target = target if re.match(r"/(?![/\\])", target) else "/"
        if request.method != "POST":
            return _login_page("")
        form = dict(parse_qsl((await _body(request)).decode("utf-8", "replace")))
        if not same(form.get("token", ""), token):
            return _login_page("That is not the token.", 403)
        answer = RedirectResponse(target, 303)
        answer.set_cookie(COOKIE, session_of(token), httponly=True, samesite="strict", max_age=30 * 86_400)
        return answer

    return login


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_LOGIN_BYTES:
            return b""
    return body


def _login_page(said: str, status: int = 200) -> Response:
    form = el(
        "form",
        el(
            "label",
            el("span", "Token"),
            el("input", type="password", name="token", autocomplete="current-password", required=True, autofocus=True),
        ),
        el("button", "Open", type="submit"),
        el("p", said, class_="said", role="alert") if said else None,
        method="post",
        class_="filter",
    )
    fragment = layout.fragment("login", el("h1", "This gateway asks for its token"), form, class_="block head")
    return HTMLResponse(layout.html(Page("Token", (fragment,), still=frozenset({"login"}))), status)


async def _not_found(request: Request, error: Exception) -> Response:
    said = str(error) if isinstance(error, NotFoundError) else "There is no such page here."
    if _wants_json(request):
        return _json({"error": said}, 404)
    fragment = layout.fragment("missing", el("h1", "Not here"), el("p", said), el("p", el("a", "Overview", href="/")), class_="block head")
    return HTMLResponse(layout.html(Page("Not here", (fragment,), still=frozenset({"missing"}))), 404)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, QueryRefusedError)
    if _wants_json(request):
        return _json({"error": str(error), "field": error.field, "reason": error.reason, "taken": error.taken}, 400)
    again = el("p", el("a", "The page without it", href=request.url.path))
    fragment = layout.fragment("refused", el("h1", "Not understood"), el("p", str(error), role="alert"), again, class_="block head")
    return HTMLResponse(layout.html(Page("Not understood", (fragment,), still=frozenset({"refused"}))), 400)


async def _closing(_: Request, __: Exception) -> Response:
    return PlainTextResponse("the gateway is stopping\n", 503)


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return request.query_params.get("format") == "json" or ("application/json" in accept and "text/html" not in accept)


def _json(answer: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type="application/json")
