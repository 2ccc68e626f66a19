"""A SenML pack as values: what it says once its base fields are applied (RFC 8428 section 4.6).

Two things are left as stated: a time below 2**28 stays relative to "now", because only the reader of a transport knows when now was,
and records stay in the order of the pack. `drivers.senml.readings` settles both. Msgspec structs rather than dataclasses: these are
made once per message in the hottest path and cost a fifth.
"""

import msgspec

RELATIVE_BELOW = float(2**28)
"""Times below this are seconds from now, all others seconds since the Unix epoch (RFC 8428 section 4.5.3)."""

VERSION = 10
"""The version of SenML that RFC 8428 defines, and the default of a pack that states none."""

MAX_SEQUENCE = 2**63 - 1
"""Largest sequence number: what a signed 64-bit column holds."""


class Record(msgspec.Struct, frozen=True):
    """One measurement, its base fields applied."""

    name: str
    """Base name and name, joined."""
    unit: str = ""
    """Unit, or base unit, or the empty string."""
    time: float = 0.0
    """Seconds: since the Unix epoch, or from now if below `RELATIVE_BELOW`."""
    value: float | bool | str | bytes | None = None
    """The value; None if only `sum` is stated."""
    sum: float | None = None
    """Integral of the value over time, in the unit times seconds."""
    update_time: float | None = None
    """Seconds within which the device promises the next value."""

    @property
    def relative(self) -> bool:
        """Whether `time` counts from now."""
        return self.time < RELATIVE_BELOW


class Pack(msgspec.Struct, frozen=True):
    """One message: its records, and its number if the device counts."""

    records: tuple[Record, ...]
    """At least one."""
    sequence: int | None = None
    """The device's counter: our extension field `seq` in the first record; other readers ignore it."""
    version: int = VERSION
    """Between 1 and 10."""
