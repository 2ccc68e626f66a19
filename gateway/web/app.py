"""The application: addresses, what answers them, and as what.

Each page is one row of `Dashboard.page`: gather a record, render it. HTML, its JSON twin and the live stream all come through there.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.epcis import Epcis
from gateway.health import Severity
from gateway.images import Images
from gateway.store import Store, bundles
from gateway.store.errors import StoreClosedError
from gateway.web import gather
from gateway.web.epcis import routes as epcis_routes
from gateway.web.errors import NotFoundError
from gateway.web.live import Live
from gateway.web.model import plain
from gateway.web.pages import device, findings, layout, overview, shipment
from gateway.web.pages.layout import Page
from gateway.web.security import COOKIE, Guard, same, session_of
from gateway.web.settings import WebSettings
from gateway.web.verify import Verifier, Verifying
from gateway.web.view import View
from oracle.bundle_codec import loads
from oracle.drawing.html import el
from oracle.errors import OracleError
from oracle.label import label as labels

MAX_LOGIN_BYTES = 4096
"""A token and its form are far smaller."""

MAX_ID = 2**63 - 1
"""The largest number that the store gives a finding."""

CACHED_PAGES = 64
"""Rendered pages kept for one tick of the live streams, so that many clients of one page cost one rendering."""

Metrics = Callable[[], bytes]
"""Returns the metrics in the Prometheus text format."""


class Dashboard:
    """The pages of one gateway."""

    def __init__(
        self,
        store: Store,
        view: View,
        settings: WebSettings,
        monotonic: Callable[[], float] = time.monotonic,
        images: Images | None = None,
    ) -> None:
        self._store = store
        self._images = images
        self._view = view
        self._settings = settings
        self._monotonic = monotonic
        self._rendered: dict[str, tuple[float, Page]] = {}

    def page(self, path: str, query: Mapping[str, str]) -> tuple[Any, Page]:
        """Returns what a page shows and the page; reads the store, so it is called off the loop.

        Raises:
            NotFoundError: there is no such page.
        """
        with self._store.read() as connection:
            if path == "/":
                first = gather.overview(connection, self._view)
                return first, overview.render(first)
            if path == "/findings":
                before = _integer(query.get("before", ""), None)
                confidence = min(100, max(0, _integer(query.get("confidence", ""), 0) or 0))
                items = gather.inspected(connection, self._view, query.get("label", "")[:200], confidence, before)
                return items, findings.render(items)
            if path.startswith("/devices/"):
                one = gather.device(connection, self._view, path.removeprefix("/devices/"), query.get("span", ""))
                return one, device.render(one)
            if found := re.fullmatch(r"/shipments/([0-9A-Za-z._-]{1,64})", path):
                trip = gather.shipment(connection, self._view, found[1], self._settings)
                return trip, shipment.render(trip)
        raise NotFoundError("page", path)

    async def rendered(self, address: str) -> Page:
        """Returns the page at an address, not older than one tick of the live streams."""
        now = self._monotonic()
        kept = self._rendered.get(address)
        if kept is not None and now - kept[0] < self._settings.live_seconds / 2:
            return kept[1]
        parts = urlsplit(address)
        _, page = await asyncio.to_thread(self.page, unquote(parts.path), dict(parse_qsl(parts.query)))
        if len(self._rendered) >= CACHED_PAGES:
            self._rendered.clear()
        self._rendered[address] = (now, page)
        return page

    def health(self) -> dict[str, Any]:
        """Returns the gateway's state in one word, and what makes it so."""
        conditions = tuple(self._view.conditions())
        severities = {condition.severity for condition in conditions}
        status = "failing" if Severity.ERROR in severities else "degraded" if Severity.WARNING in severities else "ok"
        return {
            "status": status,
            "now_ms": self._view.now_ms(),
            "conditions": plain(conditions),
            "light_client": plain(self._view.light_client()),
            "store": plain(self._store.stats()),
        }

    def frame(self, finding_id: int) -> bytes:
        """Returns the image a finding is about; raises NotFoundError."""
        if finding_id > MAX_ID:
            raise NotFoundError("finding", str(finding_id))
        with self._store.read() as connection:
            return gather.frame(connection, finding_id, self._images)

    def bundle(self, key: str) -> bytes:
        """Returns a shipment's bundle as it was written.

        Raises:
            NotFoundError: there is none, or the file is gone or was changed since.
        """
        with self._store.read() as connection:
            known = bundles.get(connection, f"00/{key}")
        try:
            raw = Path(known.path).read_bytes() if known is not None else None
        except OSError:
            raw = None
        if raw is None or known is None or hashlib.sha256(raw).digest() != known.sha256:
            raise NotFoundError("bundle of shipment", key)
        return raw

    def label(self, key: str) -> str:
        """Returns the label of a shipment's bundle as SVG; raises NotFoundError as `bundle` does."""
        raw = self.bundle(key)
        try:
            made = labels.label(loads(raw), hashlib.sha256(raw).digest())
        except OracleError as error:
            raise NotFoundError("label of shipment", key) from error
        return labels.svg(made)


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
        record, rendered = await asyncio.to_thread(dashboard.page, request.url.path and request.scope["path"], dict(request.query_params))
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

    async def bundle(request: Request) -> Response:
        key = request.path_params["key"]
        raw = await asyncio.to_thread(dashboard.bundle, key)
        return Response(raw, media_type="application/json", headers={"Content-Disposition": f'attachment; filename="{key}.json"'})

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
            Route("/shipments/{key:str}/bundle.json", bundle),
            Route("/shipments/{key:str}/label.svg", _label(dashboard)),
            Route("/shipments/{key:str}", page),
            *(epcis_routes(epcis, open_to_all=token is None) if epcis else ()),
            *(verifying.routes() if verifying else ()),
            Route("/health.json", health),
            Route("/metrics", exposition),
            Route("/events", events),
            Route("/login", _login(token), methods=["GET", "POST"]),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
        exception_handlers={NotFoundError: _not_found, StoreClosedError: _closing, 404: _not_found},
    )
    differing = verifying.headers() if verifying else {}
    app.add_middleware(Guard, token=token, names=(*settings.names, settings.host), differing=differing)
    return app


def _label(dashboard: Dashboard) -> Callable[[Request], Any]:
    async def label(request: Request) -> Response:
        key = request.path_params["key"]
        drawn = await asyncio.to_thread(dashboard.label, key)
        return Response(drawn, media_type="image/svg+xml", headers={"Content-Disposition": f'attachment; filename="{key}.svg"'})

    return label


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


async def _closing(_: Request, __: Exception) -> Response:
    return PlainTextResponse("the gateway is stopping\n", 503)


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return request.query_params.get("format") == "json" or ("application/json" in accept and "text/html" not in accept)


def _json(answer: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type="application/json")


def _integer(text: str, otherwise: int | None) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else otherwise
