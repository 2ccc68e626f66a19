"""A lot on the overview: what its card says while it is inspected and once it is judged, and that names from outside are escaped."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from edge_agents.finding import Verdict
from gateway.lots import Lots
from gateway.store import findings, lots
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from gateway.web import gather
from gateway.web.model import plain
from gateway.web.pages import overview
from tests.gateway.test_lots import GTIN, SMALL, SUBJECT, item
from tests.gateway.web.scene import NOW_MS, Scene


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)
    terms = replace(SMALL, supplier="Mill <7> & sons")
    asyncio.run(Lots(store, lambda: NOW_MS - 3_600_000).open(GTIN, "L42", terms))
    for number in range(5):
        store.write(partial(findings.insert, finding=item(number, good=number != 1, lot="L42"), created_ms=1)).result()
    yield store
    store.close()


def page(store: Store) -> str:
    with store.read() as connection:
        return "".join(markup for _, markup in overview.render(gather.overview(connection, Scene())).fragments)


def test_a_lot_under_inspection_shows_how_far_it_is(store: Store) -> None:
    shown = page(store)
    assert "Lot L42" in shown
    assert "5 of 20 inspected, 1 nonconforming" in shown
    assert "Being inspected" in shown
    assert "Defect rate 20.00 %, 95 % interval 0.51 to 71.64 %" in shown
    assert "normal inspection, AQL 2.5, Ac 1, Re 2" in shown
    assert "Mill &lt;7&gt; &amp; sons · press-2" in shown


@pytest.mark.parametrize(
    ("verdict", "word"), [(Verdict.CONFORMS, "Accepted"), (Verdict.BREACH, "Rejected"), (Verdict.INSUFFICIENT, "Sample incomplete")]
)
def test_a_judged_lot_shows_its_verdict(store: Store, verdict: Verdict, word: str) -> None:
    store.write(lambda c: lots.judged(c, SUBJECT, verdict, inspected=5, nonconforming=1, closed_ms=NOW_MS)).result()
    assert word in page(store)


def test_the_json_twin_holds_the_lot(store: Store) -> None:
    with store.read() as connection:
        (card,) = plain(gather.overview(connection, Scene()))["lots"]
    assert (card["lot"]["subject"], card["seen"], card["sample_size"]) == (SUBJECT, {"inspected": 5, "nonconforming": 1}, 20)
