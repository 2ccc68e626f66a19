"""GS1 keys of our subjects: check digits, SSCC, SGTIN and LGTIN, and their canonical Digital Link. Pure.

It resolves nothing and knows no company prefixes: a Digital Link does not hold their length. Identifiers in foreign spellings (EPC URNs,
other hosts, short names) are `epcis.identifiers`' work; a subject has one spelling only.
Specifications: GS1 General Specifications section 7.9 (check digit) and figure 7.11-1 (character set 82), GS1 Digital Link URI Syntax 1.4.
"""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote

from oracle.errors import InvalidKeyError

RESOLVER = "https://id.gs1.org/"
"""The canonical resolver (Digital Link section 5.10)."""
SSCC, GTIN, BATCH, SERIAL = "00", "01", "10", "21"
"""Application identifiers: logistic unit, trade item, batch or lot, serial number."""
MAX_QUALIFIER = 20
"""Characters of a serial or lot number (AI 10 and 21: X..20)."""

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_CSET_82 = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}", re.ASCII)
_SAFE = "';="
"""Sub-delimiters that canonical Digital Links leave as they are; everything else outside letters, digits, -._~ is encoded."""
_WEIGHTED = {8, 12, 13, 14, 17, 18}
"""Lengths of keys that end in a check digit: GTIN-8, -12, -13, -14 (and GLN, 13), GSIN (17), SSCC (18)."""


def check_digit(payload: str) -> str:
    """Returns the check digit over the payload's digits: weights 3, 1, 3, ... from the right, complemented to ten.

    Raises:
        InvalidKeyError: the payload holds something other than ASCII digits.

    """
    if not _DIGITS.fullmatch(payload):
        raise InvalidKeyError(payload, "expected digits only")
    backwards = payload[::-1]
    return str(-(3 * sum(map(int, backwards[::2])) + sum(map(int, backwards[1::2]))) % 10)


def require_check_digit(key: str) -> str:
    """Returns the key if it is numeric, of a known length, and its last digit is right; raises InvalidKeyError otherwise."""
    if len(key) not in _WEIGHTED:
        raise InvalidKeyError(key, f"{len(key)} characters, expected one of {sorted(_WEIGHTED)}")
    expected = check_digit(key[:-1])
    if key[-1] != expected:
        raise InvalidKeyError(key, f"check digit is {key[-1]!r}, expected {expected}")
    return key


@dataclass(frozen=True, slots=True)
class Key:
    """The GS1 key of a subject: a logistic unit, or a trade item with its serial or lot number."""

    primary: str
    """Application identifier of the primary key: `00` or `01`."""
    number: str
    """The primary key: 18 digits of an SSCC or 14 of a GTIN, check digit included."""
    qualifier: str = ""
    """Application identifier of the qualifier, `21` or `10`; empty for none."""
    value: str = ""
    """The serial or lot number, not percent-encoded."""

    def __post_init__(self) -> None:
        """Refuses a key that is not well formed, so that every Key is."""
        if (self.primary, len(self.number)) not in ((SSCC, 18), (GTIN, 14)):
            raise InvalidKeyError(f"{self.primary}/{self.number}", "expected 00 with 18 digits or 01 with 14")
        require_check_digit(self.number)
        if self.primary == SSCC and self.qualifier:
            raise InvalidKeyError(self.qualifier, "an SSCC takes no qualifier")
        if self.qualifier not in ("", BATCH, SERIAL):
            raise InvalidKeyError(self.qualifier, "expected 10 (lot) or 21 (serial)")
        if bool(self.qualifier) != bool(self.value):
            raise InvalidKeyError(self.path, "a qualifier needs a value")
        if self.value and not _CSET_82.fullmatch(self.value):
            raise InvalidKeyError(self.value, f"expected 1 to {MAX_QUALIFIER} characters of GS1's set 82")

    @classmethod
    def from_path(cls, path: str) -> Self:
        """Returns the key of a Digital Link path such as `00/106141412345678908`; raises InvalidKeyError for any other spelling."""
        parts = path.split("/")
        if len(parts) not in (2, 4):
            raise InvalidKeyError(path, "expected AI/key or AI/key/AI/value")
        key = cls(parts[0], parts[1], *(unquote(part) for part in parts[2:]))
        if key.path != path:
            raise InvalidKeyError(path, f"not its canonical spelling, which is {key.path}")
        return key

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """Returns the key of a canonical Digital Link URI; raises InvalidKeyError for any other spelling."""
        if not uri.startswith(RESOLVER):
            raise InvalidKeyError(uri, f"expected a URI under {RESOLVER}")
        return cls.from_path(uri.removeprefix(RESOLVER))

    @property
    def path(self) -> str:
        """The path of the Digital Link, without leading slash."""
        qualifier = f"/{self.qualifier}/{quote(self.value, safe=_SAFE)}" if self.qualifier else ""
        return f"{self.primary}/{self.number}{qualifier}"

    @property
    def uri(self) -> str:
        """The canonical Digital Link URI, as it goes into QR codes, events and statements."""
        return RESOLVER + self.path


def sscc(payload: str) -> Key:
    """Returns the key of a logistic unit from the 17 digits before the check digit."""
    return Key(SSCC, payload + check_digit(payload))


def sgtin(gtin: str, serial: str) -> Key:
    """Returns the key of one trade item; a GTIN of 8, 12 or 13 digits is padded to 14."""
    return Key(GTIN, require_check_digit(gtin).zfill(14), SERIAL, serial)


def lgtin(gtin: str, lot: str) -> Key:
    """Returns the key of a lot of trade items; a GTIN of 8, 12 or 13 digits is padded to 14."""
    return Key(GTIN, require_check_digit(gtin).zfill(14), BATCH, lot)


def gln(payload: str, extension: str = "") -> str:
    """Returns the Digital Link of a place from the 12 digits before the check digit, and the extension that tells its dock or shelf."""
    if len(payload) != 12:
        raise InvalidKeyError(payload, "expected the 12 digits before the check digit")
    if extension and not _CSET_82.fullmatch(extension):
        raise InvalidKeyError(extension, f"expected 1 to {MAX_QUALIFIER} characters of GS1's set 82")
    return f"{RESOLVER}414/{payload}{check_digit(payload)}" + (f"/254/{quote(extension, safe=_SAFE)}" if extension else "")
