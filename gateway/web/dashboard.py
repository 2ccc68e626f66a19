"""The pages of one gateway: gathers a record, renders it, and keeps what was rendered for a moment.

HTML, its JSON twin and the live stream all come through `Dashboard.page`, one row per page.
"""

import asyncio
import hashlib
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from gateway.health import Severity
from gateway.images import Images
from gateway.store import Store, bundles
from gateway.web import gather
from gateway.web.errors import NotFoundError
from gateway.web.lot_model import ALL, SHOWN, VERDICTS
from gateway.web.lots import Chosen, key_of, lot_page, lots_page
from gateway.web.model import plain
from gateway.web.pages import device, findings, lot, lots, overview, shipment, shipments
from gateway.web.pages.layout import Page
from gateway.web.query import choice, fields, whole
from gateway.web.settings import WebSettings
from gateway.web.view import View
from oracle.bundle_codec import loads
from oracle.drawing import words
from oracle.errors import OracleError
from oracle.label import label as labels

MAX_ID = 2**63 - 1
"""The largest number that the store gives a finding."""

CACHED_PAGES = 64
"""Rendered pages kept for one tick of the live streams, so that many clients of one page cost one rendering."""

Pairs = Sequence[tuple[str, str]]
"""The names and values after the question mark of an address, in order."""

_SHIPMENT = re.compile(r"/shipments/([0-9A-Za-z._-]{1,64})")
_LOT = re.compile(r"/lots/([0-9]{8,14})/([^/]{1,64})", re.ASCII)


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

    def page(self, path: str, query: Pairs) -> tuple[Any, Page]:
        """Returns what a page shows and the page; reads the store, so it is called off the loop.

        Raises:
            NotFoundError: there is no such page.
            QueryRefusedError: a filter cannot be followed.
        """
        with self._store.read() as connection:
            if path in _LISTS:
                return _LISTS[path](self, connection, query)
            if path.startswith("/devices/"):
                span = choice(fields(query, ("span",)), "span", tuple(gather.SPANS), gather.USUAL_SPAN)
                one = gather.device(connection, self._view, path.removeprefix("/devices/"), span)
                return one, device.render(one)
            if found := _SHIPMENT.fullmatch(path):
                fields(query, ())
                trip = gather.shipment(connection, self._view, found[1], self._settings)
                return trip, shipment.render(trip)
            if found := _LOT.fullmatch(path):
                return self._lot(connection, found[1], found[2], query)
        raise NotFoundError("page", path)

    def _overview(self, connection: sqlite3.Connection, query: Pairs) -> tuple[Any, Page]:
        fields(query, ())
        first = gather.overview(connection, self._view)
        return first, overview.render(first)

    def _shipments(self, connection: sqlite3.Connection, query: Pairs) -> tuple[Any, Page]:
        listed = gather.trips(connection, self._view, fields(query, ("before",)).get("before", ""))
        return listed, shipments.render(listed)

    def _findings(self, connection: sqlite3.Connection, query: Pairs) -> tuple[Any, Page]:
        given = fields(query, ("label", "confidence", "before"))
        confidence, before = whole(given, "confidence", 0, 100) or 0, whole(given, "before", 1, MAX_ID)
        items = gather.inspected(connection, self._view, given.get("label", ""), confidence, before)
        return items, findings.render(items)

    def _lots(self, connection: sqlite3.Connection, query: Pairs) -> tuple[Any, Page]:
        given = fields(query, ("supplier", "verdict", "before"))
        verdict = choice(given, "verdict", tuple(VERDICTS), "")
        listed = lots_page(connection, self._view, Chosen(given.get("supplier", ""), verdict, given.get("before", "")))
        return listed, lots.render(listed)

    def _lot(self, connection: sqlite3.Connection, gtin: str, number: str, query: Pairs) -> tuple[Any, Page]:
        given = fields(query, ("show", "before"))
        show, before = choice(given, "show", SHOWN, ALL), whole(given, "before", 1, MAX_ID)
        shown = lot_page(connection, self._view, key_of(gtin, number), self._settings, self._images, show=show, before=before)
        return shown, lot.render(shown)

    async def rendered(self, address: str) -> Page:
        """Returns the page at an address, not older than one tick of the live streams."""
        now = self._monotonic()
        kept = self._rendered.get(address)
        if kept is not None and now - kept[0] < self._settings.live_seconds / 2:
            return kept[1]
        parts = urlsplit(address)
        _, page = await asyncio.to_thread(self.page, unquote(parts.path), parse_qsl(parts.query, keep_blank_values=True))
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

    def bundle(self, subject: str) -> bytes:
        """Returns the bundle of a subject, given as its Digital Link path, as it was written.

        Raises:
            NotFoundError: there is none, or the file is gone or was changed since.
        """
        with self._store.read() as connection:
            known = bundles.get(connection, subject)
        try:
            raw = Path(known.path).read_bytes() if known is not None else None
        except OSError:
            raw = None
        if raw is None or known is None or hashlib.sha256(raw).digest() != known.sha256:
            raise NotFoundError("bundle of", words.subject(subject))
        return raw

    def label(self, subject: str) -> str:
        """Returns the label of a subject's bundle as SVG; raises NotFoundError as `bundle` does."""
        raw = self.bundle(subject)
        try:
            made = labels.label(loads(raw), hashlib.sha256(raw).digest())
        except OracleError as error:
            raise NotFoundError("label of", words.subject(subject)) from error
        return labels.svg(made)


_LISTS: dict[str, Callable[[Dashboard, sqlite3.Connection, Pairs], tuple[Any, Page]]] = {
    "/": Dashboard._overview,  # noqa: SLF001 - the class's own table
    "/shipments": Dashboard._shipments,  # noqa: SLF001
    "/lots": Dashboard._lots,  # noqa: SLF001
    "/findings": Dashboard._findings,  # noqa: SLF001
}
"""The pages that list, by their address."""
