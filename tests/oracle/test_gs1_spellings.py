"""EPC URNs, element strings, Digital Links and tags: one identity in every spelling, over the official tables."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle import gs1_epc, gs1_tag
from oracle.epcis import identifiers
from oracle.errors import InvalidKeyError
from oracle.gs1 import check_digit
from oracle.gs1_elements import Elements
from oracle.gs1_rules import RULES
from tests.vectors import vectors

KEYS: dict[str, Any] = json.loads(vectors("gs1", "gs1-keys.json").read_text())
PAIRS: list[dict[str, str]] = json.loads(vectors("gs1", "epc-uri-to-digital-link.json").read_text())["pairs"]
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
COMPANY_DIGITS = {case["epc_urn"]: len(case["epc_urn"].split(":")[4].split(".")[0]) for case in KEYS["epc_tds"]}


@pytest.mark.parametrize("case", KEYS["epc_tds"], ids=lambda case: case["scheme"])
def test_each_scheme_of_the_tag_data_standard_goes_and_comes_back(case: dict[str, str]) -> None:
    urn = case["epc_urn"]
    elements = gs1_epc.elements(urn)
    assert elements.link == case["digital_link"]
    if case["gs1_element_string"] is not None:
        assert elements.brackets == case["gs1_element_string"]
        assert Elements.from_brackets(case["gs1_element_string"]) == elements
    assert Elements.from_scan(elements.scan) == elements
    assert Elements.from_link(elements.link) == elements
    assert gs1_epc.urn(Elements.from_link(case["digital_link"]), COMPANY_DIGITS[urn]) == urn


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair["in"].startswith("urn:")], ids=lambda pair: pair["in"])
def test_each_urn_of_the_table_comes_back_from_its_link(pair: dict[str, str]) -> None:
    elements = gs1_epc.elements(pair["in"])
    assert elements.link == pair["out"]
    company = len(pair["in"].split(":")[4].split(".")[0])
    assert gs1_epc.elements(gs1_epc.urn(Elements.from_link(pair["out"]), company)) == elements


def test_a_reading_of_a_link_pads_translates_and_keeps_the_query() -> None:
    found = Elements.from_link("https://brand.example.com/some/path/gtin/9506000134352/lot/L1/ser/12345?17=251231&linkType=all")
    assert found.pairs == (("01", "09506000134352"), ("10", "L1"), ("21", "12345"), ("17", "251231"))
    assert found.link == "https://id.gs1.org/01/09506000134352/10/L1/21/12345?17=251231"
    assert found.brackets == "(01)09506000134352(10)L1(21)12345(17)251231"
    assert found.scan == "010950600013435210L1\x1d2112345\x1d17251231"
    assert Elements.from_scan("]C1" + found.scan) == found
    assert Elements.from_brackets("(01)09506000134352(21)a(b)").value("21") == "a(b)"
    assert found.value("99") is None


@pytest.mark.parametrize(
    "text",
    [
        "", "01", "(01)", "(01)1061414112345", "(01)10614141123450", "(00)106141412345678909", "(01)10614141123459(21)",
        "(01)10614141123459(21)" + "4" * 21, "(01)10614141123459(21)a b", "(01)10614141123459(01)10614141123459", "(414)0614141123453",
        "(8003)10614141123452400", "(255)4012345678901ABC", "(8010)0614141abc", "(253)0614141123453400", "x(01)10614141123459",
        "(01)١٠٦١٤١٤١١٢٣٤٥٩", "(999)1", "(8006)040123451234570102",
        "(02)0950600013435", "(02)095060001343520", "(17)25123x",
    ],
)  # fmt: skip
def test_a_wrong_element_string_is_refused(text: str) -> None:
    with pytest.raises(InvalidKeyError):
        Elements.from_brackets(text)


@pytest.mark.parametrize("text", ["", "0", "]C1", "01106141411234", "0110614141123450", "21\x1d21", "10ABC\x1d10ABC"])
def test_a_wrong_scan_is_refused(text: str) -> None:
    with pytest.raises(InvalidKeyError):
        Elements.from_scan(text)


@pytest.mark.parametrize(
    "uri",
    [
        "", "https://id.gs1.org/", "https://id.gs1.org/99/1", "https://id.gs1.org/01/10614141123450", "ftp://id.gs1.org/01/10614141123459",
        "https://id.gs1.org/00/106141412345678908/21/A", "https://id.gs1.org/01/10614141123459/21/A/10/B",
        "https://id.gs1.org/01/10614141123459/99/A", "https://example.com/products/42", "https://id.gs1.org/414/0614141123452/21/A",
    ],
)  # fmt: skip
def test_a_wrong_link_is_refused(uri: str) -> None:
    with pytest.raises(InvalidKeyError):
        Elements.from_link(uri)


@pytest.mark.parametrize(
    "urn",
    [
        "", "urn:epc:id:nope:0614141.1", "urn:epc:id:sgtin:06141.11234567.1", "urn:epc:id:sgtin:0614141.11234.1",
        "urn:epc:id:sgtin:0614141.1123456.1", "urn:epc:id:sgtin:0614141.112345", "urn:epc:id:sgtin:0614141.112345.",
        "urn:epc:id:sgtin:0614141.112345.a/b", "urn:epc:id:sgtin:0614141.112345." + "9" * 21, "urn:epc:id:sscc:0614141.123456789",
        "urn:epc:id:sscc:0614141.12345678٩0", "urn:epc:idpat:sgtin:0614141.112345.400", "urn:epc:id:itip:4012345.012345.1.02.9",
        "urn:epc:idpat:sscc:0614141.*", "urn:epc:id:sgtin:1234567890123..1", "urn:epc:class:sgtin:0614141.112345.4",
    ],
)  # fmt: skip
def test_a_wrong_urn_is_refused(urn: str) -> None:
    with pytest.raises(InvalidKeyError):
        gs1_epc.elements(urn)


@pytest.mark.parametrize("read", [Elements.from_brackets, Elements.from_scan, Elements.from_link])
def test_a_text_beyond_the_bound_is_refused_unread(read: Any) -> None:
    with pytest.raises(InvalidKeyError, match="at most 2048"):
        read("https://id.gs1.org/01/10614141123459?linkType=" + "x" * 2048)


@pytest.mark.parametrize(
    "link", [pair["out"] for pair in PAIRS if pair["in"].startswith("urn:epc:id:s")] + [KEYS["epc_tds"][4]["digital_link"]]
)
def test_no_other_digit_stands_where_a_check_digit_does(link: str) -> None:
    found = Elements.from_link(link)
    place = RULES[found.key].checked - 1
    value = found.value(found.key) or ""
    for digit in "0123456789":
        altered = link.replace(value, value[:place] + digit + value[place + 1 :], 1)
        if altered == link:
            continue
        with pytest.raises(InvalidKeyError, match="check digit"):
            Elements.from_link(altered)
        with pytest.raises(InvalidKeyError, match="check digit"):
            identifiers.require_valid(altered)


@pytest.mark.parametrize(
    ("brackets", "digits"), [("(01)10614141123459", 5), ("(01)10614141123459", 13), ("(10)A", 7), ("(8004)06A", 7), ("(8004)0614141", 7)]
)
def test_no_urn_is_made_where_the_prefix_cannot_have_that_length(brackets: str, digits: int) -> None:
    with pytest.raises(InvalidKeyError):
        gs1_epc.urn(Elements.from_brackets(brackets), digits)


@given(
    st.sampled_from(["21", "10", "235"]),
    st.text("0123456789", min_size=13, max_size=13),
    st.text(SET_82, min_size=1, max_size=20),
    st.integers(6, 12),
)
def test_any_item_is_one_thing_in_every_spelling(qualifier: str, payload: str, value: str, digits: int) -> None:
    found = Elements((("01", payload + check_digit(payload)), (qualifier, value)))
    assert Elements.from_link(found.link) == found
    assert Elements.from_scan(found.scan) == found
    assert gs1_epc.elements(gs1_epc.urn(found, digits)) == found
    assert identifiers.canonical(gs1_epc.urn(found, digits)) == found.link


@pytest.mark.parametrize("case", KEYS["sgtin96"] + KEYS["sscc96"], ids=lambda case: case["epc_tag"])
def test_tags_hold_what_the_table_says(case: dict[str, str]) -> None:
    assert gs1_tag.encode(case["epc_tag"]).hex().upper() == case["hex"]
    assert gs1_tag.decode(bytes.fromhex(case["hex"])) == case["epc_tag"]
    assert gs1_epc.elements(gs1_tag.identity(case["epc_tag"])).link.startswith("https://id.gs1.org/0")


def test_the_identity_of_a_tag_leaves_its_filter_out() -> None:
    assert gs1_tag.identity("urn:epc:tag:sgtin-96:3.0614141.812345.6789") == "urn:epc:id:sgtin:0614141.812345.6789"
    assert gs1_tag.identity("urn:epc:tag:sscc-96:3.0614141.1234567890") == "urn:epc:id:sscc:0614141.1234567890"


@pytest.mark.parametrize(
    "tag",
    [
        "", "urn:epc:tag:sgtin-96:8.0614141.812345.6789", "urn:epc:tag:sgtin-96:3.0614141.81234.6789",
        "urn:epc:tag:sgtin-96:3.0614141.812345.06", "urn:epc:tag:sgtin-96:3.0614141.812345.274877906944",
        "urn:epc:tag:sgtin-96:3.0614141.812345", "urn:epc:tag:sscc-96:3.0614141.1234567890.1", "urn:epc:tag:sgtin-198:3.0614141.812345.A",
    ],
)  # fmt: skip
def test_a_wrong_tag_uri_is_refused(tag: str) -> None:
    with pytest.raises(InvalidKeyError):
        gs1_tag.encode(tag)


@pytest.mark.parametrize(
    "hexes",
    ["", "30", "3574257BF7194E4000001A85", "307C257BF7194E4000001A85", "3174257BF4499602D2000001", "301BFFFFFFFFFFFFFFFFFFFF"],
)
def test_a_wrong_tag_is_refused(hexes: str) -> None:
    with pytest.raises(InvalidKeyError):
        gs1_tag.decode(bytes.fromhex(hexes))


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:id:sscc:0614141.123456789", "https://id.gs1.org/00/106141412345678909", "https://example.com/00/106141412345678909",
        "https://id.gs1.org/00/10614141234567890", "urn:epc:class:lgtin:4012345.01234.998877", "https://id.gs1.org/99/1",
        "https://example.com/gtin/9506000134353",
    ],
)  # fmt: skip
def test_what_looks_like_a_key_must_be_one(uri: str) -> None:
    with pytest.raises(InvalidKeyError):
        identifiers.require_valid(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:id:sscc:0614141.1234567890", "https://example.com/00/106141412345678908", "https://example.com/products/42", "urn:uuid:x",
        "urn:epc:id:gid:95100000.12345.400", "urn:epc:idpat:sgtin:4012345.*.*", "http://example.de/01/97803", "geo:52.5,13.4",
    ],
)  # fmt: skip
def test_somebody_s_own_identifier_is_let_through(uri: str) -> None:
    identifiers.require_valid(uri)


def test_a_lot_that_looks_like_an_identifier_stays_one_value_on_a_label() -> None:
    found = Elements.from_scan("01095060001343521" + "0L(21)7")
    assert found.brackets == r"(01)09506000134352(10)L\(21)7"
    assert Elements.from_brackets(found.brackets) == found
    assert found.value("21") is None
