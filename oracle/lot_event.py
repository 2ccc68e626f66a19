"""The EPCIS 2.0 ObjectEvent that records a lot's inspection. Pure.

The lot verdict schema has no field for an event, so the attestation's salt is the event's CBV 2.0 hash: what the event says of supplier,
machine and counts is under the signature too. Fields that EPCIS has no word for stand under the prefix `aios`.
Specification: EPCIS 2.0 section 7.4.1, CBV 2.0 (bizStep inspecting, dispositions).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from oracle.epcis.event import CONTEXT, DISPOSITIONS
from oracle.epcis.event_hash import event_hash, hash_uri
from oracle.gs1 import Key

NAMESPACE = "urn:x-aios:lot:"
"""What the prefix `aios` stands for."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
            "eventTime": (_EPOCH + timedelta(milliseconds=self.to_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "eventTimeZoneOffset": "+00:00",
            "quantityList": [{"epcClass": self.lot.uri, "quantity": self.inspected}],
            "action": "OBSERVE",
            "bizStep": "inspecting",
            "aios:lotSize": self.lot_size,
            "aios:nonconforming": self.nonconforming,
            "aios:policy": f"ni:///sha-256;{self.policy.hex()}",
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
