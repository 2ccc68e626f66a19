"""Why a pack is refused: one class per check, each with the stable word under which it is counted."""

from typing import ClassVar

from drivers.errors import PayloadError


class SenmlError(PayloadError):
    """A pack does not follow RFC 8428, or exceeds a bound of ours; always the sender's fault."""


class Malformed(SenmlError):
    """The bytes are not the JSON or CBOR of a SenML pack."""

    def __init__(self, form: str, detail: str) -> None:
        super().__init__(f"not a SenML pack in {form}: {detail}")
        self.form = form
        self.detail = detail


class EmptyPack(SenmlError):
    """A pack holds no record (the grammar asks for at least one) or none with a value."""

    def __init__(self) -> None:
        super().__init__("the pack holds no value; send at least one record with v, vs, vb, vd or s")


class TooManyRecords(SenmlError):
    """A pack has more records than the limit."""

    reason = "oversized"

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(f"pack of {count} records exceeds the limit of {limit}; split it")
        self.count = count
        self.limit = limit


class TooDeep(SenmlError):
    """Arrays and objects are nested deeper than the limit."""

    reason: ClassVar[str] = "too-deep"

    def __init__(self, limit: int) -> None:
        super().__init__(f"nesting exceeds {limit} levels; SenML itself needs two")
        self.limit = limit


class DuplicateLabel(SenmlError):
    """One record states a label twice, so no reader can say which counts."""

    reason = "duplicate-label"

    def __init__(self, label: str) -> None:
        super().__init__(f"label {label} appears twice in one record; state it once")
        self.label = label


class MustUnderstand(SenmlError):
    """A field ends with `_`: readers that do not know it must refuse (RFC 8428 section 4.4)."""

    reason = "must-understand"

    def __init__(self, label: str) -> None:
        super().__init__(f"field {label!r} must be understood and is not; send without that extension")
        self.label = label


class UnsupportedVersion(SenmlError):
    """A pack is written in a later version than 10 (RFC 8428 section 4.4)."""

    reason = "unsupported-version"

    def __init__(self, version: int) -> None:
        super().__init__(f"SenML version {version} is not one of 1 to 10; send version 10")
        self.version = version


class MixedVersions(SenmlError):
    """Records of one pack state different versions."""

    reason = "unsupported-version"

    def __init__(self, first: int, other: int) -> None:
        super().__init__(f"one pack states versions {first} and {other}; all records must share one")
        self.first = first
        self.other = other


class BadName(SenmlError):
    """A resolved name breaks the rules of RFC 8428 section 4.5.1."""

    reason = "bad-name"

    def __init__(self, name: str) -> None:
        super().__init__(f"name {name[:80]!r} must start with A-Z a-z 0-9, hold only those and - : . / _, and be at most 255 long")
        self.name = name


class NoValue(SenmlError):
    """A record has neither a value nor a sum."""

    reason = "no-value"

    def __init__(self, name: str) -> None:
        super().__init__(f"record {name!r} has no value and no sum")
        self.name = name


class SeveralValues(SenmlError):
    """A record has more than one of v, vs, vb, vd."""

    reason = "several-values"

    def __init__(self, name: str) -> None:
        super().__init__(f"record {name!r} has more than one of v, vs, vb, vd; split it")
        self.name = name


class NotFinite(SenmlError):
    """A number is NaN or infinite, by itself or after its base value was added."""

    reason = "not-finite"

    def __init__(self, label: str, name: str) -> None:
        super().__init__(f"{label} of record {name!r} is not a finite number")
        self.label = label
        self.name = name


class TimeOutOfRange(SenmlError):
    """A time lies before 1970 or after the year 9999."""

    reason = "time-out-of-range"

    def __init__(self, name: str, time: float) -> None:
        super().__init__(f"time {time!r} s of record {name!r} lies outside 1970 to 9999; set the device's clock")
        self.name = name
        self.time = time


class DeviceMismatch(SenmlError):
    """A record's name says that it belongs to another device than the one that sent it."""

    reason = "device-mismatch"

    def __init__(self, name: str, device: str) -> None:
        super().__init__(f"name {name!r} does not belong to device {device!r}; prefix it with the device's id and / or :, or with nothing")
        self.name = name
        self.device = device
