"""The EPCIS 2.0 ObjectEvent that records a shipment's cold chain: what was observed on the way, in the words of the supply chain. Pure.

One shape only: `from_json` accepts exactly what `to_json` writes. The CBV hash ignores eventID, and takes many spellings of a term, a host
or a time for one; whoever relies on the hash must therefore fix the spelling too, and here that is done by comparing whole documents.
Specification: EPCIS 2.0 sections 7.4.1 and 7.3.7 (sensor data), CBV 2.0 (bizStep sensor_reporting, dispositions).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import isfinite
from typing import Any, Protocol, Self, TypeVar

from oracle import canonical_json
from oracle.custody import from_transaction_uri, transaction_uri
from oracle.epcis import event_hash, values
from oracle.errors import InvalidKeyError, MalformedDocumentError, MisuseError, shorten
from oracle.gs1 import Key
from oracle.leaves import fixed_point

CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
"""The unversioned context, in which `gs1:` means https://ref.gs1.org/voc/ as in our hash."""
NAMESPACE = "urn:x-aios:shipment:"
"""What the prefix `aios` stands for in a shipment's event, for what EPCIS has no word for."""
DEADLINE = "aios:deadline"
"""The field that says when the trip had to end."""
DISPOSITIONS = {0: "conformant", 1: "non_conformant"}
"""The CBV disposition that a verdict sets for good; insufficient data sets none."""
PEDIGREE = "pedigree"
"""The CBV business transaction type under which the chain of custody is named (CBV 2.0 section 7.3)."""
MAX_READ_POINT = 200
"""Characters of a read point."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+", re.ASCII)


class Written(Protocol):
    """An event of ours, which has one spelling."""

    def to_json(self) -> dict[str, Any]:
        """Returns the EPCIS document of the event."""


Event = TypeVar("Event", bound=Written)


@dataclass(frozen=True, slots=True)
class Measurement:
    """How one quantity appears in events."""

    term: str
    """Measurement type of the GS1 web vocabulary."""
    uom: str
    """UN/ECE Recommendation 20 code of the unit."""
    unit: str
    """The SenML unit in which readings of it come."""


MEASUREMENTS = {
    "temperature": Measurement("Temperature", "CEL", "Cel"),
    "humidity": Measurement("RelativeHumidity", "P1", "%RH"),
    "pressure": Measurement("Pressure", "PAL", "Pa"),
    "illuminance": Measurement("Illuminance", "LUX", "lx"),
}
"""Quantities that events summarize; others are proven as readings and named in no event."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Minimum, maximum and mean of one quantity over the whole journey."""

    quantity: str
    """A key of MEASUREMENTS."""
    minimum: float
    """The smallest value, in the measurement's unit."""
    maximum: float
    """The largest value."""
    mean: float
    """The arithmetic mean, rounded to 1e-9."""


@dataclass(frozen=True, slots=True)
class ShipmentEvent:
    """One shipment's journey, summarized."""

    subject: Key
    """The logistic unit or trade item."""
    from_ms: int
    """Device time of the first reading, milliseconds since the Unix epoch."""
    to_ms: int
    """Device time of the last reading."""
    verdict: int
    """0 conforms, 1 breach, 2 insufficient."""
    read_point: str
    """URI of where the readings were taken or handed over, such as a GLN's Digital Link; empty for none."""
    summaries: tuple[Summary, ...]
    """At most one per quantity, in the order of MEASUREMENTS."""
    custody: bytes = b""
    """Hash of the newest handover, which stands for the whole chain of custody; empty where nothing changed hands."""
    deadline_ms: int | None = None
    """When the trip had to end, milliseconds since the Unix epoch; None where nothing said so, or an earlier release wrote the event."""

    def to_json(self) -> dict[str, Any]:
        """Returns the event as JSON-LD; its eventID is its own CBV 2.0 hash.

        Raises:
            MisuseError: the read point is no URI in canonical form.

        """
        start, end = iso(self.from_ms), iso(self.to_ms)
        event: dict[str, Any] = {
            "@context": [CONTEXT],
            "type": "ObjectEvent",
            "eventTime": end,
            "eventTimeZoneOffset": "+00:00",
            "epcList": [self.subject.uri],
            "action": "OBSERVE",
            "bizStep": "sensor_reporting",
            "disposition": "in_transit",
            "sensorElementList": [
                {
                    "sensorMetadata": {"startTime": start, "endTime": end},
                    "sensorReport": [_report(summary) for summary in sorted(self.summaries, key=_order)],
                }
            ],
        }
        if self.verdict in DISPOSITIONS:
            event["persistentDisposition"] = {"set": [DISPOSITIONS[self.verdict]]}
        if self.custody:
            event["bizTransactionList"] = [{"type": PEDIGREE, "bizTransaction": transaction_uri(self.custody)}]
        if self.read_point:
            event["readPoint"] = {"id": require_uri(self.read_point)}
        if self.deadline_ms is not None:
            event["@context"].append({"aios": NAMESPACE})
            event[DEADLINE] = iso(self.deadline_ms)
        event["eventID"] = event_hash.hash_uri(event_hash.event_hash(event))
        return event

    @classmethod
    def from_json(cls, document: object, path: str = "$") -> Self:
        """Returns the event in a parsed document that `to_json` could have written.

        Raises:
            MalformedDocumentError: anything else, down to another spelling of the same term.

        """
        return only_spelling(cls._read, document, "a shipment's event", path)

    @classmethod
    def _read(cls, document: Any) -> Self:
        (subject,) = document["epcList"]
        (element,) = document["sensorElementList"]
        names = {measurement.term: name for name, measurement in MEASUREMENTS.items()}
        metadata = element["sensorMetadata"]
        terms = {term: verdict for verdict, term in DISPOSITIONS.items()}
        (disposition,) = document.get("persistentDisposition", {"set": [None]})["set"]
        summaries = tuple(
            Summary(names[report["type"]], *(_finite(report[name]) for name in ("minValue", "maxValue", "meanValue")))
            for report in element["sensorReport"]
        )
        if len({summary.quantity for summary in summaries}) != len(summaries):
            raise ValueError("a quantity is summarized twice")
        return cls(
            subject=Key.from_uri(subject),
            from_ms=milliseconds(metadata["startTime"]),
            to_ms=milliseconds(metadata["endTime"]),
            verdict=2 if disposition is None else terms[disposition],
            read_point=document["readPoint"]["id"] if "readPoint" in document else "",
            summaries=summaries,
            custody=_custody(document["bizTransactionList"]) if "bizTransactionList" in document else b"",
            deadline_ms=_deadline(document[DEADLINE]) if DEADLINE in document else None,
        )


def digest(event: dict[str, Any]) -> bytes:
    """Returns the event's CBV 2.0 hash, which enters the shipment statement."""
    return event_hash.event_hash(event)


def summarize(quantity: str, numbers: Iterable[float]) -> Summary:
    """Returns the summary of a quantity's values, computed exactly in fixed point; there is at least one value."""
    fixed = [fixed_point(number) for number in numbers]
    # round() of a Fraction is exact and half to even, so the mean does not depend on the order of summation.
    mean = round(Fraction(sum(fixed), len(fixed)))
    return Summary(quantity, *(float(Fraction(value, 10**9)) for value in (min(fixed), max(fixed), mean)))


def _order(summary: Summary) -> int:
    """Returns the place of a summary: the hash takes any order for one, and a document has only one."""
    return list(MEASUREMENTS).index(summary.quantity)


def _report(summary: Summary) -> dict[str, Any]:
    measurement = MEASUREMENTS[summary.quantity]
    return {
        "type": measurement.term,
        "minValue": summary.minimum,
        "maxValue": summary.maximum,
        "meanValue": summary.mean,
        "uom": measurement.uom,
    }


def only_spelling(read: Callable[[Any], Event], document: object, what: str, path: str) -> Event:
    """Returns what `read` makes of a document, if that is written as this very document.

    Raises:
        MalformedDocumentError: it cannot be read, or is another spelling; `what` and `path` name it.

    """
    try:
        event = read(document)
        same = canonical_json.same(event.to_json(), document)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidKeyError, MisuseError, OverflowError) as error:
        raise MalformedDocumentError(path, f"not {what}: {shorten(str(error))}") from error
    if not same:
        raise MalformedDocumentError(path, f"not the one spelling of {what}, eventID included")
    return event


def require_uri(text: str) -> str:
    """Returns a read point; raises MisuseError unless it is a URI in canonical form."""
    if len(text) > MAX_READ_POINT or not _URI.fullmatch(text) or values.text(text) != text:
        raise MisuseError(f"read point {shorten(text)} is no URI in canonical form; a GLN's is https://id.gs1.org/414/...")
    return text


def _finite(value: Any) -> float:
    if type(value) not in (int, float) or not isfinite(value):
        raise TypeError(f"{shorten(value)} is no number")
    return value  # type: ignore[no-any-return]  # an integer where JSON has one: both write the same number


def _custody(transactions: Any) -> bytes:
    (transaction,) = transactions
    return from_transaction_uri(transaction["bizTransaction"])


def _deadline(text: str) -> int:
    if (due_ms := milliseconds(text)) < 0:
        raise ValueError(f"deadline {text} is before 1970")
    return due_ms


def iso(since_epoch_ms: int) -> str:
    """Returns an event's time as it is written: to the millisecond, in UTC."""
    return (_EPOCH + timedelta(milliseconds=since_epoch_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(text: str) -> int:
    """Returns an event's time since the Unix epoch; raises ValueError for what is none, and TypeError for one without a zone."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)
