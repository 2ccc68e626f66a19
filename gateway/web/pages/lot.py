"""A lot at a glance: how much of its sample is inspected, what that says, and the verdict. Pure."""

from edge_agents.finding import Verdict
from gateway.store.lot_records import LotState
from gateway.web.model import LotCard
from gateway.web.pages.parts import badge, steps
from oracle.drawing import words
from oracle.drawing.html import Child, Html, el

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
            el("div", el("h3", f"Lot {card.number}"), el("p", f"{lot.gtin} · {words.plural(lot.lot_size, 'item')}", class_="quiet")),
            _verdict(card),
        ),
        el(
            "progress",
            value=card.seen.inspected,
            max=card.sample_size,
            aria_label=f"{card.seen.inspected} of {card.sample_size} items inspected",
        ),
        el("p", f"{card.seen.inspected} of {card.sample_size} inspected, {_nonconforming(card)}"),
        el("p", _rate(card), class_="quiet small"),
        el("p", f"{lot.severity} inspection, AQL {lot.aql}, Ac {card.accept}, Re {card.reject}", class_="quiet small"),
        steps(card.step) if card.step is not None else None,
        el("p", f"{origin} · {when}" if origin else when, class_="quiet small"),
        class_="card lot",
    )


def _verdict(card: LotCard) -> Child:
    if card.lot.verdict is not None:
        return badge(*_VERDICTS[card.lot.verdict])
    return badge("calm", "…", "Being inspected" if card.lot.state is LotState.OPEN else "Being judged")


def _nonconforming(card: LotCard) -> str:
    return f"{card.seen.nonconforming} nonconforming"


def _rate(card: LotCard) -> str:
    if not card.seen.inspected:
        return "Nothing is known of its defect rate yet."
    low, high = (words.number(100 * share, 2) for share in (card.rate.low, card.rate.high))
    return f"Defect rate {words.number(100 * card.rate.estimate, 2)} %, 95 % interval {low} to {high} %"
