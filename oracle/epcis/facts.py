"""What a well-shaped event must also hold to be true: keys, units, times that have been, no contradictions. Pure.

`problems` are reasons to refuse an event. `marks` are reasons to trust it less: it is recorded, and whoever reads it is told.
Sources: EPCIS 2.0 sections 7.3 and 7.4; GS1 General Specifications section 7.9; UN/ECE Recommendation 20.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from oracle.epcis import identifiers, units, values
from oracle.epcis.event_hash import Profile, event_hash
from oracle.epcis.schema import EVENT_FIELDS
from oracle.epcis.shapes import MAX_SHOWN, Problem, at
from oracle.errors import InvalidKeyError, shorten
from oracle.gs1_elements import Elements

AHEAD_MS = 300_000
"""How far a partner's clock may run ahead of ours; five minutes is what Kerberos allows."""

_GS1_TERM = re.compile(r"(?:gs1:|https?://(?:www\.|ref\.)?gs1\.org/voc/)([A-Za-z]+)", re.ASCII)
_TIMES = ("time", "startTime", "endTime")
_NUMBERS = ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue")
_OPAQUE = frozenset({"eventID", "correctiveEventIDs", "transformationID", "stringValue", "certificationInfo", "@context", "ilmd"})
"""Fields whose text is not looked into for GS1 keys."""
_EVENT_ID = re.compile(r"ni:///sha-256;([0-9a-f]{64})\?ver=CBV2\.[01]", re.ASCII)


def problems(event: Mapping[str, Any], path: str, now_ms: int | None) -> Iterator[Problem]:
    """Yields what is wrong with an event whose shape is right; without a time of day nothing is called future."""
    if event["type"] not in EVENT_FIELDS:
        yield Problem(at(path, "type"), f"{shorten(event['type'], MAX_SHOWN)} is an extension's event, which is not recorded here")
        return
    yield from _keys(event, path)
    yield from _levels(event, path)
    yield from _contradictions(event, path)
    for place, element in enumerate(event.get("sensorElementList", [])):
        yield from _sensor_element(element, at(at(path, "sensorElementList"), place))
    for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        for place, item in enumerate(event.get(name, [])):
            yield from _quantity(item, at(at(path, name), place))
    if now_ms is not None:
        yield from _future(event, path, now_ms + AHEAD_MS)


def marks(event: Mapping[str, Any], path: str, context: object) -> Iterator[Problem]:
    """Yields what makes an event less worth without making it wrong."""
    found = _EVENT_ID.fullmatch(str(event.get("eventID", "")))
    if found and bytes.fromhex(found[1]) not in {event_hash(event, profile=profile, context=context) for profile in Profile}:
        yield Problem(at(path, "eventID"), "is written as an event's hash and is not this event's")
    for place, element in enumerate(event.get("sensorElementList", [])):
        here = at(at(path, "sensorElementList"), place)
        described = [element.get("sensorMetadata", {}), *element["sensorReport"]]
        if not any("deviceMetadata" in one for one in described):
            yield Problem(here, "no deviceMetadata: nothing says how the device was calibrated")


def _keys(value: Any, path: str) -> Iterator[Problem]:
    if isinstance(value, str):
        try:
            identifiers.require_valid(value)
        except InvalidKeyError as error:
            yield Problem(path, str(error))
    elif isinstance(value, Mapping):
        for name, child in value.items():
            if name not in _OPAQUE and ":" not in name:
                yield from _keys(child, at(path, name))
    elif isinstance(value, list):
        for place, child in enumerate(value):
            yield from _keys(child, at(path, place))


def _levels(event: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """Instances go into lists of EPCs, classes into lists of quantities."""
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        for place, epc in enumerate(event.get(name, [])):
            if _is_class(epc):
                yield Problem(at(at(path, name), place), f"{shorten(epc, MAX_SHOWN)} is a class of things; it goes with a quantity")
    for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        for place, item in enumerate(event.get(name, [])):
            if item["epcClass"].startswith("urn:epc:id:"):
                where = at(at(at(path, name), place), "epcClass")
                yield Problem(where, f"{shorten(item['epcClass'], MAX_SHOWN)} is one thing; it goes into a list of EPCs")


def _is_class(epc: str) -> bool:
    if epc.startswith(("urn:epc:class:", "urn:epc:idpat:")):
        return True
    link = identifiers.canonical(epc)
    if link is None or not link.removeprefix("https://id.gs1.org/").startswith("01/"):
        return False
    try:
        found = Elements.from_link(epc if epc.startswith("http") else link)
    except InvalidKeyError:
        return False
    return found.value("21") is None and found.value("235") is None


def _contradictions(event: Mapping[str, Any], path: str) -> Iterator[Problem]:
    lasting = event.get("persistentDisposition", {})
    both = {values.term(one, "Disp-") for one in lasting.get("set", [])} & {values.term(one, "Disp-") for one in lasting.get("unset", [])}
    if both:
        yield Problem(at(path, "persistentDisposition"), f"sets and unsets {', '.join(sorted(both))}")
    children = {_same(epc) for epc in event.get("childEPCs", [])}
    if "parentID" in event and _same(event["parentID"]) in children:
        yield Problem(at(path, "parentID"), "is among its own children")
    error = event.get("errorDeclaration", {})
    if "eventID" in event and event["eventID"] in error.get("correctiveEventIDs", []):
        yield Problem(at(at(path, "errorDeclaration"), "correctiveEventIDs"), "an event cannot correct itself")


def _sensor_element(element: Mapping[str, Any], path: str) -> Iterator[Problem]:
    metadata = element.get("sensorMetadata", {})
    if {"startTime", "endTime"} <= metadata.keys() and values.time(metadata["startTime"]) > values.time(metadata["endTime"]):
        yield Problem(at(at(path, "sensorMetadata"), "endTime"), "is before startTime")
    for place, report in enumerate(element["sensorReport"]):
        yield from _report(report, at(at(path, "sensorReport"), place))


def _report(report: Mapping[str, Any], path: str) -> Iterator[Problem]:
    low, mean, high = (report.get(name) for name in ("minValue", "meanValue", "maxValue"))
    ordered = [one for one in (low, mean, high) if one is not None]
    if ordered != sorted(ordered):
        yield Problem(path, "minValue, meanValue and maxValue are not in this order")
    if report.get("sDev", 0) < 0:
        yield Problem(at(path, "sDev"), "a standard deviation is not negative")
    if not 0 <= report.get("percRank", 0) <= 100:
        yield Problem(at(path, "percRank"), "a percentile rank lies between 0 and 100")
    term = _GS1_TERM.fullmatch(report["type"])
    measured = term[1] if term else report["type"]
    if "uom" in report:
        yield from _unit(measured, report["uom"], at(path, "uom"))
    elif measured in units.UNITS and measured not in units.FREE and any(name in report for name in _NUMBERS):
        yield Problem(at(path, "uom"), f"is missing: a value of {measured} needs its unit")


def _unit(measured: str, code: str, path: str) -> Iterator[Problem]:
    if code not in units.KNOWN:
        yield Problem(path, f"{shorten(code, MAX_SHOWN)} is no known unit; use a common code of UN/ECE Recommendation 20, such as CEL")
    elif not units.fits(measured, code):
        yield Problem(path, f"{code} is a unit of {' and '.join(units.measured_by(code)) or 'packages'}, not of {measured}")


def _quantity(item: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if item.get("quantity", 0) < 0:
        yield Problem(at(path, "quantity"), "is negative")
    if "uom" in item and item["uom"] not in units.KNOWN:
        yield from _unit("Count", item["uom"], at(path, "uom"))


def _future(event: Mapping[str, Any], path: str, latest: int) -> Iterator[Problem]:
    stated = [(at(path, name), event[name]) for name in ("eventTime", "recordTime") if name in event]
    if "errorDeclaration" in event:
        stated.append((at(at(path, "errorDeclaration"), "declarationTime"), event["errorDeclaration"]["declarationTime"]))
    for place, element in enumerate(event.get("sensorElementList", [])):
        here = at(at(path, "sensorElementList"), place)
        metadata = element.get("sensorMetadata", {})
        stated += [(at(at(here, "sensorMetadata"), name), metadata[name]) for name in _TIMES if name in metadata]
        reports = enumerate(element["sensorReport"])
        stated += [(at(at(at(here, "sensorReport"), one), "time"), report["time"]) for one, report in reports if "time" in report]
    for where, text in stated:
        if values.milliseconds(text) > latest:
            yield Problem(where, f"{shorten(text, MAX_SHOWN)} has not come yet; check the clock that stated it")


def _same(uri: str) -> str:
    """Returns one spelling of an identifier."""
    return identifiers.canonical(uri) or uri
