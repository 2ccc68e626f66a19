"""EPC URNs and the element strings they stand for, both ways. Pure. Source: EPC Tag Data Standard 2.1 sections 6 to 8.

An EPC URN states where the company prefix ends; element strings and Digital Links do not. The way back therefore needs the prefix' length,
which only its owner or GS1 can say.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from oracle.errors import InvalidKeyError
from oracle.gs1 import check_digit
from oracle.gs1_elements import Elements

COMPANY_PREFIX = range(6, 13)
"""Digits that a GS1 company prefix may have."""

_PART = re.compile(r"(?:[A-Za-z0-9!'()*+,.:;=_\-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_SAFE = "!'()*+,.:;=_-"
_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):([0-9]+)\.(.*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one kind of EPC is built."""

    ai: str
    """Application identifier of its key."""
    digits: int = 0
    """Digits of company prefix and reference together; 0 where the reference is free text."""
    indicator: bool = False
    """Whether the reference's first digit (indicator, extension) stands before the company prefix in the key."""
    pieces: int = 0
    """Further parts of two digits that follow the check digit (ITIP: piece and total)."""
    serial: str = ""
    """Application identifier of the serial; `+` appends it to the key, empty for none."""


SCHEMES = {
    "id:sgtin": Scheme("01", 13, indicator=True, serial="21"),
    "id:sscc": Scheme("00", 17, indicator=True),
    "id:sgln": Scheme("414", 12, serial="254"),
    "id:grai": Scheme("8003", 12, serial="+"),
    "id:giai": Scheme("8004"),
    "id:gsrn": Scheme("8018", 17),
    "id:gsrnp": Scheme("8017", 17),
    "id:gdti": Scheme("253", 12, serial="+"),
    "id:cpi": Scheme("8010", serial="8011"),
    "id:sgcn": Scheme("255", 12, serial="+"),
    "id:ginc": Scheme("401"),
    "id:gsin": Scheme("402", 16),
    "id:itip": Scheme("8006", 13, indicator=True, pieces=2, serial="21"),
    "id:upui": Scheme("01", 13, indicator=True, serial="235"),
    "id:pgln": Scheme("417", 12),
    "class:lgtin": Scheme("01", 13, indicator=True, serial="10"),
}
"""Every EPC scheme that names a GS1 key."""
PATTERNS = ("sgtin", "grai", "gdti", "sgcn", "cpi", "itip", "upui")
"""Schemes with a class form `urn:epc:idpat:<scheme>:...*`, whose serial is left open."""


def elements(urn: str) -> Elements:
    """Returns the element string of an EPC URN.

    Raises:
        InvalidKeyError: no EPC URN of a scheme in SCHEMES, or its parts have wrong lengths or characters.

    """
    match = _URN.fullmatch(urn)
    name = f"{match[1]}:{match[2]}" if match else ""
    is_pattern = name.removeprefix("idpat:") in PATTERNS and name.startswith("idpat:")
    scheme = SCHEMES.get(name.replace("idpat:", "id:") if is_pattern else name)
    if match is None or scheme is None:
        raise InvalidKeyError(urn, "expected urn:epc:id:, urn:epc:class: or urn:epc:idpat: with a scheme that names a GS1 key")
    company = match[3]
    if len(company) not in COMPANY_PREFIX:
        raise InvalidKeyError(urn, f"company prefix of {len(company)} digits, expected 6 to 12")
    parts = match[4].split(".", scheme.pieces + (1 if scheme.serial else 0))
    if len(parts) != 1 + scheme.pieces + (1 if scheme.serial else 0):
        raise InvalidKeyError(urn, "a part is missing")
    return Elements(_pairs(urn, scheme, company, parts, is_pattern))


def urn(found: Elements, company_digits: int) -> str:
    """Returns the EPC URN of an element string whose company prefix has so many digits: an instance, or a class without serial.

    Raises:
        InvalidKeyError: the elements hold no key that has an EPC URN, or the prefix cannot have that length.

    """
    key = found.key
    name, scheme, serial = _scheme_of(found, key)
    value = found.value(key) or ""
    if company_digits not in COMPANY_PREFIX or (scheme.digits and company_digits > scheme.digits):
        raise InvalidKeyError(found.brackets, f"a company prefix of {company_digits} digits, expected 6 to 12")
    if not scheme.digits:
        company, reference = value[:company_digits], _escaped(value[company_digits:])
        if not re.fullmatch(rf"[0-9]{{{company_digits}}}", company, re.ASCII) or not reference:
            raise InvalidKeyError(found.brackets, f"does not begin with a company prefix of {company_digits} digits and go on")
        pieces: list[str] = []
    else:
        payload = value[1 : scheme.digits + 1] if scheme.ai == "8003" else value[: scheme.digits]
        lead, payload = (payload[0], payload[1:]) if scheme.indicator else ("", payload)
        company, reference = payload[:company_digits], lead + payload[company_digits:]
        pieces = [value[14:16], value[16:18]] if scheme.pieces else []
    tail = [serial] if scheme.serial else []
    return f"urn:epc:{name}:" + ".".join([company, reference, *pieces, *tail])


def _pairs(urn: str, scheme: Scheme, company: str, parts: list[str], is_pattern: bool) -> tuple[tuple[str, str], ...]:
    *main, serial = parts if scheme.serial else [*parts, ""]
    if is_pattern and serial != "*":
        raise InvalidKeyError(urn, "a pattern ends in .*")
    reference, pieces = main[0], main[1:]
    if any(not re.fullmatch(r"[0-9]{2}", piece, re.ASCII) for piece in pieces):
        raise InvalidKeyError(urn, "piece and total have two digits each")
    key = _key(urn, scheme, company, reference) + "".join(pieces)
    if not scheme.serial or is_pattern:
        return ((scheme.ai, key),)
    text = _plain(urn, serial)
    if scheme.serial == "+":
        return ((scheme.ai, key + text),)
    if scheme.ai == "414" and text == "0":  # extension 0 says that there is none
        return ((scheme.ai, key),)
    return ((scheme.ai, key), (scheme.serial, text))


def _key(urn: str, scheme: Scheme, company: str, reference: str) -> str:
    if not scheme.digits:
        return company + _plain(urn, reference)
    if len(company + reference) != scheme.digits or not (company + reference).isdigit() or not reference.isascii():
        raise InvalidKeyError(urn, f"company prefix and reference must have {scheme.digits} digits together")
    if scheme.indicator and not reference:
        raise InvalidKeyError(urn, "the reference lacks its indicator digit")
    payload = reference[0] + company + reference[1:] if scheme.indicator else company + reference
    return ("0" if scheme.ai == "8003" else "") + payload + check_digit(payload)


def _plain(urn: str, part: str) -> str:
    if not _PART.fullmatch(part):
        raise InvalidKeyError(urn, f"{part[:40]!r} holds a character that must be escaped, or nothing")
    return unquote(part)


def _escaped(text: str) -> str:
    return quote(text, safe=_SAFE)


def _scheme_of(found: Elements, key: str) -> tuple[str, Scheme, str]:
    """Returns the scheme's name, the scheme, and the serial as the URN spells it."""
    for name, scheme in SCHEMES.items():
        if scheme.ai != key:
            continue
        if scheme.serial == "+":
            tail = (found.value(key) or "")[scheme.digits + (2 if key == "8003" else 1) :]
            return (name, scheme, _escaped(tail)) if tail else (name.replace("id:", "idpat:"), scheme, "*")
        serial = found.value(scheme.serial) if scheme.serial else ""
        if serial is not None:
            return name, scheme, _escaped(serial)
        if key == "414":
            return name, scheme, "0"
    for name in PATTERNS:
        if SCHEMES[f"id:{name}"].ai == key:
            return f"idpat:{name}", SCHEMES[f"id:{name}"], "*"
    raise InvalidKeyError(found.brackets, "has no EPC URN")
