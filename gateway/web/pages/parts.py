"""Pieces that several pages share: badges, steps, cards, lists of facts. Pure. A badge always has words, never colour alone."""

from urllib.parse import quote, unquote

from edge_agents.finding import Finding, Verdict
from gateway.store.records import Shipment, ShipmentState, Step, StoredFinding
from gateway.web.model import STEPS, DeviceCard, Latest, ShipmentCard
from oracle.drawing import svg, words
from oracle.drawing.html import Child, Html, el
from oracle.drawing.series import Band
from oracle.hexes import to_checksum

_VERDICTS = {
    Verdict.CONFORMS: ("good", "✓", "Conforms"),
    Verdict.BREACH: ("bad", "✕", "Breach"),
    Verdict.INSUFFICIENT: ("unsure", "?", "Insufficient data"),
}

_STEP_TITLES = {
    Step.RECORDED: "Readings are stored durably",
    Step.SIGNED: "The conclusion is signed by the gateway's key",
    Step.ANCHORED: "Its batch is in a block",
    Step.FINAL: "Our own light client proved it in a finalized block",
}


def badge(kind: str, mark: str, label: str) -> Html:
    """Returns a badge of a kind (`good`, `bad`, `unsure`, `calm`) with a mark and words."""
    return el("span", el("i", mark, aria_hidden="true"), " ", label, class_=f"badge {kind}")


def verdict(shipment: Shipment, finding: Finding | None) -> Html:
    """Returns the badge of a shipment: its verdict, or where it is on its way to one."""
    if finding is not None:
        return badge(*_VERDICTS[finding.verdict])
    if shipment.state is ShipmentState.OPEN:
        return badge("calm", "→", "Under way")
    return badge("calm", "…", "Being judged")


def label(finding: Finding) -> Html:
    """Returns the badge of a finding about an item, in the agent's own words."""
    kind, mark, _ = _VERDICTS[finding.verdict]
    return badge(kind, mark, finding.label)


def steps(reached: Step) -> Html:
    """Returns the way of a proof with the steps done so far."""
    done = STEPS.index(reached)
    items = []
    for place, step in enumerate(STEPS):
        state = "done" if place <= done else "next" if place == done + 1 else "later"
        spoken = el("span", " (done)" if place <= done else " (to come)", class_="spoken")
        items.append(el("li", el("span", step.value), spoken, class_=state, title=_STEP_TITLES[step]))
    return el("ol", items, class_="steps", aria_label="Progress of the proof")


def facts(*pairs: tuple[str, Child]) -> Html:
    """Returns a list of named values; those without a value are left out."""
    return el(
        "dl", [el("div", el("dt", name), el("dd", value)) for name, value in pairs if value is not None and value != ""], class_="facts"
    )


def code(raw: bytes) -> Html:
    """Returns a hash, shortened, with the whole of it when pointed at."""
    return el("code", words.short(raw), title=f"0x{raw.hex()}")


def address(raw: bytes) -> Html:
    """Returns an account's or a contract's address with its checksum, shortened, with the whole of it when pointed at."""
    whole = to_checksum(raw)
    return el("code", f"{whole[:10]}…{whole[-6:]}", title=whole)


def empty(title: str, help_text: Child) -> Html:
    """Returns what stands where nothing is yet, and what would change that."""
    return el("div", el("p", title, class_="lead"), el("p", help_text), class_="empty")


def band_text(band: Band, unit: str) -> str:
    """Returns an interval as it is printed: `2 to 8 °C`."""
    low, high = (words.number(value, 0 if value == round(value) else 1) for value in (band.low, band.high))
    return f"{low} to {high} {unit}".strip()


def value(latest: Latest) -> Child:
    """Returns a newest value, large, with its unit small."""
    if isinstance(latest.value, bool):
        return words.truth(latest.quantity, value=latest.value)
    if isinstance(latest.value, float):
        return [words.number(latest.value), el("small", words.unit(latest.unit))]
    return latest.value if latest.value is not None else words.quantity(latest.quantity)


def shipment_card(card: ShipmentCard, now_ms: int) -> Html:
    """Returns a shipment at a glance."""
    trip = card.shipment
    ended = trip.closed_ms
    when = f"{words.duration((ended or now_ms) - trip.opened_ms)} · " + (f"closed {words.age(ended, now_ms)}" if ended else "under way")
    return el(
        "article",
        el(
            "header",
            el("div", el("h3", el("a", spaced(card.key), href=f"/shipments/{card.key}")), el("p", _cargo(card), class_="quiet")),
            verdict(trip, card.finding),
        ),
        svg.sparkline(card.series, svg.WIDE_SPARK)
        if card.series and card.series.points
        else el("p", "No readings of this trip yet.", class_="quiet"),
        steps(card.step),
        el("p", when, class_="quiet small"),
        class_="card shipment",
    )


def device_card(card: DeviceCard, now_ms: int) -> Html:
    """Returns a device at a glance."""
    first = card.latest[0] if card.latest else None
    name = card.info.title or card.info.id
    body: list[Child] = []
    if first is None:
        body.append(el("p", "Never heard yet.", class_="quiet"))
    else:
        seen = words.age(first.time_ms, now_ms) if first.time_ms is not None else "no finding yet"
        kind = "value" if isinstance(first.value, float | bool) else "value word"
        alarm = " alarm" if first.inside is False else ""
        if first.value is not None:
            body.append(el("p", value(first), class_=kind + alarm))
        out = badge("bad", "!", "outside its band") if first.inside is False else None
        body.append(el("p", words.quantity(first.quantity), " · ", seen, " ", out, class_="quiet small"))
    if card.series is not None:
        body.append(svg.sparkline(card.series))
    elif card.frame is not None:
        image = el("img", src=f"/findings/{card.frame.id}/frame.png", alt="Newest inspection image", class_="frame", width=64, height=64)
        body.append(
            el("div", image, el("div", label(card.frame.finding), el("p", card.frame.finding.item, class_="small wrap")), class_="seen")
        )
    rest = [el("span", words.quantity(one.quantity), " ", el("b", value(one))) for one in card.latest[1:4]]
    body.append(el("p", rest, class_="rest small") if rest else None)
    identity = el("p", card.info.id, class_="quiet small") if card.info.title else None
    return el(
        "article", el("header", el("div", el("h3", el("a", name, href=device_address(card.info.id))), identity)), body, class_="card device"
    )


def finding_card(found: StoredFinding, now_ms: int, *, large: bool = False, linked: bool = False) -> Html:
    """Returns an inspected item with its image; a large one with its lot, `linked` where that has a page."""
    finding = found.finding
    share = f"{words.number(finding.confidence * 100, 0)} %"
    image = el(
        "img",
        src=f"/findings/{found.id}/frame.png",
        alt=f"Inspection image of item {finding.item}: {finding.label}",
        loading="lazy",
        width=64,
        height=64,
    )
    named: Child = words.subject(finding.subject)
    named = el("a", named, href=lot_address(finding.subject)) if linked else named
    where = el("p", named, class_="quiet small wrap") if large else None
    return el(
        "article",
        el("div", image, class_="frame"),
        el("p", label(finding)),
        el("p", el("b", finding.item), class_="small wrap"),
        el("p", el("span", share, title="confidence"), " · ", words.age(finding.to_ms, now_ms), class_="quiet small"),
        where,
        class_="card finding",
    )


def device_address(device_id: str) -> str:
    """Returns the address of a device's page; ids may hold anything."""
    return f"/devices/{quote(device_id, safe='')}"


def lot_address(subject: str) -> str:
    """Returns the address of a lot's page; its number stands there as its Digital Link encodes it, so that it holds no slash."""
    _, gtin, _, lot = subject.split("/")
    return f"/lots/{gtin}/{quote(lot, safe='')}"


def file_name(subject: str) -> str:
    """Returns what a lot's files are called, without ending; nothing in it needs quoting in a shell or a header."""
    _, gtin, _, lot = subject.split("/")
    return f"{gtin}-{quote(unquote(lot), safe='')}"


def _cargo(card: ShipmentCard) -> Child:
    name = card.product.title if card.product else card.shipment.product
    return [name, " · ", el("a", card.shipment.device, href=device_address(card.shipment.device))]


def spaced(key: str) -> Html:
    """An SSCC in groups, as on the label; spaces are margins, so copying gives the bare digits."""
    groups = (key[:1], key[1:8], key[8:17], key[17:]) if len(key) == 18 else (key,)
    return el("span", [el("span", group) for group in groups], class_="sscc")
