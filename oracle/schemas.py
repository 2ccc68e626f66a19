"""The three EAS schemas and their statements: what an attestation says about a shipment, an item of a lot, or a lot. Pure.

Encoding is abi.encode of static types, so a statement has one encoding only and `decode(encode(x)) == x`. Times are milliseconds.
A schema's uid is keccak256(abi.encodePacked(schema, resolver, revocable)) as SchemaRegistry.sol computes it, with no resolver.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from oracle import abi
from oracle.errors import MalformedStatementError
from oracle.keccak import keccak256, keccak_of_name

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
MAX_VERDICT = 2
"""Verdicts are 0 conforms, 1 breach, 2 insufficient data; a larger byte is a statement from a future that this code does not know."""
MILLION = 1_000_000
"""Confidence 1.0 in parts per million."""


def schema_uid(schema: str) -> bytes:
    """Returns the uid under which EAS registers a schema without resolver."""
    return keccak256(schema.encode() + bytes(20) + bytes([REVOCABLE]))


def subject_id(digital_link: str) -> bytes:
    """Returns how a subject enters a statement: keccak256 of its canonical GS1 Digital Link."""
    return keccak_of_name(digital_link)


@dataclass(frozen=True, slots=True)
class ShipmentStatement:
    """What was measured on one shipment, and the verdict."""

    SCHEMA: ClassVar[str] = SHIPMENT_SCHEMA
    """The schema as registered."""
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

    def encode(self) -> bytes:
        """Returns the attestation's data, 256 bytes; raises FieldRangeError for a field that does not fit."""
        return b"".join(
            (
                abi.bytes32("shipment", self.shipment),
                abi.bytes32("eventHash", self.event_hash),
                abi.bytes32("readingsRoot", self.readings_root),
                abi.uint("readings", self.readings, 32),
                abi.uint("from", self.from_ms, 64),
                abi.uint("to", self.to_ms, 64),
                abi.uint("verdict", self.verdict, 8),
                abi.bytes32("agent", self.agent),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Returns the statement in an attestation's data.

        Raises:
            MalformedStatementError: wrong length, a number beyond its type, an unknown verdict, or time running backwards.

        """
        words = _words("shipment", data, 8)
        statement = cls(
            shipment=words[0],
            event_hash=words[1],
            readings_root=words[2],
            readings=_number("shipment", "readings", words[3], 32),
            from_ms=_number("shipment", "from", words[4], 64),
            to_ms=_number("shipment", "to", words[5], 64),
            verdict=_number("shipment", "verdict", words[6], 8),
            agent=words[7],
        )
        if statement.verdict > MAX_VERDICT:
            raise MalformedStatementError("shipment", f"verdict {statement.verdict} is not known")
        if statement.from_ms > statement.to_ms:
            raise MalformedStatementError("shipment", f"from {statement.from_ms} is after to {statement.to_ms}")
        if statement.readings == 0:
            raise MalformedStatementError("shipment", "it speaks of no readings")
        return statement


@dataclass(frozen=True, slots=True)
class LotStatement:
    """What was seen on one inspected item of a lot."""

    SCHEMA: ClassVar[str] = LOT_SCHEMA
    """The schema as registered."""
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

    def encode(self) -> bytes:
        """Returns the attestation's data, 224 bytes; raises FieldRangeError for a field that does not fit."""
        return b"".join(
            (
                abi.bytes32("lot", self.lot),
                abi.bytes32("item", self.item),
                abi.bytes32("imageHash", self.image_hash),
                abi.uint("defect", self.defect, 8),
                abi.uint("confidencePpm", self.confidence_ppm, 32),
                abi.uint("time", self.time_ms, 64),
                abi.bytes32("agent", self.agent),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Returns the statement in an attestation's data.

        Raises:
            MalformedStatementError: wrong length, a number beyond its type, or a confidence above one.

        """
        words = _words("lot", data, 7)
        statement = cls(
            lot=words[0],
            item=words[1],
            image_hash=words[2],
            defect=_number("lot", "defect", words[3], 8),
            confidence_ppm=_number("lot", "confidencePpm", words[4], 32),
            time_ms=_number("lot", "time", words[5], 64),
            agent=words[6],
        )
        if statement.confidence_ppm > MILLION:
            raise MalformedStatementError("lot", f"confidence {statement.confidence_ppm} ppm is above one")
        return statement


@dataclass(frozen=True, slots=True)
class LotVerdictStatement:
    """What the sample of a lot showed, and the verdict on the lot."""

    SCHEMA: ClassVar[str] = LOT_VERDICT_SCHEMA
    """The schema as registered."""
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

    def encode(self) -> bytes:
        """Returns the attestation's data, 288 bytes; raises FieldRangeError for a field that does not fit."""
        return b"".join(
            (
                abi.bytes32("lot", self.lot),
                abi.bytes32("inspectionRoot", self.inspection_root),
                abi.uint("lotSize", self.lot_size, 32),
                abi.uint("inspected", self.inspected, 32),
                abi.uint("nonconforming", self.nonconforming, 32),
                abi.uint("verdict", self.verdict, 8),
                abi.uint("from", self.from_ms, 64),
                abi.uint("to", self.to_ms, 64),
                abi.bytes32("agent", self.agent),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Returns the statement in an attestation's data.

        Raises:
            MalformedStatementError: wrong length, a number beyond its type, an unknown verdict, time running backwards, no item, or more
                items in a part than in the whole.

        """
        words = _words("lot verdict", data, 9)
        statement = cls(
            lot=words[0],
            inspection_root=words[1],
            lot_size=_number("lot verdict", "lotSize", words[2], 32),
            inspected=_number("lot verdict", "inspected", words[3], 32),
            nonconforming=_number("lot verdict", "nonconforming", words[4], 32),
            verdict=_number("lot verdict", "verdict", words[5], 8),
            from_ms=_number("lot verdict", "from", words[6], 64),
            to_ms=_number("lot verdict", "to", words[7], 64),
            agent=words[8],
        )
        if statement.verdict > MAX_VERDICT:
            raise MalformedStatementError("lot verdict", f"verdict {statement.verdict} is not known")
        if statement.from_ms > statement.to_ms:
            raise MalformedStatementError("lot verdict", f"from {statement.from_ms} is after to {statement.to_ms}")
        if not statement.nonconforming <= statement.inspected <= statement.lot_size or not statement.inspected:
            counts = f"{statement.nonconforming} of {statement.inspected} of {statement.lot_size}"
            raise MalformedStatementError("lot verdict", f"{counts} items is no count of a sample")
        return statement


Statement = ShipmentStatement | LotStatement | LotVerdictStatement
"""What an attestation of this gateway can say."""

BY_UID: dict[bytes, type[Statement]] = {one.UID: one for one in (ShipmentStatement, LotStatement, LotVerdictStatement)}
"""The statement class of each schema uid."""


def _words(schema: str, data: bytes, count: int) -> list[bytes]:
    if len(data) != count * abi.WORD:
        raise MalformedStatementError(schema, f"{len(data)} bytes, expected {count * abi.WORD}")
    return [data[at : at + abi.WORD] for at in range(0, len(data), abi.WORD)]


def _number(schema: str, field: str, word: bytes, bits: int) -> int:
    value = int.from_bytes(word, "big")
    if value >> bits:
        raise MalformedStatementError(schema, f"{field} does not fit uint{bits}")
    return value
