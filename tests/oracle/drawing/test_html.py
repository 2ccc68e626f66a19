import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.drawing.html import Html, UnsafeMarkupError, document, el, text


def test_children_are_escaped_and_nesting_is_flattened() -> None:
    made = el("p", "<b>", [1, None, ["&", el("i", '"')]], class_="a b", hidden=True, title=None, data_x="'\"<")
    assert made == '<p class="a b" hidden data-x="&#x27;&quot;&lt;">&lt;b&gt;1&amp;<i>&quot;</i></p>'


def test_void_elements_are_not_closed_and_numbers_are_short() -> None:
    assert el("img", src="/a.png", width=1.0, height=2.25) == '<img src="/a.png" width="1" height="2.2">'
    assert document(el("body"), lang="en").startswith('<!doctype html>\n<html lang="en">')


@given(st.text())
def test_no_text_makes_an_element_or_leaves_an_attribute(hostile: str) -> None:
    assert "<" not in text(hostile)
    made = el("a", hostile, title=hostile)
    assert made.count("<") == 2
    assert made.count('"') == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("onclick", "x()"),
        ("style", "color: red"),
        ("href", "javascript:alert(1)"),
        ("href", " javascript:alert(1)"),
        ("href", "data:text/html,x"),
        ("href", "http://elsewhere.example/"),
        ("href", "//elsewhere.example/"),
        ("href", "/\\elsewhere.example/"),
        ("src", "https:elsewhere"),
        ("action", "ftp://x/"),
        ("a b", "1"),
        ("x><script", "1"),
    ],
)
def test_attributes_that_could_run_or_load_are_refused(name: str, value: str) -> None:
    with pytest.raises(UnsafeMarkupError):
        el("a", **{name: value})


@pytest.mark.parametrize("link", ["/", "/a/b?c=d", "?x=1", "#top", "https://id.gs1.org/00/1"])
def test_links_within_the_site_and_over_tls_are_kept(link: str) -> None:
    assert link in el("a", href=link)


def test_html_is_not_escaped_twice() -> None:
    assert el("p", Html("<b>x</b>")) == "<p><b>x</b></p>"
