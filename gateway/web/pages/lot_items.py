"""The items of a lot's sample as a table, each with its image while that is kept. Pure."""

from gateway.web.lot_model import ALL, NONCONFORMING, LotPage, SampleItem
from gateway.web.pages.listing import address, ways
from gateway.web.pages.parts import code, empty, label, lot_address
from oracle.drawing import words
from oracle.drawing.html import Child, Html, el

_CHOICES = {ALL: "All", NONCONFORMING: "Nonconforming"}
_HEADINGS = ("No.", "Image", "Item", "Found", "Confidence", "Inspected", "Image sha256", "Statement")


def items(page: LotPage) -> Child:
    """Returns which items are listed, one page of them, and the way to the others."""
    if not page.card.seen.inspected:
        return empty("No item was inspected yet", "Images that a camera publishes under this lot are judged on this box and appear here.")
    if not page.items:
        return [_choices(page), empty("No such item", "None of the items inspected so far is nonconforming.")]
    head = el("thead", el("tr", [el("th", name, scope="col") for name in _HEADINGS]))
    table = el("table", head, el("tbody", [_row(one) for one in page.items]))
    return [_choices(page), el("div", table, class_="checks items"), ways(*_shown(page, page.show), page.before, page.older)]


def _choices(page: LotPage) -> Html:
    links = [
        el("a", title, href=address(*_shown(page, show)), aria_current="true" if show == page.show else None)
        for show, title in _CHOICES.items()
    ]
    return el("nav", links, class_="spans", aria_label="Which items")


def _row(one: SampleItem) -> Html:
    finding = one.found.finding
    frame = f"/findings/{one.found.id}/frame.png"
    alt = f"Inspection image of item {finding.item}: {finding.label}"
    image: Child = el("span", "not kept", class_="quiet small")
    if one.image:
        image = el("a", el("img", src=frame, alt=alt, loading="lazy", width=48, height=48, class_="frame"), href=frame)
    cells: tuple[Child, ...] = (
        one.place,
        image,
        el("b", finding.item),
        label(finding),
        f"{words.number(finding.confidence * 100, 0)} %",
        words.moment(finding.to_ms),
        code(finding.evidence),
        code(one.statement) if one.statement is not None else el("span", "not signed yet", class_="quiet small"),
    )
    return el("tr", [el("td", cell) for cell in cells])


def _shown(page: LotPage, show: str) -> tuple[str, dict[str, str]]:
    """Returns path and fields of the page that shows these items."""
    return lot_address(page.card.lot.subject), {} if show == ALL else {"show": show}
