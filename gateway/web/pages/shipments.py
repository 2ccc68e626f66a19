"""All shipments, the last opened first. Pure."""

from gateway.web.model import ShipmentsPage
from gateway.web.pages.layout import Page, fragment
from gateway.web.pages.listing import ways
from gateway.web.pages.parts import empty, shipment_card
from oracle.drawing.html import Child, Html, el


def render(page: ShipmentsPage) -> Page:
    """Returns the page."""
    head = (el("p", el("a", "Overview", href="/"), " / Shipments", class_="crumbs"), el("h1", "Shipments"))
    return Page(
        "Shipments", (fragment("head", *head, class_="block head"), fragment("shipments", _shipments(page), class_="block")), "/shipments"
    )


def none_opened() -> Html:
    """Returns what stands where no shipment is yet."""
    how = ["Open one when goods leave: ", el("code", "aios shipments open SSCC --device ID --product NAME"), "."]
    return empty("No shipment has been opened", how)


def _shipments(page: ShipmentsPage) -> Child:
    if not page.cards:
        return none_opened() if not page.before else empty("No older shipment", "This is the end of the list.")
    return [
        el("div", [shipment_card(card, page.now_ms) for card in page.cards], class_="cards two"),
        ways("/shipments", {}, page.before, page.older),
    ]
