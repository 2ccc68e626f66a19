"""One shipment: the trip as a chart, the verdict with its measures, and every step of the proof. Pure."""

from edge_agents.delay.forecast import Overdue
from edge_agents.finding import Finding
from gateway.web.model import ShipmentPage
from gateway.web.pages.layout import Page, fragment
from gateway.web.pages.life import life
from gateway.web.pages.parts import band_text, code, device_address, empty, facts, spaced, steps, verdict
from gateway.web.pages.proof import proofs, take
from gateway.wording import verdict as verdict_in_words
from oracle.drawing import svg, words
from oracle.drawing.html import Child, el

_MEASURE_UNITS = {"minutes": "min", "seconds": "s", "temperature": "°C", "humidity": "%", "illuminance": "lx"}
"""Units by the words in a measure's name."""


def render(page: ShipmentPage) -> Page:
    """Returns the page."""
    return Page(
        f"Shipment {page.card.key}",
        (
            fragment("shipment", _head(page), class_="block head"),
            fragment("trip", _trip(page), class_="block"),
            fragment("verdict", el("h2", "Verdict"), _verdict(page), class_="panel"),
            fragment("proof", el("h2", "Proof"), proofs(page.proofs), class_="panel"),
            fragment("life", el("h2", "Life"), life(page), class_="panel wide"),
            fragment("take", el("h2", "Take it with you"), _take(page), class_="block"),
        ),
        "/shipments",
    )


def _head(page: ShipmentPage) -> Child:
    trip, product = page.card.shipment, page.card.product
    ended = words.moment(trip.closed_ms) if trip.closed_ms is not None else "under way"
    return [
        el("p", el("a", "Overview", href="/"), " / ", el("a", "Shipments", href="/shipments"), " / Shipment", class_="crumbs"),
        el("div", el("h1", spaced(page.card.key)), verdict(trip, page.card.finding), class_="row"),
        facts(
            ("Product", product.title if product else trip.product),
            ("Device", el("a", trip.device, href=device_address(trip.device))),
            ("Opened", words.moment(trip.opened_ms)),
            ("Closed", ended),
            ("Due", words.moment(trip.deadline_ms) if trip.deadline_ms is not None else None),
            ("Forecast", _forecast(page)),
            ("Duration", words.duration((trip.closed_ms or page.now_ms) - trip.opened_ms)),
        ),
        steps(page.card.step),
    ]


def _forecast(page: ShipmentPage) -> str | None:
    if page.forecast is None:
        return None
    if isinstance(page.forecast, Overdue):
        return f"late already, by {words.duration(page.forecast.late_ms)}"
    quantile, days = page.forecast.delay_days[-1]
    worst = f"at most {words.number(days, 0)} days late" if days >= 0.5 else "on time"
    return f"late with {words.number(100 * page.forecast.late, 0)} %; {words.number(100 * quantile, 0)} % sure: {worst}"


def _trip(page: ShipmentPage) -> Child:
    series = page.card.series
    if series is None or not series.points:
        return empty("No readings of this trip yet", "They appear here as soon as its device is heard.")
    legend = f"Shaded green: allowed {band_text(series.band, series.unit)}; shaded red: outside it. " if series.band is not None else ""
    legend += "Times are the device's own, in UTC."
    return el(
        "figure", el("figcaption", el("h2", words.quantity(_quantity(page)))), svg.chart(series), el("p", legend, class_="quiet small")
    )


def _quantity(page: ShipmentPage) -> str:
    return page.card.product.quantity if page.card.product else "temperature"


def _verdict(page: ShipmentPage) -> Child:
    if not page.findings:
        return empty("Not judged yet", "The agent concludes once the shipment is closed and its last reading is in.")
    return [_finding(found.finding) for found in reversed(page.findings)]


def _finding(finding: Finding) -> Child:
    said = verdict_in_words(finding)
    measures = [(words.quantity(name), _measure(name, amount)) for name, amount in finding.measures]
    return [
        el("p", el("b", said.capitalize()), el("span", " by ", finding.agent, class_="quiet"), class_="headline"),
        facts(
            *measures,
            ("Readings used", f"{finding.readings:,}".replace(",", "\u202f")),
            ("Confidence", f"{words.number(finding.confidence * 100, 0)} %"),
            ("Agent's hash", code(finding.agent_hash)),
            ("Evidence", code(finding.evidence)),
        ),
    ]


def _measure(name: str, amount: float) -> str:
    unit = next((unit for word, unit in _MEASURE_UNITS.items() if word in name), "")
    counted = not unit and amount.is_integer()
    return f"{words.number(amount, 0 if counted else 1)} {unit}".strip()


def _take(page: ShipmentPage) -> Child:
    key = page.card.key
    return take(page.bundle, kind="shipment", page=f"/shipments/{key}", file=key, digital_link=page.digital_link)
