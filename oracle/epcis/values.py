"""Values as the CBV hash writes them: times, numbers, booleans and vocabulary terms. Pure. Source: CBV 2.0 section 8.9."""

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from oracle.epcis import identifiers
from oracle.errors import MalformedDocumentError, shorten

CBV = "https://ref.gs1.org/cbv/"
"""Where the Core Business Vocabulary lives."""
GS1_VOCABULARY = "https://ref.gs1.org/voc/"
"""Where `gs1:` points in today's contexts; the published 2.0.0 context says https://gs1.org/voc/, so it is a parameter."""

MAX_FRACTION = 20
"""Characters of a fraction of a second that are looked at: the fourth digit decides the rounding."""

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TERM = re.compile(r"[A-Za-z_]+", re.ASCII)
_URN_NAMES = {"BizStep-": "bizstep", "Disp-": "disp", "BTT-": "btt", "SDT-": "sdt", "ER-": "er"}


def time(text: str) -> str:
    """Returns the time in UTC with milliseconds, rounded half up, carrying over.

    Raises:
        MalformedDocumentError: no RFC 3339 time with a zone; without a zone it would depend on who reads it.

    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise MalformedDocumentError("time", f"expected a time with a zone, got {shorten(text)}")
    day, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(UTC)
        rounded = (Decimal((fraction or ".0")[:MAX_FRACTION]) * 1000).quantize(Decimal(1), ROUND_HALF_UP)
        moment += timedelta(milliseconds=int(rounded))
    except (ValueError, OverflowError) as error:
        raise MalformedDocumentError("time", f"no such time: {shorten(text)}") from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(text: str) -> int:
    """Returns a time as milliseconds since the Unix epoch, rounded as in the hash; raises MalformedDocumentError as `time` does."""
    return (datetime.fromisoformat(time(text)) - _EPOCH) // timedelta(milliseconds=1)


def number(text: str) -> str:
    """Returns the shortest plain decimal of a number's text: no trailing zero, no exponent."""
    plain = format(Decimal(text), "f")
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    return sign + (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")


def text(value: object) -> str:
    """Returns any scalar as the hash writes it; raises MalformedDocumentError for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return number(repr(value) if isinstance(value, float) else str(value))
    if not isinstance(value, str):
        raise MalformedDocumentError("value", f"expected text, number or boolean, got {shorten(value)}")
    stripped = value.strip()
    if _NUMBER.fullmatch(stripped):
        return number(stripped)
    return identifiers.canonical(stripped) or stripped


def term(value: object, kind: str) -> str:
    """Returns a CBV term's URI from its bare word, its URN or its URI; `kind` is such as `BizStep-`."""
    word = text(value)
    urn = f"urn:epcglobal:cbv:{_URN_NAMES.get(kind, '')}:"
    if word.startswith(urn):
        return CBV + kind + word.removeprefix(urn)
    return CBV + kind + word if _TERM.fullmatch(word) else word


def gs1_term(value: object, vocabulary: str) -> str:
    """Returns a term of the GS1 web vocabulary from its bare word, its `gs1:` name or its URI."""
    word = text(value).removeprefix("gs1:")
    return vocabulary + word if _TERM.fullmatch(word) else word
