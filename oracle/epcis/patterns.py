"""EPC patterns of a query, `urn:epc:idpat:sgtin:0614141.112345.*`, read once and compared part by part. Pure.

A pattern is a stranger's text that is held against every event of a store, so it is compared in time that grows with its parts alone: none
is ever made a regular expression. Source: EPC Tag Data Standard 2.1 section 8.
"""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from oracle import gs1_epc
from oracle.errors import InvalidKeyError
from oracle.gs1_elements import MAX_TEXT, Elements

PREFIX = "urn:epc:idpat:"
"""What an EPC pattern begins with."""
ANY = "*"
"""A part that may be anything."""
PARTS = {name.removeprefix("id:"): 2 + one.pieces + bool(one.serial) for name, one in gs1_epc.SCHEMES.items() if name.startswith("id:")}
"""How many parts an EPC of each scheme with a GS1 key has: company prefix, reference, what follows."""
OTHERS = {"gid": 3, "usdod": 2}
"""The same of schemes without a GS1 key."""

_ID = "urn:epc:id:"
_PART = re.compile(r"(?:[A-Za-z0-9!'()+,.:;=_\-]|%[0-9A-Fa-f]{2})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pattern:
    """EPCs of one scheme, whose first parts are given and whose last ones may be open."""

    scheme: str
    """`sgtin`, `sscc` and so on."""
    parts: tuple[str, ...]
    """Each part, escapes undone; `*` is open. After an open part all are."""

    @classmethod
    def from_urn(cls, urn: str) -> Self:
        """Returns the pattern.

        Raises:
            InvalidKeyError: another kind of URN, a scheme that is not known, or parts that no EPC of it has.
        """
        scheme, _, body = urn.removeprefix(PREFIX).partition(":")
        count = PARTS.get(scheme) or OTHERS.get(scheme)
        if not urn.startswith(PREFIX) or len(urn) > MAX_TEXT or count is None:
            raise InvalidKeyError(urn, f"expected {PREFIX} with a scheme of {', '.join([*PARTS, *OTHERS])}")
        # The last part may hold dots of its own.
        parts = body.split(".", count - 1)
        if len(parts) != count:
            raise InvalidKeyError(urn, f"{len(parts)} parts, a pattern of {scheme} has {count}")
        given = [part for part in parts if part != ANY]
        if parts != given + [ANY] * (count - len(given)):
            raise InvalidKeyError(urn, "a part is open before one that is given")
        if not all(map(_PART.fullmatch, given)):
            raise InvalidKeyError(urn, "a part is * or holds none, and other characters than an EPC's are escaped")
        if scheme in PARTS and given and not (given[0].isdigit() and given[0].isascii() and len(given[0]) in gs1_epc.COMPANY_PREFIX):
            raise InvalidKeyError(urn, "expected a company prefix of 6 to 12 digits")
        return cls(scheme, tuple(map(unquote, parts)))

    def matches(self, epc: str) -> bool:
        """Returns whether an EPC, a URN or a Digital Link, is one of these."""
        try:
            urn = epc if epc.startswith(_ID) else gs1_epc.urn(Elements.from_link(epc), self._company_digits)
        except InvalidKeyError:
            return False
        if not urn.startswith(f"{_ID}{self.scheme}:"):
            return False
        parts = urn.removeprefix(f"{_ID}{self.scheme}:").split(".", len(self.parts) - 1)
        return len(parts) == len(self.parts) and all(wanted in (ANY, unquote(part)) for wanted, part in zip(self.parts, parts, strict=True))

    @property
    def _company_digits(self) -> int:
        # A link does not say where the company prefix ends; where every part is open, any length will do.
        return gs1_epc.COMPANY_PREFIX.start if self.parts[0] == ANY else len(self.parts[0])
