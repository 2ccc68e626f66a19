"""Building HTML and SVG so that forgetting to escape is not possible. Pure.

Text is escaped unless it is `Html`, and only functions here make `Html`. Attributes that run code or carry styles are refused by name, and
links by scheme: the content security policy forbids them anyway, and a page that relies on the policy alone has one wall instead of two.
"""

import re
from collections.abc import Iterable
from html import escape
from typing import Union

Child = Union[str, int, None, "Html", Iterable["Child"]]
"""What an element may hold: text, numbers, elements, nothing, or any nesting of them."""

Attribute = str | int | float | bool | None
"""True is the bare name; False and None leave the attribute out."""

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]*")
_LINKS = frozenset({"href", "src", "action"})
_SAFE_LINK = re.compile(r"(?:[/?#][^/\\]|[/?#]$|https://[\w.-]+(?:/|$))")
"""Within this site (never `//host`), or to a named host over TLS."""
_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/]+={0,2}")
"""A picture that a page carries within itself; only as the source of an image, where a browser runs nothing."""
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


class UnsafeMarkupError(ValueError):
    """A page was about to carry an attribute or a link that could run code."""

    def __init__(self, name: str, value: object) -> None:
        self.name = name
        """The attribute."""
        self.value = value
        """What it was to hold."""
        super().__init__(f"attribute {name}={value!r} is not allowed in a page")


def el(tag: str, *children: Child, **attributes: Attribute) -> Html:
    """Returns an element; `class_` and `for_` stand for the reserved words, other underscores become hyphens.

    Raises:
        UnsafeMarkupError: an event handler, a style, or a link with another scheme than https.
    """
    named = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{tag}{named}>")
    return Html(f"<{tag}{named}>{text(children)}</{tag}>")


def text(child: Child) -> Html:
    """Returns the child as HTML, escaped where it was not HTML already."""
    if child is None:
        return Html("")
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return Html(escape(child))
    if isinstance(child, int):
        return Html(str(child))
    return Html("".join(text(part) for part in child))


def document(*children: Child, **attributes: Attribute) -> Html:
    """Returns a whole page."""
    return Html("<!doctype html>\n" + el("html", *children, **attributes))


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    plain = {"class_": "class", "for_": "for"}.get(name, name.replace("_", "-"))
    if not _NAME.fullmatch(plain) or plain.startswith("on") or plain == "style":
        raise UnsafeMarkupError(plain, value)
    if plain in _LINKS and not _SAFE_LINK.match(str(value)) and not (plain == "src" and _PICTURE.fullmatch(str(value))):
        raise UnsafeMarkupError(plain, value)
    return f" {plain}" if value is True else f' {plain}="{escape(_number(value))}"'


def _number(value: str | float) -> str:
    # Charts are full of coordinates: a tenth of a pixel is enough, and half the bytes.
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
