"""The EPCIS 2.0 ObjectEvent that records a lot's inspection. Pure.

The lot verdict schema has no field for an event, so the attestation's salt is the event's CBV 2.0 hash: what the event says of supplier,
machine and counts is under the signature too. Fields that EPCIS has no word for stand under the prefix `aios`.
One shape only, as with a shipment's event: `from_json` accepts exactly what `to_json` writes, for the hash takes many spellings for one.
Specification: EPCIS 2.0 section 7.4.1, CBV 2.0 (bizStep inspecting, dispositions).
"""

from dataclasses import dataclass
from typing import Any, Self

from oracle.epcis import values
from oracle.epcis.event import CONTEXT, DISPOSITIONS, iso, milliseconds, only_spelling, require_uri
from oracle.epcis.event_hash import event_hash, hash_uri
from oracle.errors import shorten
from oracle.gs1 import Key
from oracle.printable import is_printable

NAMESPACE = "urn:x-aios:lot:"
"""What the prefix `aios` stands for."""
MAX_NAME = 80
"""Characters of a supplier's or a machine's name."""
POLICY = "ni:///sha-256;"
"""What precedes the digits of a manifest's hash."""


def can_be_stated(name: str) -> bool:
    """Returns whether an event can name a supplier or a machine so: short, printable, and to the hash no other spelling of another."""
    return len(name) <= MAX_NAME and is_printable(name) and values.text(name) == name


@dataclass(frozen=True, slots=True, kw_only=True)
class LotEvent:
    """One lot's inspection, summarized."""

    lot: Key
    """The lot: GTIN with lot number."""
    lot_size: int
    """Items in the lot."""
    inspected: int
    """Items in the sample."""
    nonconforming: int
    """Items in the sample with a defect."""
    verdict: int
    """0 accept, 1 reject, 2 insufficient."""
    to_ms: int
    """Device time of the last item's inspection."""
    supplier: str
    """Who supplied the lot; empty for unknown."""
    machine: str
    """Which machine made it; empty for unknown."""
    policy: bytes
    """sha256 of the manifest that names the sampling plan."""
    read_point: str
    """URI of where the items were inspected; empty for none."""

    def to_json(self) -> dict[str, Any]:
        """Returns the event as JSON-LD; its eventID is its own CBV 2.0 hash."""
        event: dict[str, Any] = {
            "@context": [CONTEXT, {"aios": NAMESPACE}],
            "type": "ObjectEvent",
            "eventTime": iso(self.to_ms),
            "eventTimeZoneOffset": "+00:00",
            "quantityList": [{"epcClass": self.lot.uri, "quantity": self.inspected}],
            "action": "OBSERVE",
            "bizStep": "inspecting",
            "aios:lotSize": self.lot_size,
            "aios:nonconforming": self.nonconforming,
            "aios:policy": f"{POLICY}{self.policy.hex()}",
        }
        if self.verdict in DISPOSITIONS:
            event["persistentDisposition"] = {"set": [DISPOSITIONS[self.verdict]]}
        if self.supplier:
            event["aios:supplier"] = self.supplier
        if self.machine:
            event["aios:machine"] = self.machine
        if self.read_point:
            event["readPoint"] = {"id": self.read_point}
        event["eventID"] = hash_uri(event_hash(event))
        return event

    @classmethod
    def from_json(cls, document: object, path: str = "$") -> Self:
        """Returns the event in a parsed document that `to_json` could have written.

        Raises:
            MalformedDocumentError: anything else, down to another spelling of the same term.

        """
        return only_spelling(cls._read, document, "a lot's event", path)

    @classmethod
    def _read(cls, document: Any) -> Self:
        (counted,) = document["quantityList"]
        terms = {term: verdict for verdict, term in DISPOSITIONS.items()}
        (disposition,) = document.get("persistentDisposition", {"set": [None]})["set"]
        return cls(
            lot=Key.from_uri(counted["epcClass"]),
            lot_size=_count(document["aios:lotSize"]),
            inspected=_count(counted["quantity"]),
            nonconforming=_count(document["aios:nonconforming"]),
            verdict=2 if disposition is None else terms[disposition],
            to_ms=milliseconds(document["eventTime"]),
            supplier=_name(document.get("aios:supplier", "")),
            machine=_name(document.get("aios:machine", "")),
            policy=bytes.fromhex(document["aios:policy"].removeprefix(POLICY)),
            read_point=require_uri(document["readPoint"]["id"]) if "readPoint" in document else "",
        )


def _count(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{shorten(value)} is no number of items")
    return value


def _name(value: Any) -> str:
    if not can_be_stated(value):
        raise ValueError(f"{shorten(value)} is no name that an event states")
    return str(value)
