"""The CBV event hash: one name for an event, whoever writes it down. Pure. Source: CBV 2.0 section 8.9.

Reads parsed JSON only. Two profiles print different strings for sensor data and extensions: CBV 2.0 omits the name `sensorElementList` and
moves extensions of inner fields to the end; CBV 2.1 (draft) writes both in place. For most plain events the digests are equal, so
compare algorithm and digest and treat `ver` separately. The digest is hexadecimal (not RFC 6920's base64url), as GS1 prints it.

Never hashed: eventID, recordTime, errorDeclaration, certificationInfo, @context, comments. Whoever relies on a hash must not rely on those.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from oracle.epcis import values
from oracle.epcis.extensions import Rules, extensions, late
from oracle.epcis.field_text import field
from oracle.epcis.fields import EXTENSIBLE, FIELDS, IGNORED
from oracle.errors import MalformedDocumentError

MAX_DEPTH = 16
"""Nesting of one event; the standard's own fields need 5."""


class Profile(StrEnum):
    """Which edition of the rules to follow."""

    CBV_2_0 = "CBV2.0"
    CBV_2_1 = "CBV2.1"


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
    rules = Rules(profile is Profile.CBV_2_1, vocabulary, namespaces)
    parts = [f"eventType={values.text(event.get('type', ''))}"]
    trailing: list[str] = []
    known = set(IGNORED)
    for name, kind in FIELDS:
        known.add(name)
        if name not in event or event[name] in _EMPTY:
            continue
        parts.append(field(name, kind, event[name], rules))
        if not rules.inline and name in EXTENSIBLE:
            trailing.extend(late(name, event[name], rules))
    if "ilmd" in event:
        trailing.append("ilmd" + extensions(event["ilmd"], set(), rules))
    trailing.append(extensions(event, known | {"ilmd"}, rules))
    return "".join(parts + trailing)


def _namespaces(context: object) -> dict[str, str]:
    entries = context if isinstance(context, list) else [context]
    return {prefix: uri for entry in entries if isinstance(entry, dict) for prefix, uri in entry.items() if isinstance(uri, str)}


def _bound_depth(value: Any, left: int) -> None:
    if left == 0:
        raise MalformedDocumentError("event", f"nested deeper than {MAX_DEPTH}")
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for child in children:
        _bound_depth(child, left - 1)
