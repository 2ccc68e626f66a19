"""A pack becomes Readings: whose they are, what they measure, and when. Pure; now is given.

**Whose.** The transport says which device sent the pack. A resolved name may repeat that, as `<device>/rest`, `<device>:rest`, or with
the device's URN (RFC 9039) `urn:dev:<kind>:<device>:rest`; the rest is the quantity. A name without `/` and `:` is the quantity itself,
and a name that is the device alone measures `BARE_QUANTITY`. Any other name belongs to another device and the pack is refused whole:
half a message is worse than a named refusal.

**When.** A time below 2**28 counts from now, and now is when the gateway received the pack: such readings are `Quality.UNCERTAIN`.
Readings come out in chronological order (RFC 8428 section 4.6), records of one instant in the order of the pack.

**Sums.** A record's integral is a reading of its own: quantity `<name>.sum`, unit `<unit>.s`.
"""

from operator import attrgetter

from drivers.reading import Quality, Reading
from drivers.senml.errors import BadName, DeviceMismatch, TimeOutOfRange
from drivers.senml.record import RELATIVE_BELOW, Pack, Record

BARE_QUANTITY = "value"
"""The quantity of a record whose whole name is the device."""

LAST_TIME_MS = 253_402_300_799_999
"""The end of the year 9999; a later time is a mistake, and it would not fit where milliseconds are kept."""

_by_time = attrgetter("time_ms")


def readings(pack: Pack, *, device: str, now_ms: int, evidence: bytes) -> tuple[Reading, ...]:
    """Returns the pack's readings in chronological order.

    Raises:
        DeviceMismatch: a name says that it belongs to another device.
        TimeOutOfRange: a time lies before 1970 or after 9999.
    """
    found: list[Reading] = []
    for record in pack.records:
        quantity = quantity_of(record.name, device)
        if record.time < RELATIVE_BELOW:
            quality, time_ms = Quality.UNCERTAIN, _milliseconds(record, now_ms)
        else:
            quality, time_ms = Quality.GOOD, _milliseconds(record, 0)
        if record.value is not None:
            found.append(Reading(device, quantity, record.value, record.unit, time_ms, pack.sequence, quality, evidence))
        if record.sum is not None:
            unit = f"{record.unit}.s" if record.unit else "s"
            found.append(Reading(device, f"{quantity}.sum", record.sum, unit, time_ms, pack.sequence, quality, evidence))
    if len(found) > 1:
        found.sort(key=_by_time)
    return tuple(found)


def stated_time_ms(pack: Pack) -> int | None:
    """Returns the first time that the device itself stated, or None if every time in the pack counts from now."""
    for record in pack.records:
        if record.time >= RELATIVE_BELOW:
            return _milliseconds(record, 0)
    return None


def quantity_of(name: str, device: str) -> str:
    """Returns what a resolved name measures, the sending device's own prefix removed.

    Raises:
        DeviceMismatch: the name belongs to another device.
        BadName: nothing follows the device's prefix.
    """
    if "/" not in name and ":" not in name and name != device:
        return name
    rest = _after_device(name, device)
    if rest is None:
        raise DeviceMismatch(name, device)
    if not rest:
        return BARE_QUANTITY
    if rest[0] not in "/:":
        raise DeviceMismatch(name, device)
    if len(rest) == 1:
        raise BadName(name)
    return rest[1:]


def _after_device(name: str, device: str) -> str | None:
    if name.startswith(device):
        return name[len(device) :]
    urn, dev, kind, rest = (*name.split(":", 3), "", "", "")[:4]
    if urn == "urn" and dev == "dev" and kind and rest.startswith(device):
        return rest[len(device) :]
    return None


def _milliseconds(record: Record, now_ms: int) -> int:
    seconds = record.time
    # Bounded before it is rounded: a double can hold times whose milliseconds have three hundred digits.
    if not -RELATIVE_BELOW < seconds <= LAST_TIME_MS / 1000:
        raise TimeOutOfRange(record.name, seconds)
    time_ms = now_ms + round(seconds * 1000)
    if not 0 <= time_ms <= LAST_TIME_MS:
        raise TimeOutOfRange(record.name, seconds)
    return time_ms
