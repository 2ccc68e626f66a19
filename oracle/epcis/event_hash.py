"""The CBV event hash: one name for an event, whoever writes it down. Pure. Source: CBV 2.0 section 8.9.

Reads parsed JSON only. Two profiles print different strings for sensor data and extensions: CBV 2.0 omits the name `sensorElementList` and
moves extensions of inner fields to the end; CBV 2.1 (draft) writes both in place. For most plain events the digests are equal, so
compare algorithm and digest and treat `ver` separately. The digest is hexadecimal (not RFC 6920's base64url), as GS1 prints it.

Never hashed: eventID, recordTime, errorDeclaration, certificationInfo, @context, comments. Whoever relies on a hash must not rely on those.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oracle.epcis import values
from oracle.epcis.fields import EXTENSIBLE, FIELDS, IGNORED, REPORT, SENSOR_METADATA, Kind
from oracle.errors import MalformedDocumentError

MAX_DEPTH = 16
"""Nesting of one event; the standard's own fields need 5."""


class Profile(StrEnum):
    """Which edition of the rules to follow."""

    CBV_2_0 = "CBV2.0"
    CBV_2_1 = "CBV2.1"


@dataclass(frozen=True, slots=True)
class _Rules:
    inline: bool
    """Whether sensorElementList is named and extensions of inner fields stay in place (CBV 2.1)."""
    vocabulary: str
    """What `gs1:` expands to."""
    namespaces: Mapping[str, str]
    """Prefixes of the document's context."""


_EMPTY: tuple[object, ...] = ([], {}, "")
"""An empty list leaves no trace in the text (`ignoreEmptyEpcList` of the reference tests)."""


def event_hash(
    event: Mapping[str, Any],
    *,
    profile: Profile = Profile.CBV_2_0,
    context: object = None,
    vocabulary: str = values.GS1_VOCABULARY,
) -> bytes:
    """Returns the sha-256 digest of an event, 32 bytes; see `prehash` for the arguments and errors."""
    return hashlib.sha256(prehash(event, profile=profile, context=context, vocabulary=vocabulary).encode()).digest()


def hash_uri(digest: bytes, profile: Profile = Profile.CBV_2_0) -> str:
    """Returns the `ni` URI under which GS1 prints a sha-256 digest."""
    return f"ni:///sha-256;{digest.hex()}?ver={profile}"


def prehash(
    event: Mapping[str, Any],
    *,
    profile: Profile = Profile.CBV_2_0,
    context: object = None,
    vocabulary: str = values.GS1_VOCABULARY,
) -> str:
    """Returns the text whose digest names the event; `context` is the document's `@context`, for the prefixes of extensions.

    Raises:
        MalformedDocumentError: the event is not of EPCIS 2.0's shape, or is nested deeper than MAX_DEPTH.

    """
    _bound_depth(event, MAX_DEPTH)
    namespaces = {**_namespaces(context), **_namespaces(event.get("@context"))}
    rules = _Rules(profile is Profile.CBV_2_1, vocabulary, namespaces)
    parts = [f"eventType={values.text(event.get('type', ''))}"]
    late: list[str] = []
    known = set(IGNORED)
    for name, kind in FIELDS:
        known.add(name)
        if name not in event or event[name] in _EMPTY:
            continue
        parts.append(_field(name, kind, event[name], rules))
        if not rules.inline and name in EXTENSIBLE:
            late.extend(_late(name, event[name], rules))
    if "ilmd" in event:
        late.append("ilmd" + _extensions(event["ilmd"], set(), rules))
    late.append(_extensions(event, known | {"ilmd"}, rules))
    return "".join(parts + late)


def _field(name: str, kind: Kind, value: Any, rules: _Rules) -> str:
    match kind:
        case Kind.TEXT | Kind.TIME | Kind.BIZ_STEP | Kind.DISPOSITION:
            return f"{name}={_scalar(kind, value)}"
        case Kind.PLACE:
            return f"{name}id={values.text(_object(name, value).get('id', ''))}" + _inline(value, {"id"}, rules)
        case Kind.PERSISTENT:
            ways = _object(name, value)
            return name + "".join(
                _sorted(f"{way}={_scalar(Kind.DISPOSITION, item)}" for item in _items(way, ways.get(way, []))) for way in ("set", "unset")
            )
        case _:
            shown = "" if kind is Kind.SENSORS and not rules.inline else name
            return shown + _sorted(_element(kind, item, rules) for item in _items(name, value))


def _element(kind: Kind, item: Any, rules: _Rules) -> str:
    match kind:
        case Kind.EPCS:
            return f"epc={values.text(item)}"
        case Kind.QUANTITIES:
            return "quantityElement" + _leaves(item, ("epcClass", "quantity", "uom"))
        case Kind.SENSORS:
            return _sensor_element(item, rules)
        case _:
            return _typed(kind, _object("entry", item))


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


def _sensor_element(item: Any, rules: _Rules) -> str:
    element = _object("sensorElement", item)
    text = "sensorElement"
    if "sensorMetadata" in element:
        metadata = _object("sensorMetadata", element["sensorMetadata"])
        text += "sensorMetadata" + _ordered(metadata, SENSOR_METADATA, rules) + _inline(metadata, set(SENSOR_METADATA), rules)
    reports = (_object("sensorReport", report) for report in _items("sensorReport", element.get("sensorReport", [])))
    text += _sorted("sensorReport" + _ordered(report, REPORT, rules) + _inline(report, set(REPORT), rules) for report in reports)
    return text + _inline(element, {"sensorMetadata", "sensorReport"}, rules)


def _ordered(item: Mapping[str, Any], names: tuple[str, ...], rules: _Rules) -> str:
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
    element = _object("quantityElement", item)
    return "".join(f"{name}={values.text(element[name])}" for name in names if name in element)


def _late(name: str, value: Any, rules: _Rules) -> Iterator[str]:
    """Yields the extensions inside a standard field, each led by the path of names, as CBV 2.0 puts them at the end."""
    if name != "sensorElementList":
        inner = _extensions(value, {"id"}, rules)
        if inner:
            yield name + inner
        return
    elements = []
    for item in value:
        element = _object("sensorElement", item)
        metadata = _extensions(element.get("sensorMetadata", {}), set(SENSOR_METADATA), rules)
        reports = [_extensions(report, set(REPORT), rules) for report in element.get("sensorReport", [])]
        inner = (f"sensorMetadata{metadata}" if metadata else "") + _sorted(f"sensorReport{report}" for report in reports if report)
        inner += _extensions(element, {"sensorMetadata", "sensorReport"}, rules)
        if inner:
            elements.append("sensorElement" + inner)
    yield _sorted(elements)


def _inline(value: Any, known: set[str], rules: _Rules) -> str:
    return _extensions(value, known, rules) if rules.inline else ""


def _extensions(value: Any, known: set[str], rules: _Rules) -> str:
    parts: list[str] = []
    for key, child in _object("extension", value).items():
        if key in known or key in IGNORED:
            continue
        parts.extend(_extension(key, item, rules) for item in (child if isinstance(child, list) else [child]))
    return _sorted(parts)


def _extension(key: str, value: Any, rules: _Rules) -> str:
    prefix, colon, local = key.partition(":")
    name = f"{{{rules.namespaces[prefix]}}}{local}" if colon and prefix in rules.namespaces else key
    if not isinstance(value, dict):
        return f"{name}={values.text(value)}"
    content = f"={values.text(value['#text'])}" if "#text" in value else ""
    return name + content + _extensions(value, {"#text"}, rules)


def _sorted(parts: Iterator[str] | list[str]) -> str:
    return "".join(sorted(parts))


def _namespaces(context: object) -> dict[str, str]:
    entries = context if isinstance(context, list) else [context]
    return {prefix: uri for entry in entries if isinstance(entry, dict) for prefix, uri in entry.items() if isinstance(uri, str)}


def _items(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedDocumentError(name, "expected a list")
    return value


def _object(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedDocumentError(name, "expected an object")
    return value


def _bound_depth(value: Any, left: int) -> None:
    if left == 0:
        raise MalformedDocumentError("event", f"nested deeper than {MAX_DEPTH}")
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for child in children:
        _bound_depth(child, left - 1)
