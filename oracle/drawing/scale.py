"""From values to places on a chart, and the round numbers beside its axes. Pure."""

import math
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Steps that people count in, times a power of ten."""

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
_TIME_STEPS = (
    *(n * _SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)
"""Steps that clocks and calendars count in."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from an interval of values to an interval of places; the latter may run backwards."""

    low: float
    """The value at `start`."""
    high: float
    """The value at `end`; greater than `low`."""
    start: float
    """Place of `low`."""
    end: float
    """Place of `high`."""

    def __call__(self, value: float) -> float:
        """Returns the place of a value, held within the chart by one length on each side: a device may say anything."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + max(-1.0, min(2.0, share)) * (self.end - self.start)


def padded(low: float, high: float, share: float = 0.08) -> tuple[float, float]:
    """Returns the interval with some air at both ends; a single value gets an interval around it."""
    if high - low < 1e-9:
        around = max(abs(low) * 0.1, 1.0)
        return low - around, high + around
    air = (high - low) * share
    return low - air, high + air


def ticks(low: float, high: float, most: int) -> list[float]:
    """Returns at most `most` + 1 round values within an interval, ascending."""
    span = high - low
    if not math.isfinite(span) or span < 1e-300 or most < 1:
        return []
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * step for step in _STEPS if power * step >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def decimals(values: list[float]) -> int:
    """Returns how many digits after the point tell the values of `ticks` apart."""
    if len(values) < 2:
        return 1
    step = values[1] - values[0]
    for digits in range(7):
        if abs(step * 10**digits - round(step * 10**digits)) < 1e-6:
            return digits
    return 6


def time_ticks(from_ms: int, to_ms: int, most: int) -> list[int]:
    """Returns at most `most` + 1 round times (UTC) within an interval, ascending."""
    span = to_ms - from_ms
    if span <= 0 or most < 1:
        return []
    step = next((step for step in _TIME_STEPS if span / step <= most), _TIME_STEPS[-1] * math.ceil(span / most / _TIME_STEPS[-1]))
    return list(range(-(-from_ms // step) * step, to_ms + 1, step))
