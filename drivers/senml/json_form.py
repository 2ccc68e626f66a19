"""SenML in JSON (RFC 8428 section 5). Pure.

Two paths with one meaning. The fast one decodes into typed structs, which neither see unknown fields nor repeated labels; so it counts
quotation marks, and a pack that has more of them than its known fields explain goes to the slow one, which looks at every label.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from drivers.errors import OversizedPayload
from drivers.senml.errors import DuplicateLabel, EmptyPack, Malformed, MustUnderstand, SenmlError, TooDeep
from drivers.senml.fields import FIELD_COUNT, TEXT_COUNT, Fields
from drivers.senml.nesting import check_nesting
from drivers.senml.record import VERSION, Pack, Record
from drivers.senml.resolve import resolve
from drivers.senml.settings import DEFAULT_LIMITS, Limits

_decoder = msgspec.json.Decoder(list[Fields])
_encoder = msgspec.json.Encoder()


def decode_json(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Pack:
    """Returns the pack that the bytes state, base fields applied.

    Raises:
        SenmlError: the bytes are not a valid pack; the class says which rule of RFC 8428 they break.
        OversizedPayload: there are more bytes than the limits allow.
    """
    if len(data) > limits.max_bytes:
        raise OversizedPayload(len(data), limits.max_bytes)
    check_nesting(data, limits.max_depth)
    try:
        raw = _decoder.decode(data)
    except RecursionError as error:
        raise TooDeep(limits.max_depth) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _explain(data, limits) or Malformed("JSON", str(error)) from error
    if not _only_known_labels_once(data, raw):
        _check_labels(data, limits)
    return resolve(raw, limits)


def encode_json(pack: Pack) -> bytes:
    """Returns the pack as resolved JSON records; `decode_json` gives the same pack back.

    Raises:
        EmptyPack: a pack needs at least one record.
    """
    if not pack.records:
        raise EmptyPack
    rows = [_row(record) for record in pack.records]
    if pack.sequence is not None:
        rows[0]["seq"] = pack.sequence
    if pack.version != VERSION:
        rows[0]["bver"] = pack.version
    return _encoder.encode(rows)


def _row(record: Record) -> dict[str, Any]:
    row: dict[str, Any] = {"n": record.name}
    if record.unit:
        row["u"] = record.unit
    if record.time:
        row["t"] = record.time
    match record.value:
        case bool():
            row["vb"] = record.value
        case float() | int():
            row["v"] = record.value
        case str():
            row["vs"] = record.value
        case bytes():
            row["vd"] = urlsafe_b64encode(record.value).rstrip(b"=").decode()
        case None:
            pass
    if record.sum is not None:
        row["s"] = record.sum
    if record.update_time is not None:
        row["ut"] = record.update_time
    return row


def _only_known_labels_once(data: bytes, raw: Sequence[Fields]) -> bool:
    """Returns whether the known fields explain every quotation mark.

    Each label has two and each text value has two more. A label that is unknown or repeated adds at least two that no decoded field
    accounts for; an escaped quotation mark would blur the count, so any backslash sends the pack to the slow path.
    """
    if b"\\" in data:
        return False
    marks = 0
    for fields in raw:
        values = astuple(fields)
        marks += FIELD_COUNT - values.count(UNSET) + TEXT_COUNT - values[:TEXT_COUNT].count(UNSET)
    return data.count(b'"') == 2 * marks


def _check_labels(data: bytes, limits: Limits) -> None:
    """Refuses repeated labels, labels that must be understood, nesting beyond the limit, and bytes that are not UTF-8.

    Raises:
        SenmlError: the class says which.
    """
    try:
        document = json.loads(data.decode(), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except RecursionError as error:
        raise TooDeep(limits.max_depth) from error
    except ValueError as error:
        raise Malformed("JSON", str(error)) from error
    _check_depth(document, limits.max_depth, limits.max_depth)
    for record in document:
        for label in record:
            if label.endswith("_"):
                raise MustUnderstand(label)


def _explain(data: bytes, limits: Limits) -> SenmlError | None:
    """Returns the more telling refusal for bytes that the fast path could not decode, if there is one."""
    try:
        _check_labels(data, limits)
    except SenmlError as error:
        return error
    except (TypeError, AttributeError):
        # The document is JSON but no array of objects; the decoder's own words say so better.
        return None
    return None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        labels = [label for label, _ in pairs]
        raise DuplicateLabel(next(label for label in labels if labels.count(label) > 1))
    return found


def _no_constant(word: str) -> float:
    raise Malformed("JSON", f"{word} is not JSON")


def _check_depth(value: Any, left: int, limit: int) -> None:
    if isinstance(value, dict | list):
        if left == 0:
            raise TooDeep(limit)
        for inner in value.values() if isinstance(value, dict) else value:
            _check_depth(inner, left - 1, limit)
