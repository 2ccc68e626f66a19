import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.epcis import identifiers
from oracle.errors import InvalidKeyError
from oracle.gs1 import Key, check_digit, gln, lgtin, require_check_digit, sgtin, sscc
from tests.vectors import vectors

SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def load(name: str) -> dict[str, Any]:
    return json.loads(vectors("gs1", name).read_text())  # type: ignore[no-any-return]


def test_check_digits_are_those_of_the_standard() -> None:
    for case in load("gs1-keys.json")["check_digits"]:
        assert check_digit(case["payload"]) == str(case["check_digit"])
        assert require_check_digit(case["full"]) == case["full"]


def test_keys_with_a_wrong_check_digit_are_refused() -> None:
    for key in load("gs1-keys.json")["invalid_keys"]:
        with pytest.raises(InvalidKeyError):
            require_check_digit(key)


def test_epc_urns_and_digital_links_become_canonical() -> None:
    document = load("epc-uri-to-digital-link.json")
    assert {pair["in"]: identifiers.canonical(pair["in"]) for pair in document["pairs"]} == {
        pair["in"]: pair["out"] for pair in document["pairs"]
    }
    assert [text for text in document["must_return_none"] if identifiers.canonical(text) is not None] == []


def test_the_schemes_of_the_tag_data_standard_become_canonical() -> None:
    document = load("gs1-keys.json")
    for case in document["epc_tds"]:
        assert identifiers.canonical(case["epc_urn"]) == case["digital_link"]
    for case in document["digital_link_normalisation"]:
        assert identifiers.canonical(case["in"]) == case["reference_normaliser_out"]


@pytest.mark.parametrize(
    "text", ["urn:epc:id:sgtin:1.2", "urn:epc:id:sgtin:0614141.x", "urn:epc:id:nope:0614141.1", "urn:epc:id:sscc:0614141.A"]
)
def test_a_malformed_urn_stays_as_it_is(text: str) -> None:
    assert identifiers.canonical(text) is None


def test_subjects_have_one_spelling() -> None:
    assert sscc("10614141234567890").uri == "https://id.gs1.org/00/106141412345678908"
    assert lgtin("9506000134352", "L42").path == "01/09506000134352/10/L42"
    assert sgtin("9506000134352", "A/B").path == "01/09506000134352/21/A%2FB"


@given(st.text(SET_82, min_size=1, max_size=20), st.sampled_from([sgtin, lgtin]))
def test_a_key_comes_back_from_its_link(value: str, make: Any) -> None:
    key = make("9506000134352", value)
    assert Key.from_uri(key.uri) == key
    assert Key.from_path(key.path) == key


@pytest.mark.parametrize(
    "path",
    [
        "",
        "00", "00/106141412345678909", "00/106141412345678908/21/A", "01/9506000134352", "01/09506000134352/10/", "01/09506000134352/99/A",
        "01/09506000134352/10/L 42", "01/09506000134352/10/%4C42", "01/09506000134352/10/a%2fb", "99/106141412345678908",
        "01/09506000134352/10/" + "A" * 21, "/00/106141412345678908", "01/09506000134352/10/Ä", "00/١٠٦١٤١٤١٢٣٤٥٦٧٨٩٠٨",
    ],
)  # fmt: skip
def test_what_is_no_subject_is_refused(path: str) -> None:
    with pytest.raises(InvalidKeyError):
        Key.from_path(path)
    with pytest.raises(InvalidKeyError):
        Key.from_uri(f"https://example.com/{path}")


def test_a_place_has_a_link_with_and_without_extension() -> None:
    assert gln("950600013430") == "https://id.gs1.org/414/9506000134307"
    assert gln("950600013430", "Dock/3") == "https://id.gs1.org/414/9506000134307/254/Dock%2F3"
    for payload, extension in (("95060001343", ""), ("9506000134307", ""), ("95060001343A", ""), ("950600013430", "Dock 3")):
        with pytest.raises(InvalidKeyError):
            gln(payload, extension)
