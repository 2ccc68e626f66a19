"""All inspected items with their images, filtered by label and confidence. Pure."""

from gateway.web.model import FindingsPage
from gateway.web.pages.layout import Page, fragment
from gateway.web.pages.listing import filters, ways
from gateway.web.pages.parts import empty, finding_card
from oracle.drawing.html import Child, el

CONFIDENCES = (0, 50, 80, 90, 95, 99)
"""Thresholds offered, in percent."""


def render(page: FindingsPage) -> Page:
    """Returns the page."""
    return Page(
        "Findings",
        (fragment("filter", _head(page), class_="block head"), fragment("items", _items(page), class_="block")),
        "/findings",
        # What somebody is choosing must not be swapped away.
        frozenset({"filter"}),
    )


def _head(page: FindingsPage) -> Child:
    total = sum(count for _, count in page.labels)
    options = [el("option", f"All labels ({total})", value="", selected=not page.label)]
    options += [el("option", f"{name} ({count})", value=name, selected=name == page.label) for name, count in page.labels]
    levels = [
        el("option", f"at least {level} %" if level else "any", value=level, selected=level == page.confidence) for level in CONFIDENCES
    ]
    return [
        el("p", el("a", "Overview", href="/"), " / Findings", class_="crumbs"),
        el("h1", "Findings"),
        filters("/findings", ("Label", "label", options), ("Confidence", "confidence", levels)),
    ]


def _items(page: FindingsPage) -> Child:
    if not page.findings and not page.labels:
        return empty("No item was inspected yet", "Images that a camera publishes are judged on this box and appear here.")
    if not page.findings:
        return empty("No item matches", "Choose another label or a lower confidence.")
    cards = [finding_card(one, page.now_ms, large=True, linked=one.finding.subject in page.lots) for one in page.findings]
    more = ways("/findings", {"label": page.label, "confidence": page.confidence}, page.before, page.older)
    return [el("div", cards, class_="cards grid"), more]
