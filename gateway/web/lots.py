"""From the store to the pages about lots, like `gather`: one moment of the store, bounded in what is read."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from edge_agents.finding import Verdict
from gateway.images import Images
from gateway.pipeline.lot_statements import plan_of, sampled
from gateway.store import attestations, bundles, findings, lots, readings
from gateway.store.records import StoredFinding
from gateway.web.cards import lot_card, proof
from gateway.web.errors import NotFoundError, QueryRefusedError
from gateway.web.lot_model import ALL, NONCONFORMING, UNJUDGED, VERDICTS, LotPage, LotsPage, SampleItem
from gateway.web.query import listed
from gateway.web.settings import WebSettings
from gateway.web.view import View
from oracle.errors import InvalidKeyError
from oracle.gs1 import Key, lgtin

PAGE = 24
"""Lots on a page of their list."""

ITEMS = 48
"""Items on a page of a lot's sample."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which lots are asked for."""

    supplier: str = ""
    """Whose; empty for all."""
    verdict: str = ""
    """A key of `VERDICTS`; empty for all."""
    before: str = ""
    """The last subject of the page above; empty for the newest."""


def key_of(gtin: str, lot: str) -> Key:
    """Returns the key of a lot as an address names it, the lot number percent-encoded as in its Digital Link.

    Raises:
        NotFoundError: no lot can be called that.
    """
    try:
        return lgtin(gtin, unquote(lot))
    except InvalidKeyError as error:
        raise NotFoundError("lot", f"{lot} of {gtin}") from error


def lots_page(connection: sqlite3.Connection, view: View, chosen: Chosen) -> LotsPage:
    """Gathers the list.

    Raises:
        QueryRefusedError: no lot is of that supplier, or none has the subject after which the page is to begin.
    """
    suppliers = lots.suppliers(connection)
    if chosen.supplier and not lots.select_page(connection, supplier=chosen.supplier, limit=1):
        raise QueryRefusedError("supplier", chosen.supplier, "no lot here is of this supplier", listed(suppliers) or "nothing yet")
    if chosen.before and lots.get(connection, chosen.before) is None:
        raise QueryRefusedError(
            "before", chosen.before, "no such lot is known here", "the subject of a lot, such as 01/09506000134352/10/L42"
        )
    verdict = VERDICTS.get(chosen.verdict)
    judged = None if not chosen.verdict else chosen.verdict != UNJUDGED
    found = lots.select_page(connection, supplier=chosen.supplier, judged=judged, verdict=verdict, before=chosen.before, limit=PAGE + 1)
    return LotsPage(
        now_ms=view.now_ms(),
        cards=tuple(lot_card(connection, one) for one in found[:PAGE]),
        suppliers=tuple(suppliers),
        supplier=chosen.supplier,
        verdict=chosen.verdict,
        before=chosen.before,
        older=found[PAGE - 1].subject if len(found) > PAGE else "",
    )


def lot_page(
    connection: sqlite3.Connection,
    view: View,
    key: Key,
    settings: WebSettings,
    images: Images | None,
    *,
    show: str = ALL,
    before: int | None = None,
) -> LotPage:
    """Gathers a lot's page, with so much of its sample as one page holds.

    Raises:
        NotFoundError: it was not opened here.
    """
    lot = lots.get(connection, key.path)
    if lot is None:
        raise NotFoundError("lot", f"{key.value} of {key.number}")
    sample = sampled(connection, lot)
    listed_ = [
        (place, found)
        for place, found in enumerate(sample, 1)
        if (show != NONCONFORMING or found.finding.verdict is Verdict.BREACH) and (before is None or place < before)
    ][::-1]
    return LotPage(
        now_ms=view.now_ms(),
        card=lot_card(connection, lot),
        plan=plan_of(lot),
        beyond=findings.count_items(connection, lot.subject) - len(sample),
        show=show,
        items=_items(connection, listed_[:ITEMS], images),
        before=before,
        older=listed_[ITEMS - 1][0] if len(listed_) > ITEMS else None,
        findings=tuple(findings.select_whole(connection, lot.subject)),
        proofs=tuple(proof(connection, one) for one in attestations.select_whole(connection, lot.subject)),
        bundle=bundles.get(connection, lot.subject),
        digital_link=f"{settings.digital_link.rstrip('/')}/{lot.subject}",
    )


def _items(connection: sqlite3.Connection, placed: Sequence[tuple[int, StoredFinding]], images: Images | None) -> tuple[SampleItem, ...]:
    made = []
    for place, found in placed:
        kept = found.first_reading is not None and readings.has_bytes(connection, found.first_reading)
        kept = kept or (images is not None and found.finding.evidence in images)
        stated = attestations.get_finding(connection, found.id)
        made.append(SampleItem(place, found, kept, None if stated is None else stated.attestation.uid))
    return tuple(made)
