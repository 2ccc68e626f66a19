"""GS1 element strings: application identifiers with their values, printed, scanned or in a Digital Link. Pure.

One record, three spellings: `(01)10614141123459(21)400` on the label, the same with group separators from a scanner, and a Digital Link
under any host. Every key is checked: digits, length, character set and check digit.
Specifications: GS1 General Specifications sections 3 and 7.8, GS1 Digital Link URI Syntax 1.4 sections 3 to 5.
"""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote

from oracle.errors import InvalidKeyError
from oracle.gs1 import RESOLVER
from oracle.gs1_rules import BY_NAME, PREDEFINED, QUALIFIERS, checked_value, identifier_width

GROUP_SEPARATOR = "\x1d"
"""What ends a value of variable length in a scanned string (FNC1 inside a symbol)."""
MAX_ELEMENTS = 32
"""Elements of one string; no symbol holds more."""
MAX_TEXT = 2048
"""Characters of an element string or a link."""

_SAFE = "';="
"""Sub-delimiters that canonical Digital Links leave as they are."""
_GTIN_LENGTHS = (8, 12, 13, 14)
_BEGINS_IDENTIFIER = re.compile(r"\((?=[0-9]{2,4}\))", re.ASCII)
_ESCAPED = r"\\("


@dataclass(frozen=True, slots=True)
class Elements:
    """Application identifiers with their values, each checked."""

    pairs: tuple[tuple[str, str], ...]
    """Identifier and value, in the order of the string."""

    def __post_init__(self) -> None:
        """Refuses an empty or overlong string, a value that breaks its rule, and an identifier that occurs twice."""
        if not 0 < len(self.pairs) <= MAX_ELEMENTS:
            raise InvalidKeyError(str(len(self.pairs)), f"expected 1 to {MAX_ELEMENTS} elements")
        for ai, value in self.pairs:
            if not re.fullmatch(r"[0-9]{2,4}", ai, re.ASCII) or len(ai) != identifier_width(ai):
                raise InvalidKeyError(ai, "is no application identifier")
            checked_value(ai, value)
        if len({ai for ai, _ in self.pairs}) < len(self.pairs):
            raise InvalidKeyError(self.brackets, "an application identifier occurs twice")

    @classmethod
    def from_brackets(cls, text: str) -> Self:
        """Returns the elements of a label's text such as `(01)10614141123459(21)400`; raises InvalidKeyError."""
        # A bracket is one of GS1's characters too: a value ends only where an identifier begins, and no backslash is before it.
        found = re.findall(r"\(([0-9]{2,4})\)((?:\\\(|(?!\([0-9]{2,4}\)).)*)", _bounded(text), re.ASCII)
        if not found or "".join(f"({ai}){value}" for ai, value in found) != text:
            raise InvalidKeyError(text, "expected (AI)value, repeated")
        return cls(tuple((ai, value.replace("\\(", "(")) for ai, value in found))

    @classmethod
    def from_scan(cls, text: str) -> Self:
        """Returns the elements of a scanned string, symbology identifier and leading separator allowed; raises InvalidKeyError."""
        rest = re.sub(r"^(?:\][A-Za-z][0-9])?\x1d?", "", _bounded(text))
        pairs: list[tuple[str, str]] = []
        while rest and len(pairs) <= MAX_ELEMENTS:
            width = identifier_width(rest)
            size = PREDEFINED.get(rest[:2])
            if size is not None:
                element, rest = rest[:size], rest[size:].removeprefix(GROUP_SEPARATOR)
            else:
                element, _, rest = rest.partition(GROUP_SEPARATOR)
            pairs.append((element[:width], element[width:]))
        return cls(tuple(pairs))

    @classmethod
    def from_link(cls, uri: str) -> Self:
        """Returns the elements of a Digital Link under any host, its short names understood and its GTIN padded; raises InvalidKeyError."""
        match = re.fullmatch(r"https?://[^/?#]+/([^?#]*)(?:\?([^#]*))?(?:#.*)?", _bounded(uri), re.ASCII)
        parts = match[1].rstrip("/").split("/") if match else []
        start = _key_place(parts)
        if match is None or start is None:
            raise InvalidKeyError(uri, "expected a GS1 Digital Link: https://host/AI/key")
        names = [BY_NAME.get(name, name) for name in parts[start::2]]
        values = [unquote(value) for value in parts[start + 1 :: 2]]
        queried = [pair.partition("=") for pair in (match[2] or "").split("&") if re.fullmatch(r"[0-9]{2,4}=.*", pair, re.ASCII)]
        path = [(ai, _padded(ai, value)) for ai, value in zip(names, values, strict=True)]
        found = cls((*path, *((ai, unquote(value)) for ai, _, value in queried if ai not in names)))
        _require_order(uri, names)
        return found

    @property
    def key(self) -> str:
        """The application identifier of the primary key; raises InvalidKeyError where there is none."""
        for ai, _ in self.pairs:
            if ai in QUALIFIERS:
                return ai
        raise InvalidKeyError(self.brackets, "no GS1 key is among the elements")

    def value(self, ai: str) -> str | None:
        """Returns the value under an application identifier, or None."""
        return dict(self.pairs).get(ai)

    @property
    def brackets(self) -> str:
        """The text as labels print it, with a backslash before a bracket in a value that would begin an identifier."""
        return "".join(f"({ai}){_BEGINS_IDENTIFIER.sub(_ESCAPED, value)}" for ai, value in self.pairs)

    @property
    def scan(self) -> str:
        """The text as a scanner sends it, without symbology identifier."""
        ended = (f"{ai}{value}" + ("" if ai[:2] in PREDEFINED else GROUP_SEPARATOR) for ai, value in self.pairs)
        return "".join(ended).removesuffix(GROUP_SEPARATOR)

    @property
    def link(self) -> str:
        """The canonical Digital Link: the key, its qualifiers in order, everything else as query; raises InvalidKeyError without a key."""
        key = self.key
        values = dict(self.pairs)
        named = (key, *(ai for ai in QUALIFIERS[key] if ai in values))
        path = "/".join(f"{ai}/{quote(values[ai], safe=_SAFE)}" for ai in named)
        query = "&".join(f"{ai}={quote(value, safe=_SAFE)}" for ai, value in self.pairs if ai not in named)
        return f"{RESOLVER}{path}" + (f"?{query}" if query else "")


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise InvalidKeyError(text, f"{len(text)} characters, at most {MAX_TEXT}")
    return text


def _key_place(parts: list[str]) -> int | None:
    places = (at for at in range(len(parts) - 1) if BY_NAME.get(parts[at], parts[at]) in QUALIFIERS and (len(parts) - at) % 2 == 0)
    return next(places, None)


def _padded(ai: str, value: str) -> str:
    return value.zfill(14) if ai == "01" and len(value) in _GTIN_LENGTHS else value


def _require_order(uri: str, names: list[str]) -> None:
    allowed = QUALIFIERS[names[0]]
    if [ai for ai in allowed if ai in names[1:]] != names[1:]:
        raise InvalidKeyError(uri, f"({names[0]}) takes only these qualifiers, in this order: {', '.join(allowed) or 'none'}")
