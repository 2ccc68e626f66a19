"""The report as one HTML file that loads nothing. Pure."""

import base64

from oracle.drawing import svg
from oracle.drawing.html import Child, Html, document, el
from oracle.label.label import modules
from oracle.report.page import Page
from oracle.report.style import STYLE
from oracle.report.table import Table
from oracle.verify_walk import Check, Outcome

TONES = {
    Outcome.PROVEN: "good",
    Outcome.CLAIMED: "unsure",
    Outcome.MISSING: "unsure",
    Outcome.REFUTED: "bad",
    Outcome.UNKNOWN: "unsure",
}
"""How each outcome is coloured; its word is always there too."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser lets the page do, whatever a bundle brought into it."""
LEGEND = {
    Outcome.PROVEN: "follows from signatures and hashes that end in what the reader trusts",
    Outcome.CLAIMED: "the signer's word alone",
    Outcome.MISSING: "a gap, or a part that the file does not hold",
    Outcome.REFUTED: "does not hold",
    Outcome.UNKNOWN: "what is needed to tell is not at hand",
}
"""What each outcome means."""


def render(page: Page) -> str:
    """Returns the whole document."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("title", f"{page.verdict}: {page.title}"),
        el("style", Html(STYLE)),
    )
    parts = [_top(page), _image(page), _charts(page), [_table(table) for table in page.tables], _checks(page), _trust(page)]
    foot = el("footer", el("p", f"{page.made}."), el("p", f"File {page.file}, sha256 ", el("code", page.sha256.hex())))
    return document(head, el("body", el("main", parts), foot), lang="en")


def _top(page: Page) -> list[Child]:
    tally = [badge(outcome, f"{count} {outcome}") for outcome, count in page.tally]
    notices = [el("p", notice, class_="notice") for notice in page.notices]
    seal = el(
        "div",
        el("strong", page.verdict, _stated(page)),
        el("p", page.conclusion) if page.conclusion else None,
        el("p", page.meaning, class_="quiet small"),
        el("div", tally, class_="tally"),
        class_=f"seal {page.tone}",
    )
    code = [svg.matrix(modules(page.link), f"QR code of {page.link}"), el("p", "scan: link and hash of the file", class_="quiet small")]
    left = el("div", el("p", "Verification report", class_="over"), el("h1", page.title), el("p", _linked(page), class_="small quiet"))
    pairs = [[el("dt", name), el("dd", value)] for name, value in page.facts]
    return [
        el("header", left, el("div", code) if page.link else None, class_="top"),
        el("div", notices, class_="seal unsure") if notices else None,
        seal,
        el("dl", pairs, class_="facts"),
    ]


def _stated(page: Page) -> Child:
    # What is proven may be a breach: the two words stand side by side, each in its own colour.
    return [": ", el("span", page.stated[1], class_=f"stated {page.stated[0]}")] if page.stated else None


def _linked(page: Page) -> Child:
    # Shown as text: a report is not a place to follow a link from, and a subject's resolver is not ours.
    return el("code", page.link) if page.link else "The file could not be read as a bundle."


def _image(page: Page) -> Child:
    if page.image is None:
        return None
    source = "data:image/png;base64," + base64.b64encode(page.image).decode()
    return [el("h2", "Image"), el("img", src=source, alt="The image that was judged", class_="item")]


def _charts(page: Page) -> Child:
    if not page.charts:
        return None
    figures = [el("figure", el("figcaption", series.title), svg.figure(series, svg.PAPER)) for series in page.charts]
    legend = "Green: the allowed band. Red: outside it. Gray: nothing was measured. Times are UTC, by the devices' clocks."
    return [el("h2", "What was measured"), figures, el("p", legend, class_="quiet small")]


def _table(table: Table) -> list[Child]:
    body = [
        el("tr", [el("td", cell, class_="code" if column in table.code else None) for column, cell in enumerate(row)]) for row in table.rows
    ]
    wide = table.wide or (1,) * len(table.columns)
    widths = el("colgroup", [el("col", width=f"{100 * part / sum(wide):.1f}%") for part in wide])
    shown = el("table", widths, el("thead", el("tr", [el("th", name) for name in table.columns])), el("tbody", body))
    return [el("h2", table.title), shown, el("p", table.note, class_="quiet small") if table.note else None]


def _checks(page: Page) -> list[Child]:
    rows = [
        el("tr", el("td", badge(check.outcome, check.outcome.value)), el("td", check.name), el("td", _found(check)))
        for check in page.checks
    ]
    told = {check.outcome for check in page.checks}
    legend = [[el("strong", outcome.value), f" {LEGEND[outcome]}. "] for outcome in Outcome if outcome in told]
    return [
        el("h2", "Checks"),
        el("table", el("tbody", rows), class_="checks"),
        el("p", page.unreached) if page.unreached else None,
        el("p", legend, class_="quiet small"),
    ]


def _found(check: Check) -> list[Child]:
    by = f" By {check.by}." if check.by else ""
    proves = el("span", f"Shows that {check.proves}.", class_="quiet") if check.proves and check.stands else None
    if not check.detail:
        return [el("span", f"Would show that {check.proves}.", class_="quiet")] if check.proves else []
    return [check.detail, ".", by, " ", proves]


def _trust(page: Page) -> list[Child]:
    warned = [el("h2", "Worth knowing"), el("ul", [el("li", line) for line in page.warnings])] if page.warnings else []
    trusted = [el("h2", "What was trusted"), el("ul", [el("li", line) for line in page.trusted])] if page.trusted else []
    return [*warned, *trusted]


def badge(outcome: Outcome, said: str) -> Html:
    """Returns an outcome in its colour."""
    return el("span", said, class_=f"badge {TONES[outcome]}")
