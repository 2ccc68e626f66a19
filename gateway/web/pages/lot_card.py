"""A lot at a glance: how much of its sample is inspected, what that says, and the verdict. Pure."""

from edge_agents.finding import Verdict
from gateway.store.lot_records import LotState
from gateway.web.model import LotCard
from gateway.web.pages.parts import badge, lot_address, steps
from oracle.drawing import words
from oracle.drawing.html import Html, el

_VERDICTS = {
    Verdict.CONFORMS: ("good", "✓", "Accepted"),
    Verdict.BREACH: ("bad", "✕", "Rejected"),
    Verdict.INSUFFICIENT: ("unsure", "?", "Sample incomplete"),
}


def lot_card(card: LotCard, now_ms: int) -> Html:
    """Returns the card."""
    lot = card.lot
    origin = " · ".join(part for part in (lot.supplier, lot.machine) if part)
    ended = lot.closed_ms
    when = f"opened {words.age(lot.opened_ms, now_ms)}" if ended is None else f"closed {words.age(ended, now_ms)}"
    return el(
        "article",
        el(
            "header",
            el(
                "div",
                el("h3", el("a", f"Lot {card.number}", href=lot_address(lot.subject))),
                el("p", f"{lot.gtin} · {words.plural(lot.lot_size, 'item')}", class_="quiet"),
            ),
            lot_verdict(card),
        ),
        *inspection(card),
        el("p", f"{lot.severity} inspection, AQL {lot.aql}, Ac {card.accept}, Re {card.reject}", class_="quiet small"),
        steps(card.step) if card.step is not None else None,
        el("p", f"{origin} · {when}" if origin else when, class_="quiet small"),
        class_="card lot",
    )


def lot_verdict(card: LotCard) -> Html:
    """Returns the badge of a lot: its verdict, or where it is on its way to one."""
    if card.lot.verdict is not None:
        return badge(*_VERDICTS[card.lot.verdict])
    return badge("calm", "…", "Being inspected" if card.lot.state is LotState.OPEN else "Being judged")


def inspection(card: LotCard) -> tuple[Html, ...]:
    """Returns how far the sample is inspected and what it says of the defect rate."""
    seen = card.seen
    said = f"{seen.inspected} of {card.sample_size}"
    return (
        el("progress", value=seen.inspected, max=card.sample_size, aria_label=f"{said} items inspected"),
        el("p", f"{said} inspected, {seen.nonconforming} nonconforming"),
        el("p", _rate(card), class_="quiet small"),
    )


def _rate(card: LotCard) -> str:
    if not card.seen.inspected:
        return "Nothing is known of its defect rate yet."
    low, high = (words.number(100 * share, 2) for share in (card.rate.low, card.rate.high))
    return f"Defect rate {words.number(100 * card.rate.estimate, 2)} %, 95 % interval {low} to {high} %"
