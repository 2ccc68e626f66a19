"""The frame around every page, and the fragments that are kept live within it. Pure."""

import hashlib
from dataclasses import dataclass

from oracle.drawing.html import Child, Html, document, el

_NAV = (("/", "Overview"), ("/shipments", "Shipments"), ("/lots", "Lots"), ("/findings", "Findings"), ("/verify", "Verify"))


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page."""

    title: str
    """For the window and the history."""
    fragments: tuple[tuple[str, Html], ...]
    """(id, element with that id), in order; each is sent again when it changed."""
    here: str = ""
    """The address of the navigation entry this page belongs to."""
    still: frozenset[str] = frozenset()
    """Fragments that are not kept live, such as a form that somebody is filling in."""

    def live(self) -> dict[str, Html]:
        """Returns the fragments that are kept live."""
        return {name: markup for name, markup in self.fragments if name not in self.still}

    def digest(self) -> str:
        """Returns a short digest over the live fragments: what a client says that it has seen."""
        return hashlib.sha256("".join(self.live().values()).encode()).hexdigest()[:16]


def fragment(name: str, *children: Child, class_: str = "") -> tuple[str, Html]:
    """Returns a part of a page under an id."""
    return name, el("section", *children, id=name, class_=class_ or None)


def html(page: Page) -> Html:
    """Returns the whole document."""
    return document(
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("title", f"{page.title} · AiOS Edge Gateway"),
            el("link", rel="icon", href="/static/icon.svg", type="image/svg+xml"),
            el("link", rel="stylesheet", href="/static/style.css"),
            el("script", src="/static/live.js", defer=True),
        ),
        el(
            "body",
            el("a", "Skip to content", href="#content", class_="skip"),
            el("header", el("div", _brand(), _nav(page.here), _live(), class_="bar"), class_="top"),
            el("main", [markup for _, markup in page.fragments], id="content"),
            el("footer", el("p", "Everything on this page comes from this box. Nothing is loaded from elsewhere.")),
            data_seen=page.digest(),
        ),
        lang="en",
    )


def _brand() -> Html:
    return el(
        "a",
        el("img", src="/static/icon.svg", alt="", width=28, height=28),
        el("span", "AiOS ", el("b", "Edge Gateway")),
        href="/",
        class_="brand",
    )


def _nav(here: str) -> Html:
    links = [el("a", title, href=address, aria_current="page" if address == here else None) for address, title in _NAV]
    return el("nav", links, aria_label="Pages")


def _live() -> Html:
    # Hidden until the script has a connection: without scripts the page is simply as it was loaded.
    return el("span", el("i", class_="pulse"), el("span", "Live"), id="live", class_="live", hidden=True)
