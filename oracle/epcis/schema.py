"""The shape of EPCIS 2.0 in JSON: documents, query documents, events and what is in them, as tables of checks. Pure.

Says what GS1's JSON schema says, field by field, in the words of the standard; tests hold the two verdicts against each other. A fact that
goes beyond shape (check digits, units, times, contradictions) is `facts`' work.
Source: EPCIS 2.0 sections 7.3, 7.4 and 10.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

from oracle.epcis import shapes, vocabulary
from oracle.epcis.shapes import Check, Others, Problem, array, at, boolean, either, matching, number, record, term, text, time, uri

_CBV = r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/"
_VOC = r"https?://(?:www\.)?gs1\.org/voc/"

_context = either(array(either(uri, record({}, others=Others.ANY)), distinct=True), either(uri, record({}, others=Others.ANY)))
_disposition = term(vocabulary.DISPOSITIONS, "a disposition of the CBV or a URI", not_under=_CBV)
_source_type = term(vocabulary.SOURCES, "owning_party, possessing_party, location or a URI", not_under=_CBV)
_place = record({"id": uri}, required=("id",), others=Others.ANY)
_quantity = record(
    {"epcClass": uri, "quantity": number, "uom": matching(r"[A-Z0-9]{2,3}", "a UN/ECE code of 2 or 3 characters")},
    required=("epcClass",),
    others=Others.NONE,
)
_epcs = array(uri, distinct=True)
_quantities = array(_quantity)
_transaction = record(
    {"type": term(vocabulary.BIZ_TRANSACTIONS, "a transaction type of the CBV or a URI", not_under=_CBV), "bizTransaction": uri},
    required=("bizTransaction",),
    others=Others.NONE,
)
_error = record(
    {
        "declarationTime": time,
        "reason": term(vocabulary.ERROR_REASONS, "did_not_occur, incorrect_data or a URI", not_under=_CBV),
        "correctiveEventIDs": array(uri),
    },
    required=("declarationTime",),
)
_metadata = record(
    {
        **dict.fromkeys(("time", "startTime", "endTime"), time),
        **dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), uri),
    }
)
_report = record(
    {
        "type": term(vocabulary.MEASUREMENT_TYPES, "a measurement type of the GS1 web vocabulary or a URI", not_under=_VOC),
        "exception": term(vocabulary.ALERTS, "ALARM_CONDITION, ERROR_CONDITION or a URI", not_under=_VOC),
        **dict.fromkeys(
            ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "microorganism", "chemicalSubstance"), uri
        ),
        "coordinateReferenceSystem": uri,
        "uriValue": uri,
        "time": time,
        **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), number),
        "component": term(vocabulary.COMPONENTS, "a component of the CBV or a URI", not_under=_CBV),
        "stringValue": text,
        "booleanValue": boolean,
        "hexBinaryValue": matching(r"[A-Fa-f0-9]+", "hexadecimal digits"),
        "uom": text,
    },
    required=("type",),
)
_sensors = array(record({"sensorMetadata": _metadata, "sensorReport": array(_report, least=1)}, required=("sensorReport",)))


def _persistent(value: Any, path: str) -> Iterator[Problem]:
    dispositions = array(_disposition, least=1, distinct=True)
    yield from record({"set": dispositions, "unset": dispositions}, others=Others.NONE)(value, path)
    if isinstance(value, dict) and not value.keys() & {"set", "unset"}:
        yield Problem(path, "needs set or unset")


_FIELDS: dict[str, Check] = {
    "epcList": _epcs,
    "quantityList": _quantities,
    "parentID": uri,
    "childEPCs": array(uri),
    "childQuantityList": _quantities,
    "inputEPCList": _epcs,
    "inputQuantityList": _quantities,
    "outputEPCList": _epcs,
    "outputQuantityList": _quantities,
    "transformationID": uri,
    "action": matching("ADD|OBSERVE|DELETE", "ADD, OBSERVE or DELETE"),
    "bizStep": term(vocabulary.BIZ_STEPS, "a business step of the CBV or a URI", not_under=_CBV),
    "disposition": _disposition,
    "persistentDisposition": _persistent,
    "readPoint": _place,
    "bizLocation": _place,
    "bizTransactionList": array(_transaction),
    "sourceList": array(record({"type": _source_type, "source": uri}, required=("type", "source"), others=Others.NONE)),
    "destinationList": array(record({"type": _source_type, "destination": uri}, required=("type", "destination"), others=Others.NONE)),
    "sensorElementList": _sensors,
    "ilmd": record({}),
}
_COMMON: dict[str, Check] = {
    "@context": _context,
    "type": text,
    "eventTime": time,
    "recordTime": time,
    "eventTimeZoneOffset": matching(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)", "an offset such as +01:00"),
    "eventID": uri,
    "certificationInfo": either(uri, array(uri)),
    "errorDeclaration": _error,
}
_TAIL = ("bizStep", "disposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList", "destinationList", "sensorElementList")
_CHILDREN = ("parentID", "childEPCs", "childQuantityList", "action")

EVENT_FIELDS = MappingProxyType({
    "ObjectEvent": ("epcList", "quantityList", "action", "persistentDisposition", "ilmd", *_TAIL),
    "AggregationEvent": (*_CHILDREN, *_TAIL),
    "TransactionEvent": ("parentID", "epcList", "quantityList", "action", *_TAIL),
    "TransformationEvent": (
        "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", "persistentDisposition", "ilmd",
        *_TAIL,
    ),
    "AssociationEvent": (*_CHILDREN, *_TAIL),
})  # fmt: skip
"""Each event type with the fields that are its own, besides those that every event has."""
_REQUIRED: dict[str, tuple[str, ...]] = {
    "ObjectEvent": ("action",),
    "AggregationEvent": ("action",),
    "TransactionEvent": ("bizTransactionList", "action"),
    "TransformationEvent": (),
    "AssociationEvent": ("action", "parentID"),
}
_SHAPES: dict[str, Check] = {
    kind: record(
        _COMMON | {name: array(uri) if (kind, name) == ("TransactionEvent", "epcList") else _FIELDS[name] for name in names},
        required=("eventTime", "eventTimeZoneOffset", *_REQUIRED[kind]),
    )
    for kind, names in EVENT_FIELDS.items()
}
_extended = record(_COMMON, required=("eventTime", "eventTimeZoneOffset"), others=Others.ANY)


def event(value: Any, path: str) -> Iterator[Problem]:
    """Checks an event; one of a type that EPCIS does not know is an extension, of which only the common fields are checked."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        yield Problem(at(path, "type"), "an event is an object that names its type")
    elif kind in _SHAPES:
        yield from _SHAPES[kind](value, path)
        yield from _WHAT[kind](value, path)
    else:
        if not shapes.is_uri(kind):
            yield Problem(at(path, "type"), f"expected one of {', '.join(EVENT_FIELDS)} or a URI")
        yield from _extended(value, path)


def _has(value: dict[str, Any], name: str, least: int = 1) -> bool:
    return isinstance(value.get(name), list) and len(value[name]) >= least


def _what_object(value: dict[str, Any], path: str) -> Iterator[Problem]:
    sensed = _has(value, "sensorElementList") and "readPoint" in value
    if not (_has(value, "epcList", 0) or _has(value, "quantityList") or sensed):
        yield Problem(path, "needs an epcList, a quantityList, or a sensorElementList with a readPoint")
    if "ilmd" in value and value.get("action") != "ADD":
        yield Problem(at(path, "ilmd"), "goes with action ADD only")


def _what_children(value: dict[str, Any], path: str) -> Iterator[Problem]:
    if not (_has(value, "childEPCs") or _has(value, "childQuantityList") or value.get("action") == "DELETE"):
        yield Problem(path, "needs childEPCs or a childQuantityList, unless its action is DELETE")


def _what_transaction(value: dict[str, Any], path: str) -> Iterator[Problem]:
    if not _has(value, "bizTransactionList"):
        yield Problem(at(path, "bizTransactionList"), "needs a transaction")
    if not (_has(value, "epcList", 0) or _has(value, "quantityList") or value.get("action") == "DELETE"):
        yield Problem(path, "needs an epcList or a quantityList, unless its action is DELETE")


def _what_transformation(value: dict[str, Any], path: str) -> Iterator[Problem]:
    into = _has(value, "inputEPCList") or _has(value, "inputQuantityList")
    out = _has(value, "outputEPCList") or _has(value, "outputQuantityList")
    if not ((into and out) or ("transformationID" in value and (into or out))):
        yield Problem(path, "needs inputs and outputs, or a transformationID with one of them")


_WHAT: dict[str, Callable[[dict[str, Any], str], Iterator[Problem]]] = {
    "ObjectEvent": _what_object,
    "AggregationEvent": _what_children,
    "TransactionEvent": _what_transaction,
    "TransformationEvent": _what_transformation,
    "AssociationEvent": _what_children,
}
"""What each type of event must say it is about."""


_attribute = record(
    {"id": uri, "attribute": either(text, either(number, record({}, others=Others.ANY)))}, required=("id",), others=Others.ANY
)
_element = record({"id": uri, "attributes": array(_attribute), "children": array(uri)}, required=("id",), others=Others.ANY)
_vocabularies = array(record({"type": uri, "vocabularyElementList": array(_element)}, required=("type",), others=Others.ANY))
_version = matching(r"[0-9]+(?:\.[0-9]+)*", "a version such as 2.0")
_events = array(event)
_document = record(
    {
        "@context": _context,
        "type": matching("EPCISDocument", "EPCISDocument"),
        "id": uri,
        "schemaVersion": _version,
        "creationDate": time,
        **dict.fromkeys(("instanceIdentifier", "sender", "receiver"), text),
        "epcisHeader": record({"epcisMasterData": record({"vocabularyList": _vocabularies}, others=Others.ANY)}),
        "epcisBody": record({"eventList": _events}, required=("eventList",), others=Others.ANY),
    },
    required=("@context", "type", "schemaVersion", "creationDate", "epcisBody"),
)
_results = record({"eventList": _events, "vocabularyList": _vocabularies}, required=("eventList",))
_query_document = record(
    {
        "@context": _context,
        "type": matching("EPCISQueryDocument", "EPCISQueryDocument"),
        "id": uri,
        "schemaVersion": _version,
        "creationDate": time,
        "epcisBody": record(
            {
                "queryResults": record(
                    {"queryName": text, "subscriptionID": text, "resultsBody": _results}, required=("queryName", "resultsBody")
                )
            },
            required=("queryResults",),
        ),
    },
    required=("@context", "type", "epcisBody"),
)


def problems(document: Any) -> Iterator[Problem]:
    """Yields what is wrong with the shape of a document, a query document, or a single event with its context."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "EPCISDocument":
        yield from _document(document, "$")
    elif kind == "EPCISQueryDocument":
        yield from _query_document(document, "$")
    else:
        yield from event(document, "$")
        if isinstance(document, dict) and "@context" not in document:
            yield Problem(at("$", "@context"), "is missing; an event that stands alone names its context")
