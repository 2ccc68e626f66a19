"""Base fields applied: raw fields in, a `Pack` out (RFC 8428 sections 4.1 to 4.6). Pure.

Base fields hold from their record up to the next that states the same one. A record that holds base fields and nothing else sets
them and measures nothing.
"""

import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from msgspec import UNSET

from drivers.senml.errors import (
    BadName,
    EmptyPack,
    Malformed,
    MixedVersions,
    NotFinite,
    NoValue,
    SeveralValues,
    TooManyRecords,
    UnsupportedVersion,
)
from drivers.senml.fields import Fields
from drivers.senml.record import VERSION, Pack, Record
from drivers.senml.settings import Limits

_is_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9:./_-]*").fullmatch
"""The grammar of a resolved name (RFC 8428 section 4.5.1)."""

_is_base64url = re.compile(r"[A-Za-z0-9_-]*").fullmatch
"""The URL-safe alphabet without padding; Python's decoder would skip foreign characters in silence."""


@dataclass(slots=True)
class _Base:
    """The base fields in force."""

    name: str = ""
    unit: str = ""
    time: float = 0.0
    value: float = 0.0
    sum: float | None = None


def resolve(raw: Sequence[Fields], limits: Limits) -> Pack:
    """Returns the pack that the raw records state, base fields applied, times still relative where stated so.

    Raises:
        SenmlError: the pack breaks a rule of RFC 8428 or a bound of ours; the class says which.
    """
    if not raw:
        raise EmptyPack
    if len(raw) > limits.max_records:
        raise TooManyRecords(len(raw), limits.max_records)
    first = raw[0]
    version = _version(raw)
    base = _Base()
    records = []
    for fields in raw:
        stated = _apply_base(base, fields)
        record = _record(base, fields, stated, limits)
        if record is not None:
            records.append(record)
    if not records:
        raise EmptyPack
    return Pack(tuple(records), None if first.seq is UNSET else first.seq, version)


def _version(raw: Sequence[Fields]) -> int:
    stated = raw[0].bver
    version = VERSION if stated is UNSET else stated
    if not 1 <= version <= VERSION:
        raise UnsupportedVersion(version)
    for fields in raw:
        other = fields.bver
        if other is not UNSET and other != version:
            raise MixedVersions(version, other)
    return version


def _apply_base(base: _Base, fields: Fields) -> bool:
    """Puts the record's base fields in force; returns whether it had any."""
    stated = fields.bver is not UNSET
    if fields.bn is not UNSET:
        base.name = fields.bn
        stated = True
    if fields.bu is not UNSET:
        base.unit = fields.bu
        stated = True
    if fields.bt is not UNSET:
        base.time = fields.bt
        stated = True
    if fields.bv is not UNSET:
        base.value = fields.bv
        stated = True
    if fields.bs is not UNSET:
        base.sum = fields.bs
        stated = True
    return stated


def _record(base: _Base, fields: Fields, stated: bool, limits: Limits) -> Record | None:
    name = base.name if fields.n is UNSET else base.name + fields.n
    value = _value(base, fields, name)
    if value is None and fields.s is UNSET:
        if stated and fields.n is fields.u is fields.t is fields.ut is UNSET:
            return None
        raise NoValue(name)
    if _is_name(name) is None or len(name) > limits.max_name:
        raise BadName(name)
    unit = base.unit if fields.u is UNSET else fields.u
    time = base.time if fields.t is UNSET else base.time + fields.t
    if not isfinite(time):
        raise NotFinite("time", name)
    total = base.sum
    if fields.s is not UNSET:
        total = fields.s if total is None else total + fields.s
    if total is not None and not isfinite(total):
        raise NotFinite("sum", name)
    update = None if fields.ut is UNSET else fields.ut
    if update is not None and not isfinite(update):
        raise NotFinite("update time", name)
    return Record(name, unit, time, value, total, update)


def _value(base: _Base, fields: Fields, name: str) -> float | bool | str | bytes | None:
    """Returns the one value of a record, the base value added to a number and to nothing else."""
    if fields.v is not UNSET:
        if not (fields.vs is fields.vb is fields.vd is UNSET):
            raise SeveralValues(name)
        value = base.value + fields.v
        if not isfinite(value):
            raise NotFinite("value", name)
        return value
    stated = [value for value in (fields.vs, fields.vb, fields.vd) if value is not UNSET]
    if len(stated) > 1:
        raise SeveralValues(name)
    if fields.vs is not UNSET:
        return fields.vs
    if fields.vb is not UNSET:
        return fields.vb
    return None if fields.vd is UNSET else _data(fields.vd)


def _data(value: object) -> bytes:
    """Returns the octets of a Data Value: a byte string in CBOR, base64url without padding in JSON."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str) or _is_base64url(value) is None:
        raise Malformed("JSON", "vd is not base64url without padding (RFC 4648 section 5)")
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except Base64Error as error:
        raise Malformed("JSON", f"vd: {error}") from error
