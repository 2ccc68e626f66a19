"""The three EAS schemas and their statements: what an attestation says about a shipment, an item of a lot, or a lot. Pure.

How they are encoded, `oracle.statement` says. Times are milliseconds.
A schema's uid is keccak256(abi.encodePacked(schema, resolver, revocable)) as SchemaRegistry.sol computes it, with no resolver.
"""

from dataclasses import dataclass
from typing import ClassVar

from oracle.errors import MalformedStatementError
from oracle.keccak import keccak256, keccak_of_name
from oracle.statement import StaticStatement

REVOCABLE = True
"""All schemas allow revocation: a gateway whose sensor proves broken must be able to take its word back."""
SHIPMENT_SCHEMA = (
    "bytes32 shipment,bytes32 eventHash,bytes32 readingsRoot,uint32 readings,uint64 from,uint64 to,uint8 verdict,bytes32 agent"
)
"""The shipment schema as registered."""
LOT_SCHEMA = "bytes32 lot,bytes32 item,bytes32 imageHash,uint8 defect,uint32 confidencePpm,uint64 time,bytes32 agent"
"""The lot schema as registered."""
LOT_VERDICT_SCHEMA = (
    "bytes32 lot,bytes32 inspectionRoot,uint32 lotSize,uint32 inspected,uint32 nonconforming,uint8 verdict,uint64 from,uint64 to,"
    "bytes32 agent"
)
"""The lot verdict schema as registered."""
MILLION = 1_000_000
"""Confidence 1.0 in parts per million."""


def schema_uid(schema: str) -> bytes:
    """Returns the uid under which EAS registers a schema without resolver."""
    return keccak256(schema.encode() + bytes(20) + bytes([REVOCABLE]))


def subject_id(digital_link: str) -> bytes:
    """Returns how a subject enters a statement: keccak256 of its canonical GS1 Digital Link."""
    return keccak_of_name(digital_link)


@dataclass(frozen=True, slots=True)
class ShipmentStatement(StaticStatement):
    """What was measured on one shipment, and the verdict."""

    SCHEMA: ClassVar[str] = SHIPMENT_SCHEMA
    """The schema as registered."""
    NAME: ClassVar[str] = "shipment"
    """What a refusal calls it."""
    UID: ClassVar[bytes] = schema_uid(SHIPMENT_SCHEMA)
    """The schema's uid."""

    shipment: bytes
    """`subject_id` of the shipment."""
    event_hash: bytes
    """CBV 2.0 hash of the EPCIS event, 32 bytes."""
    readings_root: bytes
    """Root of the tree over the reading leaves."""
    readings: int
    """How many readings the tree holds."""
    from_ms: int
    """Device time of the first reading, milliseconds."""
    to_ms: int
    """Device time of the last reading, milliseconds."""
    verdict: int
    """0 conforms, 1 breach, 2 insufficient."""
    agent: bytes
    """sha256 of the agent's manifest."""

    def require_sound(self) -> None:
        """Returns if the fields can be true together.

        Raises:
            MalformedStatementError: an unknown verdict, time running backwards, or no readings.

        """
        StaticStatement.require_sound(self)
        if self.readings == 0:
            raise MalformedStatementError(self.NAME, "it speaks of no readings")


@dataclass(frozen=True, slots=True)
class LotStatement(StaticStatement):
    """What was seen on one inspected item of a lot."""

    SCHEMA: ClassVar[str] = LOT_SCHEMA
    """The schema as registered."""
    NAME: ClassVar[str] = "lot"
    """What a refusal calls it."""
    UID: ClassVar[bytes] = schema_uid(LOT_SCHEMA)
    """The schema's uid."""

    lot: bytes
    """`subject_id` of the lot."""
    item: bytes
    """keccak256 of the inspected item's name."""
    image_hash: bytes
    """sha256 of the inspection frame as received."""
    defect: int
    """Class index in the agent's vocabulary; 0 is good."""
    confidence_ppm: int
    """Confidence in parts per million."""
    time_ms: int
    """Device time of the frame, milliseconds."""
    agent: bytes
    """sha256 of the agent's manifest."""

    def require_sound(self) -> None:
        """Returns if the confidence is one; raises MalformedStatementError."""
        if self.confidence_ppm > MILLION:
            raise MalformedStatementError(self.NAME, f"confidence {self.confidence_ppm} ppm is above one")


@dataclass(frozen=True, slots=True)
class LotVerdictStatement(StaticStatement):
    """What the sample of a lot showed, and the verdict on the lot."""

    SCHEMA: ClassVar[str] = LOT_VERDICT_SCHEMA
    """The schema as registered."""
    NAME: ClassVar[str] = "lot verdict"
    """What a refusal calls it."""
    UID: ClassVar[bytes] = schema_uid(LOT_VERDICT_SCHEMA)
    """The schema's uid."""

    lot: bytes
    """`subject_id` of the lot."""
    inspection_root: bytes
    """Root of the tree over the attestations about the sample's items: `oracle.lot_verdict.inspection_tree`."""
    lot_size: int
    """How many items the lot has."""
    inspected: int
    """How many of them the sample holds."""
    nonconforming: int
    """How many of those have a defect."""
    verdict: int
    """0 accept, 1 reject, 2 insufficient: the sample is incomplete."""
    from_ms: int
    """Device time of the first item's inspection, milliseconds."""
    to_ms: int
    """Device time of the last item's inspection, milliseconds."""
    agent: bytes
    """sha256 of the manifest that names the sampling plan."""

    def require_sound(self) -> None:
        """Returns if the fields can be true together.

        Raises:
            MalformedStatementError: an unknown verdict, time running backwards, no item, or more items in a part than in the whole.

        """
        StaticStatement.require_sound(self)
        if not self.nonconforming <= self.inspected <= self.lot_size or not self.inspected:
            counts = f"{self.nonconforming} of {self.inspected} of {self.lot_size}"
            raise MalformedStatementError(self.NAME, f"{counts} items is no count of a sample")


Statement = ShipmentStatement | LotStatement | LotVerdictStatement
"""What an attestation of this gateway can say."""

BY_UID: dict[bytes, type[Statement]] = {one.UID: one for one in (ShipmentStatement, LotStatement, LotVerdictStatement)}
"""The statement class of each schema uid."""
