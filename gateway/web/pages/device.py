"""One device: its quantities as charts with the allowed band. Pure."""

from gateway.web.model import DevicePage
from gateway.web.pages.layout import Page, fragment
from gateway.web.pages.parts import badge, band_text, device_address, empty, facts, finding_card, shipment_card, value
from oracle.drawing import svg, words
from oracle.drawing.html import Child, Html, el
from oracle.drawing.series import Series, outside

_SPAN_WORDS = {"1h": "1 hour", "6h": "6 hours", "24h": "24 hours", "3d": "3 days", "30d": "30 days"}


def render(page: DevicePage) -> Page:
    """Returns the page."""
    name = page.info.title or page.info.id
    charts = [fragment(f"chart-{series.key}", _chart(series), class_="block") for series in page.charts]
    if not charts:
        charts = [fragment("charts", _nothing(page), class_="block")]
    fragments = [fragment("device", _head(page, name), class_="block head"), *charts]
    if page.findings:
        cards = el("div", [finding_card(found, page.now_ms) for found in page.findings], class_="cards frames")
        fragments.append(fragment("findings", el("h2", "Latest findings"), cards, class_="block"))
    if page.shipments:
        cards = el("div", [shipment_card(card, page.now_ms) for card in page.shipments], class_="cards two")
        fragments.append(fragment("shipments", el("h2", "Shipments"), cards, class_="block"))
    return Page(name, tuple(fragments))


def _head(page: DevicePage, name: str) -> Child:
    heard = page.latest[0].time_ms if page.latest else None
    links = [
        el("a", words_, href=f"{device_address(page.info.id)}?span={span}", aria_current="true" if span == page.span else None)
        for span, words_ in _SPAN_WORDS.items()
    ]
    return [
        el("p", el("a", "Overview", href="/"), " / Device", class_="crumbs"),
        el("h1", name),
        facts(
            ("Id", el("code", page.info.id)),
            ("Driver", page.driver),
            ("Last heard", words.age(heard, page.now_ms) if heard is not None else "never"),
            ("First heard", words.moment(page.first_seen_ms) if page.first_seen_ms is not None else None),
            *((words.quantity(one.quantity), value(one)) for one in page.latest if one.value is not None),
        ),
        el("nav", links, class_="spans", aria_label="Span of the charts") if page.charts else None,
    ]


def _chart(series: Series) -> list[Html]:
    band = series.band
    out = sum(to_ms - from_ms for from_ms, to_ms in outside(series))
    state = None
    if band is not None:
        state = badge("bad", "!", f"{words.duration(out)} outside") if out else badge("good", "✓", "within its band")
    legend = f"Shaded: allowed {band_text(band, series.unit)}. " if band is not None else ""
    legend += f"{words.moment(series.from_ms)} to {words.moment(series.to_ms)}, device time."
    return [
        el(
            "figure",
            el("figcaption", el("h2", series.title), state, class_="row"),
            svg.chart(series),
            el("p", legend, class_="quiet small"),
        )
    ]


def _nothing(page: DevicePage) -> Html:
    if not page.latest:
        return empty("Nothing was heard from this device yet", ["Check that it publishes under its id ", el("code", page.info.id), "."])
    return empty("Nothing to draw", "What this device says are no numbers.")
