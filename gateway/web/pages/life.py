"""A shipment's life on its page: what happened, which devices travelled, where nothing was measured, who had the goods. Pure."""

from edge_agents.finding import Verdict
from gateway.store.records import StoredFinding
from gateway.web.model import HandedOver, ShipmentPage
from gateway.web.pages.parts import address, device_address, facts
from gateway.wording import VERDICTS, verdict
from oracle.drawing import words
from oracle.drawing.html import Child, el


def life(page: ShipmentPage) -> Child:
    """Returns where the goods are, then each list that is not empty."""
    trip = page.card.shipment
    due = None if trip.deadline_ms is None else words.moment(trip.deadline_ms)
    corrections = f"{trip.edition}, the newest counts" if trip.edition else None
    state = facts(("State", trip.life.value.replace("_", " ")), ("Due", due), ("Corrections", corrections))
    lists: list[Child] = []
    for title, rows in (
        ("Devices", [(el("a", one.device, href=device_address(one.device)), _span(one.from_ms, one.to_ms)) for one in page.devices]),
        ("Gaps", [(words.duration(gap.to_ms - gap.from_ms), _span(gap.from_ms, gap.to_ms)) for gap in page.gaps]),
        ("By other policies", [(_found(one), _by(one)) for one in page.beside]),
        ("Covered by other gateways", [(_verdict(one.verdict, one.attester), _span(one.from_ms, one.to_ms)) for one in page.elsewhere]),
        ("Custody", [(_parties(one), _where(one)) for one in page.custody]),
        ("Steps", [(one.step.replace("_", " "), f"{words.moment(one.at_ms)} {one.detail}".strip()) for one in page.steps]),
    ):
        if rows:
            lists.append(
                el("section", el("h3", title), el("ul", [el("li", el("b", name), " ", told) for name, told in rows], class_="life"))
            )
    return [state, el("div", lists, class_="lists")]


def _span(from_ms: int, to_ms: int | None) -> str:
    return f"{words.moment(from_ms)} to {words.moment(to_ms)}" if to_ms is not None else f"since {words.moment(from_ms)}"


def _verdict(stated: int, attester: bytes) -> Child:
    return [VERDICTS[Verdict(stated)].capitalize(), " by ", address(attester)]


def _found(one: StoredFinding) -> str:
    return verdict(one.finding).capitalize()


def _by(one: StoredFinding) -> str:
    corrected = f", correction {one.edition}" if one.edition else ""
    return f"by {one.finding.agent}{corrected}"


def _parties(one: HandedOver) -> Child:
    return [one.giver_party or address(one.giver), " to ", one.taker_party or address(one.taker)]


def _where(one: HandedOver) -> str:
    return f"{words.moment(one.time_ms)}, {one.place}" if one.place else words.moment(one.time_ms)
