"""The first page: is all well, what does the chain say, where are the shipments, what do the devices say. Pure."""

from gateway.health import Condition, Severity
from gateway.web.model import Overview
from gateway.web.pages.layout import Page, fragment
from gateway.web.pages.lot_card import lot_card
from gateway.web.pages.parts import badge, device_card, empty, facts, finding_card, shipment_card
from gateway.web.pages.shipments import none_opened
from gateway.web.view import LightClientInfo
from oracle.drawing import words
from oracle.drawing.html import Child, Html, el

_SEVERITIES = {
    Severity.ERROR: ("bad", "✕", "Error"),
    Severity.WARNING: ("unsure", "!", "Warning"),
    Severity.INFO: ("calm", "i", "Note"),
}

STALE_MS = 15 * 60_000
"""A finalized header older than this deserves a word: finality takes 13 minutes where all is well."""


def render(overview: Overview) -> Page:
    """Returns the page."""
    return Page(
        "Overview",
        (
            fragment("health", _health(overview), class_="panel"),
            fragment("chain", _chain(overview.light_client, overview.now_ms), class_="panel"),
            fragment("shipments", el("h2", "Shipments"), _shipments(overview), class_="block"),
            *((fragment("lots", el("h2", "Lots"), _lots(overview), class_="block"),) if overview.lots else ()),
            fragment("devices", el("h2", "Devices"), _devices(overview), class_="block"),
            fragment("findings", el("h2", "Latest findings"), _findings(overview), class_="block"),
        ),
        "/",
    )


def _health(overview: Overview) -> Child:
    counts = facts(
        ("Readings recorded", f"{overview.readings:,}".replace(",", "\u202f")),
        ("Rejects kept", el("span", overview.rejects, el("small", "for inspection"))),
    )
    if not overview.conditions:
        return [el("h2", "Health"), el("p", badge("good", "✓", "All is well"), class_="headline"), counts]
    worst = badge(*_SEVERITIES[overview.conditions[0].severity])
    count = words.plural(len(overview.conditions), "condition")
    return [
        el("h2", "Health"),
        el("p", worst, " ", el("span", count, " to look at"), class_="headline"),
        el("ul", [_condition(condition, overview.now_ms) for condition in overview.conditions], class_="conditions"),
        counts,
    ]


def _condition(condition: Condition, now_ms: int) -> Html:
    kind, mark, word = _SEVERITIES[condition.severity]
    since = f"for {words.duration(now_ms - condition.since_ms)}"
    head = el("p", badge(kind, mark, word), el("code", condition.name), el("span", since, class_="quiet small"), class_="row")
    return el("li", head, el("p", condition.text))


def _chain(info: LightClientInfo | None, now_ms: int) -> Child:
    if info is None:
        return [
            el("h2", "Light client"),
            empty("No proven header yet", "The light client is looking for its first checkpoint. Recording goes on meanwhile."),
        ]
    age_ms = now_ms - info.finalized_ms
    state = badge("unsure", "!", "Finality is old") if age_ms > STALE_MS else badge("good", "✓", "Following the chain")
    share = f"{words.number(info.participation * 100, 0)} %"
    return [
        el("h2", "Light client"),
        el("p", state, " ", el("span", info.network, class_="quiet"), class_="headline"),
        facts(
            ("Finalized block", f"{info.finalized_block:,}".replace(",", "\u202f")),
            ("Finalized slot", el("span", info.finalized_slot, el("small", words.age(info.finalized_ms, now_ms)))),
            ("Head slot", el("span", info.head_slot, el("small", words.age(info.head_ms, now_ms)))),
            ("Signed by", el("span", share, el("small", "of the committee"))),
        ),
    ]


def _shipments(overview: Overview) -> Child:
    if not overview.shipments:
        return none_opened()
    cards = el("div", [shipment_card(card, overview.now_ms) for card in overview.shipments], class_="cards two")
    return [cards, el("p", el("a", "All shipments", href="/shipments"))]


def _lots(overview: Overview) -> Child:
    cards = el("div", [lot_card(card, overview.now_ms) for card in overview.lots], class_="cards two")
    return [cards, el("p", el("a", "All lots", href="/lots"))]


def _devices(overview: Overview) -> Child:
    if not overview.devices:
        how = [
            "Name them under ",
            el("code", "[[devices]]"),
            " in the settings and let them publish to the broker; they appear here with their first reading.",
        ]
        return empty("No device is configured or was heard", how)
    more = el("p", f"{overview.more_devices} more are not shown here.", class_="quiet") if overview.more_devices else None
    return [el("div", [device_card(card, overview.now_ms) for card in overview.devices], class_="cards three"), more]


def _findings(overview: Overview) -> Child:
    if not overview.findings:
        return empty(
            "No item was inspected yet", "Images that a camera publishes are judged on this box and appear here with label and confidence."
        )
    cards = el("div", [finding_card(found, overview.now_ms) for found in overview.findings], class_="cards frames")
    return [cards, el("p", el("a", "All findings", href="/findings"))]
