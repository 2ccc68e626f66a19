"""Identifiers in events, brought to their canonical Digital Link as the CBV hash asks. Pure.

EPC URNs (Tag Data Standard section 6 to 8) and Digital Links under any host become `https://id.gs1.org/...`; query, fragment, path prefix
and consumer product variant go, a lot goes where a serial number is. What is not recognised stays
verbatim, such as percent-encoded links: the reference generator does the same, and a hash that nobody else computes is worth nothing.
"""

import re
from functools import lru_cache

from oracle import gs1_epc
from oracle.errors import InvalidKeyError
from oracle.gs1 import RESOLVER
from oracle.gs1_elements import MAX_TEXT, Elements

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
    return _canonical(text) if len(text) <= MAX_TEXT else None


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str | None:
    # Remembered, because checking, hashing and finding an event each ask for the same few identifiers.
    if text.startswith("urn:epc:"):
        return _from_urn(text)
    match = _LINK.fullmatch(text.split("?", 1)[0].split("#", 1)[0])
    return None if match is None else RESOLVER + _path({name: value for name, value in match.groupdict().items() if value is not None})


def require_valid(uri: str) -> None:
    """Returns if the URI names no GS1 key, or names one rightly.

    An EPC URN whose scheme names a GS1 key, a Digital Link under GS1's own resolver, and a link that reads as one under any other host
    must hold: lengths, characters and check digit. Anything else is somebody's own identifier.

    Raises:
        InvalidKeyError: it looks like a GS1 key and is none.

    """
    scheme = ":".join(uri.split(":", 4)[2:4]) if uri.startswith("urn:epc:") else ""
    if scheme in gs1_epc.SCHEMES:
        gs1_epc.elements(uri)
    elif uri.startswith(RESOLVER) or (not scheme and canonical(uri) is not None):
        Elements.from_link(uri)


def _from_urn(text: str) -> str | None:
    try:
        return gs1_epc.elements(text).link
    except InvalidKeyError:
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
