"""The Bundle: one file with everything needed to check one subject. This module is its records; nothing is checked here.

A bundle proves nothing by existing: `bundle_json` says whether a document has the shape of one, `verify` whether it holds. Pure.
Format: docs/formats/bundle.md.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oracle.attestation import Attestation
from oracle.custody import Handover
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


class Profile(StrEnum):
    """How many of a shipment's readings a bundle holds."""

    FULL = "full"
    """All of them."""
    SAMPLED = "sampled"
    """Every one outside its band, those beside them, and a spread of the others."""
    VERDICT = "verdict"
    """None: the statement and its event alone."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What a shipment's bundle holds beside the common parts."""

    rows: tuple[ReadingRow, ...]
    """All readings, a sample of them, or none, in order."""
    sample: Sample | None
    """None unless some of the readings are there."""
    event: dict[str, Any]
    """The EPCIS event."""
    custody: tuple[Handover, ...] = ()
    """Handovers, oldest first; the event names the newest."""
    evidence: tuple[bytes, ...] = ()
    """Payloads that devices signed, as received; rows name them by their sha256, in whose order they stand."""
    devices: tuple[tuple[str, bytes], ...] = ()
    """COSE_Key of each device that signed one of them, by id, in order of the ids."""

    @property
    def profile(self) -> Profile:
        """Which of the profiles this is."""
        return Profile.VERDICT if not self.rows else Profile.SAMPLED if self.sample is not None else Profile.FULL


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a lot's bundle holds beside the common parts."""

    item: str
    """Name of the inspected item."""
    image: bytes | None
    """The inspection frame (PNG), if it is in the file."""


@dataclass(frozen=True, slots=True)
class InspectedItem:
    """One item of a lot's sample, with what was stated about it."""

    item: str
    """Its name."""
    attestation: Attestation
    """The signed statement about it; an image is named there by its hash."""


@dataclass(frozen=True, slots=True)
class LotSample:
    """What the bundle of a lot's verdict holds beside the common parts."""

    items: tuple[InspectedItem, ...]
    """Every inspected item in order of their names, or none where the verdict stands alone."""
    event: dict[str, Any] | None = None
    """The EPCIS event whose hash is the attestation's salt; None where the file does not hold it."""


Content = Journey | Inspection | LotSample
"""What a bundle is about: a shipment, one inspected item of a lot, or a lot."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """Attestations about the same subject that this one corrects, or that correct this one."""

    earlier: tuple[Attestation, ...] = ()
    """Newest first: each is named by the refUID of the one before, the first by the bundle's own."""
    later: tuple[Attestation, ...] = ()
    """Oldest first: each names the one before in its refUID, the first the bundle's own."""


@dataclass(frozen=True, slots=True)
class KeyProof:
    """Nodes from the GatewayRegistry's storage root to what it knows of an attester and of its gateway."""

    key: tuple[bytes, ...]
    """To the word of the attester's key."""
    anchor_key: tuple[bytes, ...] | None
    """To the word of the key that anchored; None where it is the attester's."""
    gateway: tuple[bytes, ...]
    """To the word of the gateway whose key the attester's is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What shows that the attester is a key of a registered gateway, and how that gateway stands."""

    account_proof: tuple[bytes, ...]
    """Nodes from the state root to the GatewayRegistry's account."""
    keys: KeyProof
    """Nodes from there on."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """What shows whether the attester had revoked the attestation by the bundle's block."""

    account_proof: tuple[bytes, ...]
    """Nodes from the state root to the account of the EAS contract."""
    storage_proof: tuple[bytes, ...]
    """Nodes from there to the slot that holds the time of revocation."""


@dataclass(frozen=True, slots=True)
class BatchProof:
    """How the attestation is under the anchored root."""

    root: bytes
    """The batch's root."""
    proof: tuple[bytes, ...]
    """From the attestation's leaf to the root."""


@dataclass(frozen=True, slots=True)
class CoAttestation:
    """What another gateway attested about the same subject, anchored in the same registry and proven in the same block."""

    attestation: Attestation
    """Its signed statement."""
    event: dict[str, Any] | None
    """Its EPCIS event, for a shipment."""
    batch: BatchProof
    """The way to its anchored root."""
    gateway: bytes
    """Address that anchored."""
    index: int
    """The batch's number among that gateway's."""
    storage_proof: tuple[bytes, ...]
    """Nodes from the AnchorRegistry's storage root to the anchor's slot."""
    keys: KeyProof
    """Nodes from the GatewayRegistry's storage root."""
    revocation_proof: tuple[bytes, ...] | None = None
    """Nodes from the EAS contract's storage root to its attester's time of revocation; None where the file does not show it."""


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
    content: Content
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
    corrections: Corrections = Corrections()
    """What it corrects, and what corrects it."""
    standing: Standing | None = None
    """How the gateway stands; None where the file does not show it."""
    revocation: Revocation | None = None
    """Whether it was revoked; None where the file does not show it."""
    quorum: tuple[CoAttestation, ...] = ()
    """What other gateways attested, in order of their addresses."""
