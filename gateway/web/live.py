"""Keeping pages live: the fragments of a page that changed, over server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

A client names the page it shows and what it has seen of it. While its connection stands, the page is looked at again at a fixed pace;
what differs is sent. Nothing is queued for a slow client: it gets the newest state when it reads again. Clients are bounded; a refused
one stays as it was loaded.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

import msgspec

from gateway.web.errors import NotFoundError, QueryRefusedError
from gateway.web.pages.layout import Page
from gateway.web.settings import WebSettings

HEARTBEAT_SECONDS = 15.0
"""A comment is sent after so long without news, so that proxies and both ends notice a dead connection."""

RETRY_MS = 2000
"""A browser that lost the connection comes back after this."""

FULL_RETRY_MS = 30_000
"""A browser that found no room comes back after this."""

Render = Callable[[str], Awaitable[Page]]
"""Renders the page at an address (path and query)."""


class Live:
    """All live clients of one dashboard."""

    def __init__(self, render: Render, settings: WebSettings, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._render = render
        self._settings = settings
        self._sleep = sleep
        self.clients = 0
        """How many are connected."""

    def full(self) -> bool:
        """Returns whether another client would be one too many."""
        return self.clients >= self._settings.live_clients

    async def stream(self, address: str, seen: str) -> AsyncGenerator[bytes, None]:
        """Yields events until the client goes; `seen` is the digest of what it shows, from the page or from its last event."""
        if self.full():
            # Asked again here: of many who come at once, all were told that there is room before the first took it.
            yield f"retry: {FULL_RETRY_MS}\n\n".encode()
            return
        self.clients += 1
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            shown: dict[str, str] | None = None
            quiet = 0.0
            while True:
                page = await self._page(address)
                if page is None:
                    yield event("gone", "", {})
                    return
                fresh = page.live()
                if shown is None and page.digest() == seen:
                    shown = dict(fresh)
                changed = {name: markup for name, markup in fresh.items() if shown is None or shown.get(name) != markup}
                if changed:
                    yield event("fragments", page.digest(), changed)
                    quiet = 0.0
                elif quiet >= HEARTBEAT_SECONDS:
                    yield b": still here\n\n"
                    quiet = 0.0
                shown = dict(fresh)
                await self._sleep(self._settings.live_seconds)
                quiet += self._settings.live_seconds
        finally:
            self.clients -= 1

    async def _page(self, address: str) -> Page | None:
        try:
            return await self._render(address)
        except (NotFoundError, QueryRefusedError):
            return None


def event(kind: str, number: str, fragments: Mapping[str, str]) -> bytes:
    """Returns one event; its data is one line of JSON, so no markup can end it early."""
    data = msgspec.json.encode({name: str(markup) for name, markup in fragments.items()})
    return f"id: {number}\nevent: {kind}\ndata: ".encode() + data + b"\n\n"
