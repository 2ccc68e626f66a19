"""Extensions and ilmd in the pre-hash text: user fields under their namespaces, sorted, nested, in place or at the end. Pure.

Source: CBV 2.0 section 8.9.5. An undefined prefix stays as it is written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oracle.epcis import values
from oracle.epcis.fields import IGNORED, REPORT, SENSOR_METADATA
from oracle.errors import MalformedDocumentError


@dataclass(frozen=True, slots=True)
class Rules:
    """What the profile and the document decide."""

    inline: bool
    """Whether sensorElementList is named and extensions of inner fields stay in place (CBV 2.1)."""
    vocabulary: str
    """What `gs1:` expands to."""
    namespaces: Mapping[str, str]
    """Prefixes of the document's context."""


def late(name: str, value: Any, rules: Rules) -> Iterator[str]:
    """Yields the extensions inside a standard field, each led by the path of names, as CBV 2.0 puts them at the end."""
    if name != "sensorElementList":
        inner = extensions(value, {"id"}, rules)
        if inner:
            yield name + inner
        return
    elements = []
    for item in value:
        element = mapping("sensorElement", item)
        metadata = extensions(element.get("sensorMetadata", {}), set(SENSOR_METADATA), rules)
        reports = [extensions(report, set(REPORT), rules) for report in element.get("sensorReport", [])]
        inner = (f"sensorMetadata{metadata}" if metadata else "") + joined(f"sensorReport{report}" for report in reports if report)
        inner += extensions(element, {"sensorMetadata", "sensorReport"}, rules)
        if inner:
            elements.append("sensorElement" + inner)
    yield joined(elements)


def inline(value: Any, known: set[str], rules: Rules) -> str:
    """Returns the extensions where the profile leaves them in place, else nothing."""
    return extensions(value, known, rules) if rules.inline else ""


def extensions(value: Any, known: set[str], rules: Rules) -> str:
    """Returns everything in an object that is no known field, sorted."""
    parts: list[str] = []
    for key, child in mapping("extension", value).items():
        if key in known or key in IGNORED:
            continue
        parts.extend(_extension(key, item, rules) for item in (child if isinstance(child, list) else [child]))
    return joined(parts)


def _extension(key: str, value: Any, rules: Rules) -> str:
    prefix, colon, local = key.partition(":")
    name = f"{{{rules.namespaces[prefix]}}}{local}" if colon and prefix in rules.namespaces else key
    if not isinstance(value, dict):
        return f"{name}={values.text(value)}"
    content = f"={values.text(value['#text'])}" if "#text" in value else ""
    return name + content + extensions(value, {"#text"}, rules)


def joined(parts: Iterable[str]) -> str:
    """Returns the parts in order of their text, duplicates kept."""
    return "".join(sorted(parts))


def items(name: str, value: Any) -> list[Any]:
    """Returns a list; raises MalformedDocumentError naming the field for anything else."""
    if not isinstance(value, list):
        raise MalformedDocumentError(name, "expected a list")
    return value


def mapping(name: str, value: Any) -> dict[str, Any]:
    """Returns an object; raises MalformedDocumentError naming the field for anything else."""
    if not isinstance(value, dict):
        raise MalformedDocumentError(name, "expected an object")
    return value
