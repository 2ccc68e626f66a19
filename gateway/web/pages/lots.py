"""All lots, filtered by supplier and verdict. Pure."""

from edge_agents.lots import policy
from gateway.web.lot_model import UNJUDGED, LotsPage
from gateway.web.pages.layout import Page, fragment
from gateway.web.pages.listing import filters, ways
from gateway.web.pages.lot_card import lot_card
from gateway.web.pages.parts import empty
from oracle.drawing.html import Child, el

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
        filters("/lots", ("Supplier", "supplier", suppliers), ("Verdict", "verdict", verdicts)),
    ]


def _lots(page: LotsPage) -> Child:
    if not page.cards and not (page.supplier or page.verdict or page.before):
        how = ["Open one before its items pass the camera: ", el("code", "aios lots open GTIN LOT --size N --aql 1.0"), "."]
        return empty("No lot has been opened", how)
    if not page.cards:
        return empty("No lot matches", "Choose another supplier or verdict.")
    more = ways("/lots", {"supplier": page.supplier, "verdict": page.verdict}, page.before, page.older)
    return [el("div", [lot_card(card, page.now_ms) for card in page.cards], class_="cards two"), more]
