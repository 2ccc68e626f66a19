"""Identifiers in events, brought to their canonical Digital Link as the CBV hash asks. Pure.

EPC URNs (Tag Data Standard section 6 to 8) and Digital Links under any host become `https://id.gs1.org/...`; query, fragment, path prefix
and consumer product variant go, a lot goes where a serial number is. What is not recognised stays
verbatim, such as percent-encoded links: the reference generator does the same, and a hash that nobody else computes is worth nothing.
"""

import re
from collections.abc import Callable

from oracle.errors import InvalidKeyError
from oracle.gs1 import RESOLVER, check_digit

_ENCODED = str.maketrans({character: f"%{ord(character):02X}" for character in "!()*+,:"})
"""Characters that EPC URNs allow and canonical Digital Links encode."""


def _gtin(company: str, item: str) -> str:
    return _checked(item[:1] + company + item[1:])


def _checked(payload: str) -> str:
    return payload + check_digit(payload)


URNS: dict[str, Callable[..., str]] = {
    "id:sgtin": lambda p, i, s: f"01/{_gtin(p, i)}/21/{s}",
    "id:sscc": lambda p, r: f"00/{_gtin(p, r)}",
    "id:sgln": lambda p, r, x: f"414/{_checked(p + r)}" + ("" if x == "0" else f"/254/{x}"),
    "id:grai": lambda p, t, s: f"8003/0{_checked(p + t)}{s}",
    "id:giai": lambda p, r: f"8004/{p}{r}",
    "id:gsrn": lambda p, r: f"8018/{_checked(p + r)}",
    "id:gsrnp": lambda p, r: f"8017/{_checked(p + r)}",
    "id:gdti": lambda p, t, s: f"253/{_checked(p + t)}{s}",
    "id:cpi": lambda p, r, s: f"8010/{p}{r}/8011/{s}",
    "id:sgcn": lambda p, r, s: f"255/{_checked(p + r)}{s}",
    "id:ginc": lambda p, r: f"401/{p}{r}",
    "id:gsin": lambda p, r: f"402/{_checked(p + r)}",
    "id:itip": lambda p, i, n, t, s: f"8006/{_gtin(p, i)}{n}{t}/21/{s}",
    "id:upui": lambda p, i, x: f"01/{_gtin(p, i)}/235/{x}",
    "id:pgln": lambda p, r: f"417/{_checked(p + r)}",
    "class:lgtin": lambda p, i, b: f"01/{_gtin(p, i)}/10/{b}",
    "idpat:sgtin": lambda p, i, _: f"01/{_gtin(p, i)}",
    "idpat:grai": lambda p, t, _: f"8003/0{_checked(p + t)}",
    "idpat:gdti": lambda p, t, _: f"253/{_checked(p + t)}",
    "idpat:sgcn": lambda p, r, _: f"255/{_checked(p + r)}",
    "idpat:cpi": lambda p, r, _: f"8010/{p}{r}",
    "idpat:itip": lambda p, i, n, t, _: f"8006/{_gtin(p, i)}{n}{t}",
    "idpat:upui": lambda p, i, _: f"01/{_gtin(p, i)}",
}
"""How the parts of each EPC URN make up a Digital Link path."""

_URN = re.compile(r"urn:epc:(id(?:pat)?|class):([a-z]+):([0-9]{6,12})\.(.*)", re.ASCII)
_X = r"[\w!\"&'()*+,.:;<=>-]"
_GTIN_LINK = (
    rf"(?:01|gtin)/(?P<gtin>\d{{8}}|\d{{12,14}})(?:/(?:22|cpv)/{_X}{{1,20}})?"
    rf"(?:/(?:10|lot)/(?P<lot>{_X}{{1,20}}))?(?:/(?:21|ser)/(?P<serial>{_X}{{1,20}})|/(?:235|upui)/(?P<upui>{_X}{{1,28}}))?"
)
_ITIP_LINK = (
    rf"(?:8006|itip)/(?P<itip>\d{{18}})(?:/(?:22|cpv)/{_X}{{1,20}})?"
    rf"(?:/(?:10|lot)/(?P<lot>{_X}{{1,20}}))?(?:/(?:21|ser)/(?P<serial>{_X}{{1,20}}))?"
)
_PLAIN_LINKS: tuple[tuple[str, str, str], ...] = (
    ("00", "sscc", r"\d{18}"),
    ("253", "gdti", rf"\d{{13}}{_X}{{0,17}}"),
    ("255", "gcn", r"\d{13,25}"),
    ("401", "ginc", rf"{_X}{{1,30}}"),
    ("402", "gsin", r"\d{17}"),
    ("417", "party", r"\d{13}"),
    ("8003", "grai", rf"\d{{14}}{_X}{{0,16}}"),
    ("8004", "giai", rf"{_X}{{1,30}}"),
    ("8017", "gsrnp", r"\d{18}"),
    ("8018", "gsrn", r"\d{18}"),
)
"""Application identifier, short name and value of the Digital Links that take no qualifier."""
_LINK = re.compile(
    r"https?://[^/?#]+\.[^/?#]+/(?:[^?#]*/)?(?:"
    + "|".join(
        [
            _GTIN_LINK,
            _ITIP_LINK.replace("<lot>", "<itip_lot>").replace("<serial>", "<itip_serial>"),
            rf"(?:414|gln)/(?P<gln>\d{{13}})(?:/(?:254|glnx)/(?P<glnx>{_X}{{1,20}}))?",
            rf"(?:8010|cpid)/(?P<cpid>{_X}{{1,30}})(?:/(?:8011|cpsn)/(?P<cpsn>\d{{1,12}}))?",
            *(rf"(?:{ai}|{name})/(?P<ai{ai}>{value})" for ai, name, value in _PLAIN_LINKS),
        ]
    )
    + ")",
    re.ASCII,
)


def canonical(text: str) -> str | None:
    """Returns the canonical Digital Link of an EPC URN or Digital Link, or None if the text is neither."""
    if text.startswith("urn:epc:"):
        return _from_urn(text)
    match = _LINK.fullmatch(text.split("?", 1)[0].split("#", 1)[0])
    return None if match is None else RESOLVER + _path({name: value for name, value in match.groupdict().items() if value is not None})


def _from_urn(text: str) -> str | None:
    match = _URN.fullmatch(text)
    if match is None:
        return None
    kind, scheme, company, rest = match.groups()
    build = URNS.get(f"{kind}:{scheme}")
    if build is None:
        return None
    # The last part may itself hold dots (serial numbers do), so only as many as the scheme has are split off.
    parts = rest.split(".", build.__code__.co_argcount - 2)
    try:
        return RESOLVER + build(company, *parts).translate(_ENCODED)
    except (TypeError, InvalidKeyError):
        return None


def _path(found: dict[str, str]) -> str:
    for name, (ai, qualifiers) in _QUALIFIED.items():
        if name in found:
            # The first qualifier present wins: a lot goes where a serial number is.
            qualifier = next((f"/{code}/{found[group]}" for group, code in qualifiers if group in found), "")
            return f"{ai}/{found[name].zfill(14) if name == 'gtin' else found[name]}{qualifier}"
    ((name, value),) = found.items()
    return f"{name.removeprefix('ai')}/{value}"


_QUALIFIED = {
    "gtin": ("01", (("serial", "21"), ("upui", "235"), ("lot", "10"))),
    "itip": ("8006", (("itip_serial", "21"), ("itip_lot", "10"))),
    "gln": ("414", (("glnx", "254"),)),
    "cpid": ("8010", (("cpsn", "8011"),)),
}
