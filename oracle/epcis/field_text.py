"""The standard's own fields in the pre-hash text. Pure. Source: CBV 2.0 sections 8.9.3 and 8.9.4."""

from collections.abc import Mapping
from typing import Any

from oracle.epcis import values
from oracle.epcis.extensions import Rules, inline, items, joined, mapping
from oracle.epcis.fields import REPORT, SENSOR_METADATA, Kind


def field(name: str, kind: Kind, value: Any, rules: Rules) -> str:
    """Returns a field with its name as the hash writes it; raises MalformedDocumentError for a value of another shape."""
    match kind:
        case Kind.TEXT | Kind.TIME | Kind.BIZ_STEP | Kind.DISPOSITION:
            return f"{name}={_scalar(kind, value)}"
        case Kind.PLACE:
            return f"{name}id={values.text(mapping(name, value).get('id', ''))}" + inline(value, {"id"}, rules)
        case Kind.PERSISTENT:
            ways = mapping(name, value)
            return name + "".join(
                joined(f"{way}={_scalar(Kind.DISPOSITION, item)}" for item in items(way, ways.get(way, []))) for way in ("set", "unset")
            )
        case _:
            shown = "" if kind is Kind.SENSORS and not rules.inline else name
            return shown + joined(_element(kind, item, rules) for item in items(name, value))


def _element(kind: Kind, item: Any, rules: Rules) -> str:
    match kind:
        case Kind.EPCS:
            return f"epc={values.text(item)}"
        case Kind.QUANTITIES:
            return "quantityElement" + _leaves(item, ("epcClass", "quantity", "uom"))
        case Kind.SENSORS:
            return _sensor_element(item, rules)
        case _:
            return _typed(kind, mapping("entry", item))


def _scalar(kind: Kind, value: Any) -> str:
    match kind:
        case Kind.TIME:
            return values.time(values.text(value))
        case Kind.BIZ_STEP:
            return values.term(value, "BizStep-")
        case Kind.DISPOSITION:
            return values.term(value, "Disp-")
        case _:
            return values.text(value)


def _typed(kind: Kind, item: Mapping[str, Any]) -> str:
    name, vocabulary = {
        Kind.TRANSACTIONS: ("bizTransaction", "BTT-"),
        Kind.SOURCES: ("source", "SDT-"),
        Kind.DESTINATIONS: ("destination", "SDT-"),
    }[kind]
    stated = f"type={values.term(item['type'], vocabulary)}" if "type" in item else ""
    return f"{stated}{name}={values.text(item.get(name, ''))}"


def _sensor_element(item: Any, rules: Rules) -> str:
    element = mapping("sensorElement", item)
    text = "sensorElement"
    if "sensorMetadata" in element:
        metadata = mapping("sensorMetadata", element["sensorMetadata"])
        text += "sensorMetadata" + _ordered(metadata, SENSOR_METADATA, rules) + inline(metadata, set(SENSOR_METADATA), rules)
    reports = (mapping("sensorReport", report) for report in items("sensorReport", element.get("sensorReport", [])))
    text += joined("sensorReport" + _ordered(report, REPORT, rules) + inline(report, set(REPORT), rules) for report in reports)
    return text + inline(element, {"sensorMetadata", "sensorReport"}, rules)


def _ordered(item: Mapping[str, Any], names: tuple[str, ...], rules: Rules) -> str:
    parts = []
    for name in names:
        if name not in item:
            continue
        if name in ("type", "exception"):
            value = values.gs1_term(item[name], rules.vocabulary)
        elif name == "component":
            value = values.term(item[name], "Comp-")
        elif name in ("time", "startTime", "endTime"):
            value = values.time(values.text(item[name]))
        else:
            value = values.text(item[name])
        parts.append(f"{name}={value}")
    return "".join(parts)


def _leaves(item: Any, names: tuple[str, ...]) -> str:
    element = mapping("quantityElement", item)
    return "".join(f"{name}={values.text(element[name])}" for name in names if name in element)
