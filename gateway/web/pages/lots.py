"""All lots, filtered by supplier and verdict. Pure."""

from urllib.parse import urlencode

from edge_agents.lots import policy
from gateway.web.lot_model import UNJUDGED, LotsPage
from gateway.web.pages.layout import Page, fragment
from gateway.web.pages.lot_card import lot_card
from gateway.web.pages.parts import empty
from oracle.drawing.html import Child, Html, el

_VERDICTS = {
    "": "any",
    policy.ACCEPT: "accepted",
    policy.REJECT: "rejected",
    policy.INSUFFICIENT: "sample incomplete",
    UNJUDGED: "not judged yet",
}
"""How the verdicts that can be chosen are called."""


def render(page: LotsPage) -> Page:
    """Returns the page."""
    return Page(
        "Lots",
        (fragment("filter", _head(page), class_="block head"), fragment("lots", _lots(page), class_="block")),
        "/lots",
        # What somebody is choosing must not be swapped away.
        frozenset({"filter"}),
    )


def _head(page: LotsPage) -> Child:
    suppliers = [el("option", "All suppliers", value="", selected=not page.supplier)]
    suppliers += [el("option", name, value=name, selected=name == page.supplier) for name in page.suppliers]
    verdicts = [el("option", title, value=word, selected=word == page.verdict) for word, title in _VERDICTS.items()]
    return [
        el("p", el("a", "Overview", href="/"), " / Lots", class_="crumbs"),
        el("h1", "Lots"),
        el(
            "form",
            el("label", el("span", "Supplier"), el("select", suppliers, name="supplier")),
            el("label", el("span", "Verdict"), el("select", verdicts, name="verdict")),
            el("button", "Show", type="submit"),
            method="get",
            action="/lots",
            class_="filter",
        ),
    ]


def _lots(page: LotsPage) -> Child:
    if not page.cards and not (page.supplier or page.verdict or page.before):
        how = ["Open one before its items pass the camera: ", el("code", "aios lots open GTIN LOT --size N --aql 1.0"), "."]
        return empty("No lot has been opened", how)
    if not page.cards:
        return empty("No lot matches", "Choose another supplier or verdict.")
    return [el("div", [lot_card(card, page.now_ms) for card in page.cards], class_="cards two"), _pages(page)]


def _pages(page: LotsPage) -> Html:
    chosen = {name: value for name, value in (("supplier", page.supplier), ("verdict", page.verdict)) if value}
    newest = el("a", "Newest", href="/lots" + (f"?{urlencode(chosen)}" if chosen else "")) if page.before else None
    older = el("a", "Older", href="/lots?" + urlencode(chosen | {"before": page.older})) if page.older else None
    return el("nav", newest, older, class_="pages", aria_label="More")
