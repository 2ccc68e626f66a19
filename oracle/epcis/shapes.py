"""Small checks of JSON values, and how larger ones are built from them: each yields what is wrong and where. Pure.

A check takes a value and its JSONPath and yields problems; nothing raises, so that one look at a document finds all that is wrong with it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from oracle.epcis import values
from oracle.errors import MalformedDocumentError, shorten


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document."""

    pointer: str
    """Where: a JSONPath such as `$.epcisBody.eventList[0].epcList[1]`."""
    reason: str
    """What is wrong with it."""


Check = Callable[[Any, str], Iterator[Problem]]
"""Yields what is wrong with a value at a path."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.ASCII)
_NAME = re.compile(r"[A-Za-z_@][A-Za-z0-9_@]*", re.ASCII)
MAX_SHOWN = 60
"""Characters of a field's name or value that a problem repeats."""


class Others(Enum):
    """What names an object may have besides those it knows."""

    ANY = auto()
    """Whatever its writer likes."""
    PREFIXED = auto()
    """Names of other vocabularies only: a prefix and a colon, or a whole URI."""
    NONE = auto()
    """No others."""


def at(path: str, name: str | int) -> str:
    """Returns the path of a field or an item below a path."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if _NAME.fullmatch(name) else f"{path}[{shorten(name, MAX_SHOWN)}]"


def is_uri(text: str) -> bool:
    """Returns whether the text is an absolute URI, or a prefixed name, which has the same form."""
    return _URI.fullmatch(text) is not None


def text(value: Any, path: str) -> Iterator[Problem]:
    """Checks for text."""
    if not isinstance(value, str):
        yield _expected("text", value, path)


def number(value: Any, path: str) -> Iterator[Problem]:
    """Checks for a number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield _expected("a number", value, path)


def boolean(value: Any, path: str) -> Iterator[Problem]:
    """Checks for true or false."""
    if not isinstance(value, bool):
        yield _expected("true or false", value, path)


def uri(value: Any, path: str) -> Iterator[Problem]:
    """Checks for a URI."""
    if not isinstance(value, str) or not is_uri(value):
        yield _expected("a URI", value, path)


def time(value: Any, path: str) -> Iterator[Problem]:
    """Checks for a time with a zone."""
    try:
        values.time(value if isinstance(value, str) else "")
    except MalformedDocumentError:
        yield _expected("a time with a zone, such as 2026-03-04T10:00:30.000Z", value, path)


def matching(pattern: str, what: str) -> Check:
    """Returns the check for text of a form."""
    form = re.compile(pattern, re.ASCII)

    def check(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, str) or not form.fullmatch(value):
            yield _expected(what, value, path)

    return check


def term(words: Collection[str], what: str, *, not_under: str) -> Check:
    """Returns the check for a word of a vocabulary or a URI of somebody else's, not under the pattern `not_under`."""
    reserved = re.compile(not_under, re.ASCII)

    def check(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, str) or not (value in words or (is_uri(value) and not reserved.match(value))):
            yield _expected(what, value, path)

    return check


def array(item: Check, *, least: int = 0, distinct: bool = False) -> Check:
    """Returns the check for a list of at least so many items, all passing a check."""

    def check(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield _expected("a list", value, path)
            return
        if len(value) < least:
            yield Problem(path, f"{len(value)} items, expected at least {least}")
        seen: set[str] = set()
        for place, one in enumerate(value):
            yield from item(one, at(path, place))
            if distinct and isinstance(one, str):
                if one in seen:
                    yield Problem(at(path, place), f"{shorten(one, MAX_SHOWN)} stands in the list already")
                seen.add(one)

    return check


def record(fields: Mapping[str, Check], *, required: Collection[str] = (), others: Others = Others.PREFIXED) -> Check:
    """Returns the check for an object with these fields."""

    def check(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield _expected("an object", value, path)
            return
        for name in required:
            if name not in value:
                yield Problem(at(path, name), "is missing")
        for name, child in value.items():
            if name in fields:
                yield from fields[name](child, at(path, name))
            elif others is Others.NONE or (others is Others.PREFIXED and not is_uri(name)):
                yield Problem(at(path, name), "is no field of EPCIS 2.0 here; an extension's name needs a prefix")

    return check


def either(first: Check, second: Check) -> Check:
    """Returns the check that one of two passes; what it yields is the first's."""

    def check(value: Any, path: str) -> Iterator[Problem]:
        problems = list(first(value, path))
        if problems and any(True for _ in second(value, path)):
            yield from problems

    return check


def _expected(what: str, value: Any, path: str) -> Problem:
    return Problem(path, f"expected {what}, got {shorten(value, MAX_SHOWN)}")
