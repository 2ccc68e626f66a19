"""The pages about lots: the list with its filters, a lot with its sample, its proof and its files, and what is refused."""

import asyncio
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from edge_agents.finding import Verdict
from gateway.images import Images
from gateway.store import batches, bundles, findings, lots, publications
from gateway.store.attestations import select_whole
from gateway.store.records import Bundle, Step
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from gateway.web import WebSettings, create_app
from gateway.web.dashboard import Dashboard
from gateway.web.lots import ITEMS, PAGE
from gateway.web.pages.parts import file_name, lot_address
from oracle.batch import Batch, BatchLeaf
from oracle.bundle_codec import dumps_json
from oracle.gs1 import lgtin
from oracle.publication import Kind, State
from tests.gateway.test_lots import GTIN, SMALL, SUBJECT, Floor, item
from tests.gateway.web.conftest import Client
from tests.gateway.web.scene import GATEWAY, NOW_MS, Scene, png, published
from tests.gateway.web.test_app import text_of
from tests.oracle.bundle_fixture import lot_verdict

ODD = "A/B'%2F<x>"
"""A lot number of GS1's set 82 with everything that an address or a page could trip over."""
IMAGE = png("pit", 1)
PAGE_OF = f"/lots/{GTIN}/L42"


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)
    made = Floor(store)
    made.now = NOW_MS - 3_600_000
    yield made
    store.close()


@pytest.fixture
def images(tmp_path: Path) -> Images:
    return Images(tmp_path / "images", 1 << 20)


@pytest.fixture
def client(floor: Floor, images: Images) -> Client:
    return Client(create_app(floor.store, Scene(), WebSettings(), images=images))


def judged(floor: Floor) -> None:
    """L42 is inspected, accepted with one nonconforming item of 20, and signed."""
    floor.open()
    floor.inspect(20, 1)
    floor.attest()
    assert floor.judge(signing=True)
    floor.attest()


def anchored(floor: Floor, state: State = State.FINAL) -> bytes:
    """Its verdict's batch is published, usually proven to a finalized block; returns the statement's uid."""
    with floor.store.read() as connection:
        (stated,) = select_whole(connection, SUBJECT)
    signed = stated.attestation
    batch = Batch.build(0, [BatchLeaf(signed.uid, signed.attester, signed.digest)])
    floor.store.write(lambda connection: batches.insert(connection, GATEWAY, batch, created_ms=NOW_MS)).result()
    floor.store.write(lambda connection: publications.swap(connection, None, replace(published(batch.root), state=state))).result()
    return signed.uid


def bundled(floor: Floor, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    known = Bundle(SUBJECT, str(path), hashlib.sha256(data).digest(), NOW_MS)
    floor.store.write(lambda connection: bundles.insert(connection, known)).result()


# The page of a lot


def test_a_lot_under_inspection_shows_its_plan_and_how_far_it_is(floor: Floor, client: Client) -> None:
    floor.open()
    floor.inspect(5, 1)
    said = text_of(client.get(PAGE_OF).text)
    for words in (
        "Lot L42 … Being inspected",
        "Supplier Mill 7",
        "Machine press-2",
        "ISO 2859-1, single sampling",
        "Lot size 100 items",
        "Inspection level II",
        "AQL 2.5 in 100",
        "Severity normal",
        "Code letter F",
        "Sample size 20 items",
        "Accepted with (Ac) up to 1 nonconforming",
        "Rejected with (Re) 2 nonconforming or more",
        "5 of 20 inspected, 1 nonconforming",
        "Defect rate 20.00 %, 95 % interval 0.51 to 71.64 %",
        "Not judged yet",
        "Not signed yet",
        "No bundle yet",
        f"https://id.gs1.org/{SUBJECT}",
    ):
        assert words in said, words


def test_a_judged_lot_shows_verdict_statement_and_every_step_of_the_proof(floor: Floor, client: Client) -> None:
    judged(floor)
    uid = anchored(floor)
    html = client.get(PAGE_OF).text
    said = text_of(html)
    for words in (
        "Accepted",
        "Accept by lot-sampling",
        "Found 1 of 20 nonconforming",
        "leaf 1 of 1",
        "Anchor final",
        "Finalized block 4339",
    ):
        assert words in said, words
    assert f'title="0x{uid.hex()}"' in html
    assert html.count('class="done"') == 4
    assert said.count("Attestation 0x") == 1, "statements about items are not the lot's"


def test_a_verdict_that_is_only_signed_says_what_it_waits_for(floor: Floor, client: Client) -> None:
    judged(floor)
    html = client.get(PAGE_OF).text
    assert "waits for the next one" in text_of(html)
    assert html.count('class="done"') == 2


def test_a_verdict_published_on_chain_is_not_taken_for_the_lots_anchor(floor: Floor, client: Client) -> None:
    judged(floor)
    anchored(floor, State.INCLUDED)
    final = replace(published(b"\x01" * 32), kind=Kind.VERDICT)
    floor.store.write(lambda connection: publications.swap(connection, None, final)).result()
    assert client.get(PAGE_OF).text.count('class="done"') == 3
    with floor.store.read() as connection:
        assert lots.progress(connection, SUBJECT) is Step.ANCHORED


def test_an_anchor_that_only_an_rpc_reports_is_anchored_and_not_final(floor: Floor, client: Client) -> None:
    judged(floor)
    anchored(floor, State.REPORTED)
    assert client.get(PAGE_OF).text.count('class="done"') == 3


def test_items_have_label_image_hash_and_statement(floor: Floor, images: Images, client: Client) -> None:
    floor.open()
    kept = replace(item(0, good=False, lot="L42"), evidence=images.keep(IMAGE))
    stored = floor.store.write(partial(findings.insert, finding=kept, created_ms=floor.now)).result()
    floor.inspect(2, first=1)
    floor.attest()
    html = client.get(PAGE_OF).text
    rows = re.findall(r"<tr>.*?</tr>", html)[1:]
    assert [re.findall(r"item-\d", row)[0] for row in rows] == ["item-2", "item-1", "item-0"], "the last inspected first"
    assert f'src="/findings/{stored.id}/frame.png"' in rows[2]
    assert f'title="0x{hashlib.sha256(IMAGE).hexdigest()}"' in rows[2]
    assert "pit" in text_of(rows[2])
    assert "<img" not in rows[0]
    assert "not kept" in text_of(rows[0])
    assert "not signed yet" not in html
    assert client.get(f"/findings/{stored.id}/frame.png").content == IMAGE


def test_nonconforming_items_are_listed_alone(floor: Floor, client: Client) -> None:
    floor.open()
    floor.inspect(6, 1, 4)
    shown = client.get(f"{PAGE_OF}?show=nonconforming").text
    assert re.findall(r"<b>(item-\d)</b>", shown) == ["item-4", "item-1"]
    assert 'aria-current="true">Nonconforming' in shown
    floor.open(lot="L43")
    floor.inspect(3, lot="L43")
    assert "No such item" in client.get(f"/lots/{GTIN}/L43?show=nonconforming").text
    floor.open(lot="L44")
    assert "No item was inspected yet" in client.get(f"/lots/{GTIN}/L44").text


def test_a_sample_is_listed_page_by_page_and_what_lies_beyond_is_counted(floor: Floor, client: Client) -> None:
    floor.open(replace(SMALL, lot_size=1000))
    floor.inspect(90, 50)
    first = client.get(PAGE_OF).text
    assert len(re.findall(r"<tr>", first)) == ITEMS + 1
    assert "10 items beyond the sample decided nothing" in first
    second = client.get(re.findall(r'href="([^"]*)">Older', first)[0]).text
    found = re.findall(r"<b>(item-\d+)</b>", first + second)
    assert found == [f"item-{number}" for number in reversed(range(80))]
    assert "Older" not in second
    assert f'href="{PAGE_OF}">Newest' in second


def test_the_json_twin_holds_the_lot_as_it_is(floor: Floor, client: Client) -> None:
    judged(floor)
    twin = client.get(f"{PAGE_OF}?format=json").json()
    assert (twin["plan"]["letter"], twin["plan"]["severity"], twin["card"]["seen"]["nonconforming"]) == ("F", "normal", 1)
    assert twin["items"][0]["place"] == 20
    assert len(twin["proofs"]) == 1


def test_a_lot_of_any_number_has_an_address_and_stays_text(floor: Floor, client: Client) -> None:
    floor.open(replace(SMALL, supplier="Mill <7> & sons"), ODD)
    subject = lgtin(GTIN, ODD).path
    address = lot_address(subject)
    for path in ("/", "/lots"):
        assert f'href="{address}"' in client.get(path).text
    html = client.get(address).text
    assert "Lot A/B&#x27;%2F&lt;x&gt;" in html
    assert "Mill &lt;7&gt; &amp; sons" in html
    assert client.get(f"{address}?format=json").json()["card"]["lot"]["subject"] == subject
    assert re.fullmatch(r"[0-9A-Za-z._~%-]+", file_name(subject))


def test_a_gtin_of_13_digits_leads_to_the_same_lot(floor: Floor, client: Client) -> None:
    floor.open()
    assert client.get(f"/lots/{GTIN[1:]}/L42").status_code == 200


@pytest.mark.parametrize(
    "path", ["/lots/09506000134352/L43", "/lots/09506000134353/L42", "/lots/1/L42", f"/lots/{GTIN}/{'x' * 21}", f"/lots/{GTIN}"]
)
def test_what_is_no_lot_here_is_said(floor: Floor, client: Client, path: str) -> None:
    floor.open()
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("show=some", "taken: all, nonconforming"),
        ("before=x", "it is no whole number; taken: a whole number from 1 to"),
        ("before=0", "it is out of range"),
        ("shw=all", "this page has no such field; taken: format, show, before"),
        ("show=all&show=all", "it stands twice"),
        ("format=xml", "taken: json"),
    ],
)
def test_a_crooked_choice_of_items_is_refused(floor: Floor, client: Client, query: str, said: str) -> None:
    floor.open()
    answer = client.get(f"{PAGE_OF}?{query}")
    assert answer.status_code == 400
    assert said in text_of(answer.text)


# Its files


def test_bundle_and_label_of_a_lot_are_served(floor: Floor, client: Client, tmp_path: Path) -> None:
    judged(floor)
    data = dumps_json(lot_verdict().bundle)
    bundled(floor, tmp_path / "bundle.json", data)
    page = client.get(PAGE_OF).text
    assert f'href="{PAGE_OF}/bundle.json"' in page
    assert f"aios verify {GTIN}-L42.json" in page
    answer = client.get(f"{PAGE_OF}/bundle.json")
    assert answer.content == data
    assert answer.headers["content-disposition"] == f'attachment; filename="{GTIN}-L42.json"'
    label = client.get(f"{PAGE_OF}/label.svg")
    assert label.headers["content-type"] == "image/svg+xml"
    assert f"sha256={hashlib.sha256(data).hexdigest()}" in label.text


def test_without_a_bundle_there_is_no_file(floor: Floor, client: Client) -> None:
    floor.open()
    for name in ("bundle.json", "label.svg"):
        answer = client.get(f"{PAGE_OF}/{name}")
        assert answer.status_code == 404
        assert "Lot L42 of" in answer.text


# The list


def test_lots_are_listed_and_chosen_by_supplier_and_verdict(floor: Floor, client: Client) -> None:
    assert "No lot has been opened" in client.get("/lots").text
    floor.verdict("G1", good=True)
    floor.verdict("B1", good=False)
    floor.open(replace(SMALL, supplier="Mill 8"), "O1")

    def listed(query: str) -> list[str]:
        answer = client.get(f"/lots{query}")
        assert answer.status_code == 200
        return re.findall(r"<h3><a [^>]*>Lot (\w+)</a>", answer.text)

    assert listed("") == ["O1", "B1", "G1"]
    assert listed("?supplier=&verdict=") == ["O1", "B1", "G1"]
    assert listed("?verdict=reject") == ["B1"]
    assert listed("?verdict=accept") == ["G1"]
    assert listed("?verdict=none") == ["O1"]
    assert listed("?verdict=insufficient") == []
    assert listed("?supplier=Mill+8") == ["O1"]
    assert "No lot matches" in client.get("/lots?supplier=Mill+8&verdict=reject").text
    assert 'value="Mill 8" selected' in client.get("/lots?supplier=Mill+8").text


def test_many_lots_are_listed_page_by_page(floor: Floor, client: Client) -> None:
    for number in range(PAGE + 3):
        floor.now += number % 2  # two are opened in one instant
        floor.open(lot=f"N{number:02}")
    first = client.get("/lots?supplier=Mill+7").text
    second = client.get(re.findall(r'href="([^"]*)">Older', first)[0].replace("&amp;", "&")).text
    numbers = re.findall(r"Lot (N\d\d)</a>", first + second)
    assert len(numbers) == len(set(numbers)) == PAGE + 3
    assert "supplier=Mill+7" in re.findall(r'href="([^"]*)">Newest', second)[0]
    assert "Older" not in second


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("supplier=nobody", "supplier='nobody' is refused: no lot here is of this supplier; taken: Mill 7."),
        ("verdict=good", "it is unknown here; taken: accept, reject, insufficient, none"),
        ("before=01/09506000134352/10/L43", "no such lot is known here; taken: the subject of a lot"),
        ("supplyer=Mill+7", "this page has no such field; taken: format, supplier, verdict, before"),
    ],
)
def test_a_crooked_filter_is_refused(floor: Floor, client: Client, query: str, said: str) -> None:
    floor.open()
    answer = client.get(f"/lots?{query}")
    assert answer.status_code == 400
    assert said in text_of(answer.text).replace("&#x27;", "'")
    twin = client.request("GET", f"/lots?{query}", headers={"accept": "application/json"})
    assert twin.status_code == 400
    assert twin.json()["field"] == query.partition("=")[0]
    assert said in twin.json()["error"]


def test_a_lot_page_that_is_shown_is_kept_live(floor: Floor) -> None:
    floor.open()
    dashboard = Dashboard(floor.store, Scene(), WebSettings())
    before = asyncio.run(dashboard.rendered(f"{PAGE_OF}?show=all"))
    floor.inspect(1)
    after = asyncio.run(Dashboard(floor.store, Scene(), WebSettings()).rendered(f"{PAGE_OF}?show=all"))
    changed = {name for name, markup in after.live().items() if before.live()[name] != markup}
    assert changed == {"inspection", "items"}


def test_findings_lead_to_the_lots_that_were_opened(floor: Floor, client: Client) -> None:
    floor.inspect(1)
    assert 'href="/lots/' not in client.get("/findings").text
    floor.open()
    assert f'href="{PAGE_OF}"' in client.get("/findings").text


def test_a_judged_lot_is_counted_as_it_was_judged(floor: Floor, client: Client) -> None:
    floor.open()
    floor.store.write(lambda c: lots.judged(c, SUBJECT, Verdict.INSUFFICIENT, inspected=7, nonconforming=1, closed_ms=NOW_MS)).result()
    assert "7 of 20 inspected, 1 nonconforming" in client.get("/lots").text
