"""The Bundle: one file with everything needed to check one subject. This module is its records; nothing is checked here.

A bundle proves nothing by existing: `bundle_json` says whether a document has the shape of one, `verify` whether it holds. Pure.
Format: docs/formats/bundle.md.
"""

from dataclasses import dataclass
from typing import Any

from oracle.attestation import Attestation
from oracle.gs1 import Key
from oracle.leaves import reading_leaf

FORMAT = "aios-bundle"
"""Names the format."""
VERSION = 1
"""Names this edition of it; a reader refuses any other."""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One reading as a leaf knows it."""

    device: str
    """Id of the device."""
    quantity: str
    """What was measured."""
    time_ms: int
    """Device time, milliseconds."""
    value: float
    """The value, rounded to 1e-9."""
    sequence: int | None
    """The device's counter, if it has one."""
    evidence: bytes
    """sha256 of the payload as received."""

    @property
    def leaf(self) -> bytes:
        """Hash of the reading's leaf."""
        return reading_leaf(
            device=self.device,
            quantity=self.quantity,
            value=self.value,
            time_ms=self.time_ms,
            sequence=self.sequence,
            evidence=self.evidence,
        )

    @property
    def order(self) -> tuple[int, str, str, int, float, bytes]:
        """Where the row belongs: rows are sorted, so that one set of readings has one file."""
        return (self.time_ms, self.device, self.quantity, -1 if self.sequence is None else self.sequence, self.value, self.evidence)


@dataclass(frozen=True, slots=True)
class Sample:
    """How some of the readings are proven when not all are in the file."""

    proof: tuple[bytes, ...]
    """Hashes of the multiproof."""
    flags: tuple[bool, ...]
    """Its flags."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What a shipment's bundle holds beside the common parts."""

    rows: tuple[ReadingRow, ...]
    """All readings, or a sample of them, in order."""
    sample: Sample | None
    """None when all readings are there."""
    event: dict[str, Any]
    """The EPCIS event."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a lot's bundle holds beside the common parts."""

    item: str
    """Name of the inspected item."""
    image: bytes | None
    """The inspection frame (PNG), if it is in the file."""


@dataclass(frozen=True, slots=True)
class BatchProof:
    """How the attestation is under the anchored root."""

    root: bytes
    """The batch's root."""
    proof: tuple[bytes, ...]
    """From the attestation's leaf to the root."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the root is on chain, and the `eth_getProof` answer that shows it."""

    registry: bytes
    """Address of the AnchorRegistry."""
    gateway_registry: bytes
    """Address of the GatewayRegistry that it asks who may anchor; part of its code."""
    gateway: bytes
    """Address that anchored."""
    index: int
    """The batch's number among this gateway's batches."""
    account_proof: tuple[bytes, ...]
    """Nodes from the state root to the registry's account."""
    storage_proof: tuple[bytes, ...]
    """Nodes from the account's storage root to the anchor's slot."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What a beacon node says from a checkpoint to the finalized block, in its own REST JSON; unproven until `verify` walks it."""

    bootstrap: dict[str, Any]
    """`{version, data}` of /eth/v1/beacon/light_client/bootstrap."""
    updates: tuple[dict[str, Any], ...]
    """`{version, data}` each of /eth/v1/beacon/light_client/updates: one per period that the walk crosses."""
    finality_update: dict[str, Any]
    """`{version, data}` of /eth/v1/beacon/light_client/finality_update."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One subject with everything that shows what was said about it, by whom, and since when."""

    network: str
    """Name of the network's file."""
    subject: Key
    """The shipment or the lot."""
    content: Journey | Inspection
    """What was observed."""
    manifest: str
    """Text of the agent's manifest; its sha256 is in the statement."""
    attestation: Attestation
    """The signed statement."""
    batch: BatchProof
    """The way to the anchored root."""
    anchor: Anchor
    """The way from there to a block's state."""
    trace: Trace
    """The way from there to a checkpoint."""
