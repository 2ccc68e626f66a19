"""EPCIS 2.0 events of a shipment's life, from its SSCC to a correction. Pure.

Only events are built here; whoever keeps one reads it through `document.read` first, as anybody else's. Terms are those of the CBV 2.0
(bizStep section 7.1, disposition 7.2, source and destination types 7.4). Devices and keys have no GS1 identifier; they are named by URNs.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from oracle.custody import Handover, transaction_uri
from oracle.epcis.event import CONTEXT, PEDIGREE
from oracle.epcis.event_hash import event_hash, hash_uri
from oracle.epcis.shapes import is_uri
from oracle.gs1 import Key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def device_uri(device: str) -> str:
    """Returns how events name a device."""
    return f"urn:aios:device:{device}"


def party_uri(party: str, address: bytes) -> str:
    """Returns how events name a party: by the URI that it goes by, such as a GLN's Digital Link, else by its key."""
    return party if party and is_uri(party) else f"urn:aios:key:{address.hex()}"


def commissioned(subject: Key, at_ms: int, place: str = "") -> dict[str, Any]:
    """Returns the event of a logistic unit that has got its SSCC."""
    return _object(subject, at_ms, place, action="ADD", step="commissioning", disposition="active")


def packed(
    subject: Key, at_ms: int, place: str = "", *, items: Sequence[str] = (), quantities: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Returns the event of goods put into the unit: single items by their EPC, and quantities of a class as EPCIS writes them."""
    contents: dict[str, Any] = {"childEPCs": list(items)} if items else {}
    if quantities:
        contents["childQuantityList"] = [dict(one) for one in quantities]
    return _event(
        "AggregationEvent", at_ms, place, parentID=subject.uri, **contents, action="ADD", bizStep="packing", disposition="in_progress"
    )


def attached(subject: Key, at_ms: int, device: str) -> dict[str, Any]:
    """Returns the event of a device that begins to travel with the unit."""
    return _association(subject, at_ms, device, "ADD", "installing")


def detached(subject: Key, at_ms: int, device: str) -> dict[str, Any]:
    """Returns the event of a device that no longer travels with the unit."""
    return _association(subject, at_ms, device, "DELETE", "removing")


def handed_over(handover: Handover) -> dict[str, Any]:
    """Returns the event of a handover: who possessed the unit before and after, and the hash under which both signed."""
    terms = handover.terms
    event = _object(terms.shipment, terms.time_ms, terms.place, action="OBSERVE", step="shipping", disposition="in_transit")
    return _named(
        event
        | {
            "bizTransactionList": [{"type": PEDIGREE, "bizTransaction": transaction_uri(handover.hash)}],
            "sourceList": [{"type": "possessing_party", "source": party_uri(terms.giver_party, terms.giver)}],
            "destinationList": [{"type": "possessing_party", "destination": party_uri(terms.taker_party, terms.taker)}],
        }
    )


def departed(subject: Key, at_ms: int, place: str = "") -> dict[str, Any]:
    """Returns the event of a unit that left a place."""
    return _object(subject, at_ms, place, action="OBSERVE", step="departing", disposition="in_transit")


def received(subject: Key, at_ms: int, place: str = "") -> dict[str, Any]:
    """Returns the event of a unit that arrived."""
    return _object(subject, at_ms, place, action="OBSERVE", step="receiving", disposition="in_progress")


def disputed(subject: Key, at_ms: int, place: str = "") -> dict[str, Any]:
    """Returns the event of a unit that is held because somebody objects to what was stated about it."""
    return _object(subject, at_ms, place, action="OBSERVE", step="holding", disposition="non_sellable_other")


def declared_wrong(event: Mapping[str, Any], at_ms: int, corrective: Sequence[str] = ()) -> dict[str, Any]:
    """Returns an event again with an error declaration (EPCIS 2.0 section 7.4.1.4): its content, and so its hash, stays what it was."""
    declaration: dict[str, Any] = {"declarationTime": _iso(at_ms), "reason": "incorrect_data"}
    if corrective:
        declaration["correctiveEventIDs"] = list(corrective)
    return {**event, "errorDeclaration": declaration}


def _object(subject: Key, at_ms: int, place: str, *, action: str, step: str, disposition: str) -> dict[str, Any]:
    return _event("ObjectEvent", at_ms, place, epcList=[subject.uri], action=action, bizStep=step, disposition=disposition)


def _association(subject: Key, at_ms: int, device: str, action: str, step: str) -> dict[str, Any]:
    return _event("AssociationEvent", at_ms, "", parentID=subject.uri, childEPCs=[device_uri(device)], action=action, bizStep=step)


def _event(kind: str, at_ms: int, place: str, **fields: Any) -> dict[str, Any]:
    event: dict[str, Any] = {"@context": [CONTEXT], "type": kind, "eventTime": _iso(at_ms), "eventTimeZoneOffset": "+00:00", **fields}
    if place and is_uri(place):
        event["readPoint"] = {"id": place}
    return _named(event)


def _named(event: dict[str, Any]) -> dict[str, Any]:
    event.pop("eventID", None)
    return {**event, "eventID": hash_uri(event_hash(event))}


def _iso(milliseconds: int) -> str:
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
