"""The gateway's memory: one SQLite file, one thread that writes, anybody reads.

What is acknowledged is fsynced. It holds rows and knows nothing of protocols, agents or chains beyond their records.
Read `store.py` first, then `writer.py` (what happens when the disk fails), `ingest.py` (the fast path) and `schema/`.
"""

from gateway.store.records import (
    Bundle,
    Device,
    Shipment,
    ShipmentState,
    Step,
    StoredAttestation,
    StoredBatch,
    StoredFinding,
    StoredReading,
    StoredReject,
)
from gateway.store.settings import StoreSettings
from gateway.store.store import Stats, Store
from gateway.store.writer import Commit, OnCondition

__all__ = [
    "Bundle",
    "Commit",
    "Device",
    "OnCondition",
    "Shipment",
    "ShipmentState",
    "Stats",
    "Step",
    "Store",
    "StoreSettings",
    "StoredAttestation",
    "StoredBatch",
    "StoredFinding",
    "StoredReading",
    "StoredReject",
]
