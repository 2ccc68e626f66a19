"""What stands on a label, and what its code holds."""

import hashlib
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
import segno

from oracle.bundle_codec import dumps_json
from oracle.gs1 import Key, lgtin, sgtin
from oracle.label import pdf
from oracle.label.label import CODE_MM, HEIGHT_MM, MODULES_LIMIT, human_readable, label, link, modules, placed, svg
from tests.oracle.bundle_fixture import SHIPMENT, lot, lot_verdict, shipment

DIGEST = hashlib.sha256(dumps_json(shipment().bundle)).digest()


def test_the_link_is_the_digital_link_with_the_hash() -> None:
    assert link(SHIPMENT, DIGEST) == f"https://id.gs1.org/00/106141412345678908?sha256={DIGEST.hex()}"


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        (SHIPMENT, "(00) 106141412345678908"),
        (lgtin("9506000134352", "L42/a"), "(01) 09506000134352 (10) L42/a"),
        (sgtin("9506000134352", "7"), "(01) 09506000134352 (21) 7"),
    ],
)
def test_a_key_is_printed_with_its_identifiers_in_parentheses(key: Key, printed: str) -> None:
    assert human_readable(key) == printed


def test_a_label_says_from_when_to_when_under_which_key_and_which_file() -> None:
    made = label(shipment().bundle, DIGEST)
    said = dict(made.lines)
    assert list(said) == ["From", "To", "Signed", "Key", "Bundle sha256"]
    assert said["Bundle sha256"].replace("\n", "") == DIGEST.hex()
    assert re.fullmatch(r"0x[0-9a-fA-F]{40}", said["Key"].replace("\n", ""))
    assert made.kind == "Shipment"


def test_lots_and_items_have_labels_too() -> None:
    assert label(lot_verdict().bundle, DIGEST).kind == "Lot"
    assert dict(label(lot().bundle, DIGEST).lines)["Seen"]


def test_the_code_holds_the_link_and_is_large_enough_for_a_phone() -> None:
    made = label(shipment().bundle, DIGEST)
    dark = modules(made.link)
    assert dark == [[bool(cell) for cell in row] for row in segno.make(made.link, error="m", micro=False).matrix]
    longest = lgtin("9506000134352", "%" * 20)
    for text in (made.link, link(longest, DIGEST)):
        assert CODE_MM / (len(modules(text)) + 8) >= MODULES_LIMIT


def test_the_drawing_is_well_formed_in_millimetres_and_within_its_border() -> None:
    drawn = ET.fromstring(svg(label(shipment().bundle, DIGEST)))  # noqa: S314 - our own
    assert (drawn.get("width"), drawn.get("height")) == ("105mm", "74mm")
    texts = [node.text for node in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "(00) 106141412345678908" in texts
    assert all(down < HEIGHT_MM - 12 for down, *_ in placed(label(shipment().bundle, DIGEST)))


def test_names_from_outside_are_escaped() -> None:
    made = replace(label(shipment().bundle, DIGEST), key="(01) 1 (10) <&\"'>", lines=(("From", "<script>"),))
    assert "<script>" not in svg(made)
    assert ET.fromstring(svg(made)).tag.endswith("svg")  # noqa: S314 - our own


def test_the_pdf_is_one_page_of_that_size_and_always_the_same() -> None:
    made = label(shipment().bundle, DIGEST)
    data = pdf.render(made)
    assert data == pdf.render(made)
    assert len(re.findall(rb"/Type /Page\b", data)) == 1
    box = re.search(rb"/MediaBox \[ 0 0 ([0-9.]+) ([0-9.]+) \]", data)
    assert box is not None
    assert [round(float(side) / 72 * 25.4) for side in box.groups()] == [105, 74]
