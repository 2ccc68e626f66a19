"""The canonical order of an event's fields, as data. Pure. Source: CBV 2.0 section 8.9.3."""

from enum import Enum, auto


class Kind(Enum):
    """How a field is written into the pre-hash text."""

    TEXT = auto()
    TIME = auto()
    BIZ_STEP = auto()
    DISPOSITION = auto()
    EPCS = auto()
    QUANTITIES = auto()
    PLACE = auto()
    PERSISTENT = auto()
    TRANSACTIONS = auto()
    SOURCES = auto()
    DESTINATIONS = auto()
    SENSORS = auto()


FIELDS: tuple[tuple[str, Kind], ...] = (
    ("eventTime", Kind.TIME),
    ("eventTimeZoneOffset", Kind.TEXT),
    ("epcList", Kind.EPCS),
    ("parentID", Kind.TEXT),
    ("inputEPCList", Kind.EPCS),
    ("childEPCs", Kind.EPCS),
    ("quantityList", Kind.QUANTITIES),
    ("childQuantityList", Kind.QUANTITIES),
    ("inputQuantityList", Kind.QUANTITIES),
    ("outputEPCList", Kind.EPCS),
    ("outputQuantityList", Kind.QUANTITIES),
    ("action", Kind.TEXT),
    ("transformationID", Kind.TEXT),
    ("bizStep", Kind.BIZ_STEP),
    ("disposition", Kind.DISPOSITION),
    ("persistentDisposition", Kind.PERSISTENT),
    ("readPoint", Kind.PLACE),
    ("bizLocation", Kind.PLACE),
    ("bizTransactionList", Kind.TRANSACTIONS),
    ("sourceList", Kind.SOURCES),
    ("destinationList", Kind.DESTINATIONS),
    ("sensorElementList", Kind.SENSORS),
)
"""Every field that all event types share one order for."""

EXTENSIBLE = ("readPoint", "bizLocation", "sensorElementList")
"""Fields that may hold extensions of their own."""

IGNORED = frozenset({
    "type", "eventID", "recordTime", "errorDeclaration", "certificationInfo", "@context", "rdfs:comment", "comment", "isA",
})  # fmt: skip
"""What the hash leaves out: it names the event, not its record or its correction."""

SENSOR_METADATA = ("time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
"""Fields of sensorMetadata, in order."""

REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism", "chemicalSubstance",
    "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev",
    "percRank", "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
"""Fields of sensorReport, in order."""
