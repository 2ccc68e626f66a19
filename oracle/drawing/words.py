"""Numbers, times and hashes as a person reads them. Pure."""

import math
from datetime import UTC, datetime
from urllib.parse import unquote

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000

UNITS = {"Cel": "°C", "%RH": "% RH", "K": "K", "lux": "lx", "/": "", "1": "", "%": "%", "%EL": "%", "count": ""}
"""How SenML units (RFC 8428 section 12.1) are shown; others are shown as they are."""

QUANTITIES = {"frame/": "Inspection frames", "door": "Door", "rssi": "Signal"}
"""Names that do not read well when their first letter is made large."""

TRUTHS = {"door": ("closed", "open"), "alarm": ("quiet", "raised")}
"""What false and true are called for a quantity; others are off and on."""


def truth(quantity_name: str, *, value: bool) -> str:
    """Returns a truth value in the words of its quantity."""
    return TRUTHS.get(quantity_name, ("off", "on"))[value]


def number(value: float, digits: int = 1) -> str:
    """Returns a number with so many digits after the point and a true minus sign."""
    if not math.isfinite(value):
        return "?"
    shown = f"{value:,.{digits}f}".replace(",", "\u202f")
    return "0" if shown.strip("-0.") == "" and digits == 0 else shown.replace("-", "\u2212")


def unit(name: str) -> str:
    """Returns a SenML unit as it is printed."""
    return UNITS.get(name, name)


def quantity(name: str) -> str:
    """Returns a quantity's name as a heading."""
    return QUANTITIES.get(name) or name.replace("_", " ").replace("-", " ").strip("/").capitalize()


def moment(time_ms: int) -> str:
    """Returns a time as `2026-03-01 14:05 UTC`."""
    return _utc(time_ms).strftime("%Y-%m-%d %H:%M UTC")


def instant(time_ms: int) -> str:
    """Returns a time to the millisecond, as `2026-03-01 14:05:07.250 UTC`; a whole second without a fraction."""
    fraction = time_ms % _SECOND
    return f"{_utc(time_ms - fraction):%Y-%m-%d %H:%M:%S}" + (f".{fraction:03}" if fraction else "") + " UTC"


def clock(time_ms: int, step_ms: int) -> str:
    """Returns a time as an axis with that step names it: midnight by its day, others by the time of day."""
    at = _utc(time_ms)
    if time_ms % _DAY == 0:
        return f"{at.day} {at:%b}" if step_ms < 365 * _DAY else f"{at.day} {at:%b %Y}"
    return at.strftime("%H:%M:%S" if step_ms % _MINUTE else "%H:%M")


def duration(milliseconds: int) -> str:
    """Returns a duration in its two largest units: `2 d 4 h`, `35 min`, `12 s`."""
    seconds = max(0, milliseconds) // _SECOND
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def age(time_ms: int, now_ms: int) -> str:
    """Returns how long ago something was, coarsely enough that a live page does not flicker."""
    passed = now_ms - time_ms
    if passed < 10 * _SECOND:
        return "just now"
    if passed < _MINUTE:
        return f"{passed // (10 * _SECOND) * 10} s ago"
    return f"{duration(passed)} ago"


def short(raw: bytes) -> str:
    """Returns the two ends of a hash."""
    digits = raw.hex()
    return f"0x{digits}" if len(digits) <= 16 else f"0x{digits[:8]}…{digits[-6:]}"


def subject(path: str) -> str:
    """Returns a subject's GS1 Digital Link path in words: `Lot L42 of 09506000134352`."""
    parts = path.split("/")
    match parts:
        case ["00", sscc]:
            return f"Shipment {sscc}"
        case ["01", gtin, "10", lot]:
            return f"Lot {unquote(lot)} of {gtin}"
        case ["01", gtin, "21", serial]:
            return f"Item {unquote(serial)} of {gtin}"
        case _:
            return path


def cut(name: str, most: int = 80) -> str:
    """Returns a name from outside, at most so long, with what is not printable in its escaped form."""
    shown = "".join(one if one.isprintable() else repr(one)[1:-1] for one in name[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def plural(count: int, noun: str) -> str:
    """Returns `1 reading`, `2 readings`."""
    return f"{count:,}".replace(",", "\u202f") + f" {noun}" + ("" if count == 1 else "s")


def _utc(time_ms: int) -> datetime:
    # Device clocks may say anything; what no calendar holds is shown as the nearest day it does.
    return datetime.fromtimestamp(min(max(time_ms, -62_135_596_800_000), 253_402_300_799_000) / 1000, UTC)
