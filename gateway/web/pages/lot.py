"""One lot: its plan, what its sample shows item by item, the verdict, and every step of the proof. Pure."""

from edge_agents.lots import policy
from gateway.store.records import StoredFinding
from gateway.web.lot_model import LotPage
from gateway.web.pages.layout import Page, fragment
from gateway.web.pages.lot_card import inspection, lot_verdict
from gateway.web.pages.lot_items import items
from gateway.web.pages.parts import code, empty, facts, file_name, lot_address, steps
from gateway.web.pages.proof import proofs, take
from oracle.drawing import words
from oracle.drawing.html import Child, el


def render(page: LotPage) -> Page:
    """Returns the page."""
    return Page(
        f"Lot {page.card.number}",
        (
            fragment("lot", _head(page), class_="block head"),
            fragment("plan", el("h2", "Plan"), _plan(page), class_="panel"),
            fragment("inspection", el("h2", "Inspection"), _inspection(page), class_="panel"),
            fragment("items", el("h2", "Items"), items(page), class_="panel wide"),
            fragment("verdict", el("h2", "Verdict"), _verdict(page), class_="panel"),
            fragment("proof", el("h2", "Proof"), proofs(page.proofs), class_="panel"),
            fragment("take", el("h2", "Take it with you"), _take(page), class_="block"),
        ),
        "/lots",
    )


def _head(page: LotPage) -> Child:
    lot = page.card.lot
    return [
        el("p", el("a", "Overview", href="/"), " / ", el("a", "Lots", href="/lots"), " / Lot", class_="crumbs"),
        el("div", el("h1", f"Lot {page.card.number}"), lot_verdict(page.card), class_="row"),
        facts(
            ("Trade item", lot.gtin),
            ("Supplier", lot.supplier or "not named"),
            ("Machine", lot.machine or "not named"),
            ("Opened", words.moment(lot.opened_ms)),
            ("Closed", words.moment(lot.closed_ms) if lot.closed_ms is not None else "under inspection"),
            ("Duration", words.duration((lot.closed_ms or page.now_ms) - lot.opened_ms)),
        ),
        steps(page.card.step) if page.card.step is not None else None,
    ]


def _plan(page: LotPage) -> Child:
    plan = page.plan
    return facts(
        ("Standard", f"{policy.STANDARD}, single sampling"),
        ("Lot size", words.plural(plan.lot_size, "item")),
        ("Inspection level", plan.level),
        ("AQL", f"{plan.aql} in 100"),
        ("Severity", f"{plan.severity}, resumed" if page.card.lot.resumed else str(plan.severity)),
        ("Code letter", plan.letter),
        ("Sample size", words.plural(plan.sample_size, "item")),
        ("Accepted with (Ac)", f"up to {plan.accept} nonconforming"),
        ("Rejected with (Re)", f"{plan.reject} nonconforming or more"),
    )


def _inspection(page: LotPage) -> Child:
    beyond = None
    if page.beyond:
        beyond = el("p", f"{words.plural(page.beyond, 'item')} beyond the sample decided nothing.", class_="quiet small")
    return [*inspection(page.card), beyond]


def _verdict(page: LotPage) -> Child:
    if not page.findings:
        return empty("Not judged yet", "A lot is judged when its sample is complete, or after it was closed.")
    return [_finding(found) for found in reversed(page.findings)]


def _finding(found: StoredFinding) -> Child:
    finding = found.finding
    measures = dict(finding.measures)
    counted = f"{words.number(measures['nonconforming'], 0)} of {words.number(finding.readings, 0)} nonconforming"
    return [
        el("p", el("b", finding.label.capitalize()), el("span", " by ", finding.agent, class_="quiet"), class_="headline"),
        facts(
            ("Found", counted),
            ("First item seen", words.moment(finding.from_ms)),
            ("Last item seen", words.moment(finding.to_ms)),
            ("Agent's hash", code(finding.agent_hash)),
            ("Evidence", code(finding.evidence)),
        ),
    ]


def _take(page: LotPage) -> Child:
    subject = page.card.lot.subject
    return take(page.bundle, kind="lot", page=lot_address(subject), file=file_name(subject), digital_link=page.digital_link)
