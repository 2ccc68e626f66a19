"""The page as HTML and as PDF: that it is whole, that nothing a bundle says becomes markup, that nothing is loaded."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from oracle.bundle import Journey
from oracle.report import facts, html, pdf
from oracle.report.charts import charts
from oracle.report.page import Page
from oracle.report.style import STYLE
from oracle.report.tables import tables
from oracle.verify import verify
from tests.oracle.bundle_fixture import lot, lot_verdict, rich, shipment
from tests.oracle.report.test_page import page

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>&\"' \u202e 药品"


class Reader(HTMLParser):
    """Notes what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data


def read(made: Page) -> Reader:
    reader = Reader()
    reader.feed(html.render(made))
    return reader


def hostile() -> Page:
    """A page about a bundle that tries to be markup wherever it may say something."""
    bundle = rich().bundle
    content = bundle.content
    assert isinstance(content, Journey)
    rows = tuple(replace(row, device=HOSTILE, quantity=HOSTILE + str(len(row.quantity))) for row in content.rows)
    custody = tuple(replace(one, terms=replace(one.terms, place=HOSTILE, giver_party=HOSTILE)) for one in content.custody)
    altered = replace(bundle, network=HOSTILE, content=replace(content, rows=rows, custody=custody))
    report = verify(altered, **rich().inputs())
    return replace(
        page(rich()),
        file=HOSTILE,
        title=HOSTILE,
        charts=charts(altered),
        tables=tables(altered, report),
        facts=facts.facts(altered),
        checks=report.made,
        unreached=report.unreached,
        conclusion=HOSTILE,
        warnings=(HOSTILE,),
        trusted=(HOSTILE,),
    )


@pytest.mark.parametrize("made", [page(rich()), page(lot_verdict()), page(lot()), page(shipment(), checkpoint=bytes(32))])
def test_the_page_holds_verdict_checks_and_what_was_trusted(made: Page) -> None:
    said = read(made).words
    assert made.verdict in said
    assert all(check.name in said for check in made.checks)
    assert all(check.detail in said for check in made.checks)
    assert all(line in said for line in made.trusted)
    assert made.sha256.hex() in said
    assert said.lower().count("not reached") == (1 if made.unreached else 0)
    assert made.unreached in said


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    for made in (page(rich()), page(lot()), hostile()):
        reader = read(made)
        assert {"script", "link", "iframe", "object", "a"} & set(reader.tags) == set()
        loaded = [value or "" for name, value in reader.attributes if name in {"src", "href", "data", "xlink:href"}]
        assert all(value.startswith("data:image/png;base64,") for value in loaded)
        assert not [name for name, _ in reader.attributes if name.startswith("on") or name == "style"]
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_what_a_bundle_says_is_text_in_html() -> None:
    rendered = html.render(hostile())
    assert "<script" not in rendered
    assert "<img src=x" not in rendered
    assert "&lt;script&gt;" in rendered
    assert "\u202e" not in read(hostile()).words.split("Custody")[1].split("Keys")[0]


def test_a_chart_shows_band_excursion_and_worst_value() -> None:
    rendered = html.render(page(rich()))
    assert 'class="band"' in rendered
    assert 'class="outside"' in rendered
    assert "9.5 °C" in rendered
    assert rendered.count('class="wide"') == 3


def pages(data: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", data))


@pytest.mark.parametrize("made", [page(rich()), page(lot_verdict()), page(lot()), page(shipment(), checkpoint=bytes(32)), hostile()])
def test_a_pdf_is_made_of_every_page_and_always_the_same(made: Page) -> None:
    data = pdf.render(made)
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert 1 <= pages(data) <= 8
    assert pdf.render(made) == data


def test_bytes_that_are_no_bundle_have_a_pdf_too() -> None:
    made = replace(page(shipment(), checkpoint=bytes(32)), link="", facts=(), tables=(), charts=())
    assert pages(pdf.render(made)) >= 1


@pytest.mark.parametrize("png", [b"\x89PNG\r\n\x1a\nbroken", b""])
def test_an_image_that_is_none_leaves_the_report_whole(png: bytes) -> None:
    assert pdf.render(replace(page(lot()), image=png)).startswith(b"%PDF-")


def test_an_image_is_in_both_and_one_too_large_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.new("L", (64, 64), 128).save(out, "PNG")
    with_image = replace(page(lot()), image=out.getvalue())
    assert b"/Image" in pdf.render(with_image)
    assert "data:image/png;base64," in html.render(with_image)
    monkeypatch.setattr(pdf, "MAX_PIXELS", 100)
    assert b"/Subtype /Image" not in pdf.render(with_image)


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_the_pdf_says_in_text_what_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(pdf.render(hostile()))
    said = subprocess.run(["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"], capture_output=True, text=True, check=True).stdout
    plain = " ".join(said.split())
    assert "Proven" in plain
    assert "<script>alert(1)</script>" in plain
    assert "U+836F" in plain
    assert "What was trusted" in plain
    assert "Not reached after " in plain
    assert plain.lower().count("not reached") == 1
