"""A handover's file and place in a bundle: one JSON spelling per handover, and its strict reader. Pure.

Layout: docs/formats/custody.md.
"""

from collections.abc import Sequence
from typing import Any

from oracle import canonical_json
from oracle.attestation_json import signature_from_json, signature_to_json
from oracle.custody import MAX_HANDOVERS, MAX_TEXT, Handover, Terms
from oracle.errors import InvalidKeyError, MalformedDocumentError, shorten
from oracle.gs1 import SSCC, Key
from oracle.hexes import from_checksum, from_hex, to_checksum, to_hex
from oracle.printable import is_printable

MAX_BYTES = 8192
"""Bytes of one handover's file."""

_NAMES = (
    "shipment", "number", "previous", "giver", "giverParty", "taker", "takerParty", "time", "place", "giverSignature", "takerSignature",
)  # fmt: skip


def to_json(handover: Handover) -> dict[str, Any]:
    """Returns the handover's document; a missing signature is null."""
    terms = handover.terms
    return {
        "shipment": terms.shipment.uri,
        "number": terms.number,
        "previous": to_hex(terms.previous),
        "giver": to_checksum(terms.giver),
        "giverParty": terms.giver_party,
        "taker": to_checksum(terms.taker),
        "takerParty": terms.taker_party,
        "time": terms.time_ms,
        "place": terms.place,
        "giverSignature": _signature_to_json(handover.giver_signature),
        "takerSignature": _signature_to_json(handover.taker_signature),
    }


def from_json(document: object, path: str = "$", *, complete: bool = True) -> Handover:
    """Returns the handover of a parsed document; its signatures are not checked yet: `verify_chain` does.

    Raises:
        MalformedDocumentError: a field is unknown, missing, or not in its one spelling; or, with `complete`, a signature is null.

    """
    if not isinstance(document, dict) or set(document) != set(_NAMES):
        odd = sorted(set(document) ^ set(_NAMES), key=str)[:1] if isinstance(document, dict) else [document]
        raise MalformedDocumentError(path, f"expected an object with {', '.join(_NAMES)}; look at {shorten(odd[0])}")
    terms = Terms(
        shipment=_shipment(f"{path}.shipment", document["shipment"]),
        number=_integer(f"{path}.number", document["number"], 32),
        previous=from_hex(f"{path}.previous", document["previous"], length=32),
        giver=from_checksum(f"{path}.giver", document["giver"]),
        giver_party=_text(f"{path}.giverParty", document["giverParty"]),
        taker=from_checksum(f"{path}.taker", document["taker"]),
        taker_party=_text(f"{path}.takerParty", document["takerParty"]),
        time_ms=_integer(f"{path}.time", document["time"], 53),
        place=_text(f"{path}.place", document["place"]),
    )
    signatures = [_signature_from_json(f"{path}.{role}Signature", document[f"{role}Signature"], complete) for role in ("giver", "taker")]
    return Handover(terms, *signatures)


def list_to_json(handovers: Sequence[Handover]) -> list[dict[str, Any]]:
    """Returns a chain's document, oldest first."""
    return [to_json(one) for one in handovers]


def list_from_json(document: object, path: str = "$.custody") -> tuple[Handover, ...]:
    """Returns the handovers of a parsed list of at most MAX_HANDOVERS; raises what `from_json` raises."""
    if not isinstance(document, list) or len(document) > MAX_HANDOVERS:
        raise MalformedDocumentError(path, f"expected a list of at most {MAX_HANDOVERS} handovers")
    return tuple(from_json(one, f"{path}[{place}]") for place, one in enumerate(document))


def dumps(handover: Handover) -> bytes:
    """Returns a handover's file: canonical JSON."""
    return canonical_json.canonical(to_json(handover))


def loads(data: bytes, *, complete: bool = True) -> Handover:
    """Returns the handover in a file of at most MAX_BYTES; raises MalformedDocumentError for anything but what `dumps` writes."""
    return from_json(canonical_json.read(data, limit=MAX_BYTES), complete=complete)


def _signature_to_json(signed: bytes) -> dict[str, Any] | None:
    return signature_to_json(signed) if signed else None


def _signature_from_json(path: str, value: object, complete: bool) -> bytes:
    if value is None:
        if complete:
            raise MalformedDocumentError(path, "missing: the other party has not signed yet")
        return b""
    return signature_from_json(path, value)


def _shipment(path: str, value: object) -> Key:
    try:
        key = Key.from_uri(value) if isinstance(value, str) else None
    except InvalidKeyError as error:
        raise MalformedDocumentError(path, str(error)) from error
    if key is None or key.primary != SSCC:
        raise MalformedDocumentError(path, f"expected the Digital Link of an SSCC, got {shorten(value)}")
    return key


def _integer(path: str, value: object, bits: int) -> int:
    if type(value) is not int or not 0 <= value < 1 << bits:
        raise MalformedDocumentError(path, f"expected an integer of at most {bits} bits, got {shorten(value)}")
    return value


def _text(path: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or not is_printable(value):
        raise MalformedDocumentError(path, f"expected at most {MAX_TEXT} printable characters, got {shorten(value)}")
    return value
