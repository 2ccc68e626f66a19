"""SenML in CBOR (RFC 8428 section 6). Pure.

Of CBOR's tags only those for numbers are decoded (bignum, decimal fraction, bigfloat); every other tag with a built-in meaning is
refused before it can act: shared references make cycles, regular expressions cost what their author likes.
"""

from decimal import Decimal
from io import BytesIO
from typing import Any

import cbor2
import msgspec

from drivers.errors import OversizedPayload
from drivers.senml.errors import DuplicateLabel, EmptyPack, Malformed, MustUnderstand, SenmlError, TooDeep
from drivers.senml.fields import LABELS, Fields
from drivers.senml.record import VERSION, Pack, Record
from drivers.senml.resolve import resolve
from drivers.senml.settings import DEFAULT_LIMITS, Limits

_NAME_OF = {label.cbor: label.name for label in LABELS}
_LABEL_OF = {label.name: label.cbor for label in LABELS}


class _RefusedTagError(ValueError):
    """A tag that SenML does not use."""


def _refuse_tag(*_: Any) -> None:
    raise _RefusedTagError("a tag that SenML does not use")


REFUSED_TAGS = dict.fromkeys((0, 1, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799), _refuse_tag)
"""Every tag that the CBOR library would turn into an object, except those for numbers (2 to 5)."""


def decode_cbor(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Pack:
    """Returns the pack that the bytes state, base fields applied.

    Raises:
        SenmlError: the bytes are not a valid pack; the class says which rule of RFC 8428 they break.
        OversizedPayload: there are more bytes than the limits allow.
    """
    if len(data) > limits.max_bytes:
        raise OversizedPayload(len(data), limits.max_bytes)
    document = _load(data, limits)
    if not isinstance(document, list):
        raise Malformed("CBOR", "the outermost item is not an array")
    relabelled = [_relabel(record) for record in document]
    try:
        raw = msgspec.convert(relabelled, list[Fields])
    except (msgspec.ValidationError, OverflowError) as error:
        raise Malformed("CBOR", str(error)) from error
    return resolve(raw, limits)


def encode_cbor(pack: Pack) -> bytes:
    """Returns the pack as resolved CBOR records; `decode_cbor` gives the same pack back.

    Raises:
        EmptyPack: a pack needs at least one record.
    """
    if not pack.records:
        raise EmptyPack
    rows = [_row(record) for record in pack.records]
    if pack.sequence is not None:
        rows[0][_LABEL_OF["seq"]] = pack.sequence
    if pack.version != VERSION:
        rows[0][_LABEL_OF["bver"]] = pack.version
    return cbor2.dumps(rows)


def _load(data: bytes, limits: Limits) -> Any:
    stream = BytesIO(data)
    try:
        document = cbor2.CBORDecoder(
            stream, semantic_decoders=REFUSED_TAGS, max_depth=limits.max_depth, allow_duplicate_keys=False
        ).decode()
    except (cbor2.CBORError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise _explain(error, limits) from error
    if stream.tell() != len(data):
        raise Malformed("CBOR", f"{len(data) - stream.tell()} bytes follow the pack")
    return document


def _explain(error: BaseException, limits: Limits) -> SenmlError:
    text = str(error)
    # The library has one class for all refusals; its words are only used to choose the more telling one of ours.
    if isinstance(error, RecursionError) or "nesting depth" in text:
        return TooDeep(limits.max_depth)
    if "Duplicate map key" in text:
        return DuplicateLabel(text.rpartition(" ")[2])
    return Malformed("CBOR", f"{text}: {error.__cause__}" if error.__cause__ else text)


def _relabel(record: Any) -> dict[str, Any]:
    """Returns one record under its JSON labels, numbers as floats; fields that we do not know are dropped."""
    if not isinstance(record, dict):
        raise Malformed("CBOR", "a record is not a map")
    named: dict[str, Any] = {}
    for label, value in record.items():
        # True equals 1 and 2.0 equals 2, so the type is checked before the table is asked.
        if type(label) is not int and type(label) is not str:
            raise Malformed("CBOR", f"label {label!r} is neither an integer nor a text")
        name = _NAME_OF.get(label)
        if name is not None:
            named[name] = _plain(name, value)
        elif isinstance(label, str):
            _check_text_label(label)
    return named


def _check_text_label(label: str) -> None:
    if label.endswith("_"):
        raise MustUnderstand(label)
    if label in _LABEL_OF:
        raise Malformed("CBOR", f"label {label!r} is written as text; its integer is {_LABEL_OF[label]}")


def _plain(name: str, value: Any) -> Any:
    if name == "vd" and not isinstance(value, bytes):
        raise Malformed("CBOR", "vd is not a byte string")
    if isinstance(value, Decimal) or (type(value) is int and name not in {"bver", "seq"}):
        try:
            return float(value)
        except (OverflowError, ValueError) as error:
            raise Malformed("CBOR", f"{name} does not fit a double") from error
    return value


def _row(record: Record) -> dict[int | str, Any]:
    row: dict[int | str, Any] = {_LABEL_OF["n"]: record.name}
    if record.unit:
        row[_LABEL_OF["u"]] = record.unit
    if record.time:
        row[_LABEL_OF["t"]] = record.time
    kinds: tuple[tuple[type, str], ...] = ((bool, "vb"), (int, "v"), (float, "v"), (str, "vs"), (bytes, "vd"))
    label = next((label for kind, label in kinds if isinstance(record.value, kind)), None)
    if label is not None:
        row[_LABEL_OF[label]] = record.value
    if record.sum is not None:
        row[_LABEL_OF["s"]] = record.sum
    if record.update_time is not None:
        row[_LABEL_OF["ut"]] = record.update_time
    return row
