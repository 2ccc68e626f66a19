"""What GS1 allows under each application identifier: digits, further characters, check digit; and how long identifiers are. Pure data.

Keys and their qualifiers are checked whole; other elements of a label (dates, weights) for GS1's characters and length, and for digits
where their length is predefined.
Sources: GS1 General Specifications sections 3 and 7.8, figure 7.8.5-2; GS1 Digital Link URI Syntax 1.4 sections 3 and 4.
"""

import re
from dataclasses import dataclass

from oracle.errors import InvalidKeyError
from oracle.gs1 import check_digit

MAX_OTHER = 90
"""Characters of an element that is no key (General Specifications section 7.8.1)."""

_SET_82 = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*", re.ASCII)
_SET_39 = re.compile(r"[#\-/0-9A-Z]*", re.ASCII)
_DIGITS = re.compile(r"[0-9]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """How the value under one application identifier is built."""

    name: str
    """The short name of Digital Links, such as `gtin`."""
    digits: int = 0
    """Digits that every value begins with."""
    more: int = 0
    """Most characters after them."""
    checked: int = 0
    """Place of the check digit, counted from 1; 0 for none."""
    alphabet: re.Pattern[str] = _SET_82
    """What the further characters may be."""


RULES = {
    "00": Rule("sscc", 18, checked=18),
    "01": Rule("gtin", 14, checked=14),
    "10": Rule("lot", more=20),
    "21": Rule("ser", more=20),
    "22": Rule("cpv", more=20),
    "235": Rule("upui", more=28),
    "253": Rule("gdti", 13, 17, checked=13),
    "254": Rule("glnx", more=20),
    "255": Rule("gcn", 13, 12, checked=13, alphabet=_DIGITS),
    "401": Rule("ginc", more=30),
    "402": Rule("gsin", 17, checked=17),
    "414": Rule("gln", 13, checked=13),
    "417": Rule("party", 13, checked=13),
    "8003": Rule("grai", 14, 16, checked=14),
    "8004": Rule("giai", more=30),
    "8006": Rule("itip", 18, checked=14),
    "8010": Rule("cpid", more=30, alphabet=_SET_39),
    "8011": Rule("cpsn", more=12, alphabet=_DIGITS),
    "8017": Rule("gsrnp", 18, checked=18),
    "8018": Rule("gsrn", 18, checked=18),
}
"""Every key and every qualifier of a key."""
QUALIFIERS: dict[str, tuple[str, ...]] = {
    "00": (), "01": ("22", "10", "21", "235"), "253": (), "255": (), "401": (), "402": (), "414": ("254",), "417": (),
    "8003": (), "8004": (), "8006": ("22", "10", "21"), "8010": ("8011",), "8017": (), "8018": (),
}  # fmt: skip
"""Primary keys, each with its qualifiers in the order in which a Digital Link states them."""

BY_NAME = {rule.name: ai for ai, rule in RULES.items()}
"""Application identifiers by the short names of Digital Links."""
PREDEFINED = {
    **{f"{at:02}": size for at, size in ((0, 20), (1, 16), (2, 16), (3, 16), (4, 18), (20, 4), (41, 16))},
    **dict.fromkeys((f"{at}" for at in range(11, 20)), 8),
    **dict.fromkeys((f"{at}" for at in range(31, 37)), 10),
}
"""Characters, identifier included, of elements that need no separator after them (General Specifications figure 7.8.5-2)."""
_FOUR = {"31", "32", "33", "34", "35", "36", "39", "43", "70", "72", "80", "81", "82"}
_THREE = {"23", "24", "25", "40", "41", "71"}


def identifier_width(text: str) -> int:
    """Returns how many digits the application identifier has with which the text begins."""
    return 4 if text[:2] in _FOUR else 3 if text[:2] in _THREE else 2


def checked_value(ai: str, value: str) -> str:
    """Returns the value if it follows the rule of its application identifier.

    Raises:
        InvalidKeyError: a length, a character or the check digit is wrong.

    """
    rule = RULES.get(ai) or _other(ai)
    shown = f"({ai}){value}"
    head, tail = value[: rule.digits], value[rule.digits :]
    if len(head) < rule.digits or not _DIGITS.fullmatch(head):
        raise InvalidKeyError(shown, f"expected {rule.digits} digits")
    if len(tail) > rule.more or not value:
        raise InvalidKeyError(shown, f"expected {max(1, rule.digits)} to {rule.digits + rule.more} characters")
    if not rule.alphabet.fullmatch(tail):
        raise InvalidKeyError(shown, "a character is outside the set that GS1 allows here")
    if rule.checked and value[rule.checked - 1] != (right := check_digit(value[: rule.checked - 1])):
        raise InvalidKeyError(shown, f"check digit is {value[rule.checked - 1]}, expected {right}")
    return value


def _other(ai: str) -> Rule:
    size = PREDEFINED.get(ai[:2])
    return Rule("", more=MAX_OTHER) if size is None else Rule("", digits=size - len(ai))
