"""Mean kinetic temperature, measured again from a file's readings. Pure.

T_K = (dH/R) / -ln( sum(w_i exp(-dH / (R T_i))) / sum(w_i) ), USP general chapter <1079.2>; a reading weighs as long as its two steps last,
and a step that is longer than the policy's gap weighs nothing. Written anew beside the agent's, which needs numpy.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log

ZERO_CELSIUS = 273.15
"""In kelvin."""
GIVEN_AWAY = 1e-6
"""Degrees by which what is found is less, so that rounding never finds more than the agent did."""


def mean_kinetic_temperature(line: Sequence[tuple[int, float]], activation_kelvin: float, gap_ms: float) -> float | None:
    """Returns degrees Celsius for times and values in order; None where nothing lies above absolute zero."""
    weights = [0] * len(line)
    for place, ((t0, _), (t1, _)) in enumerate(pairwise(line)):
        if t1 - t0 <= gap_ms:
            weights[place] += t1 - t0
            weights[place + 1] += t1 - t0
    if not any(weights):
        weights = [1] * len(line)
    weighed = [(value + ZERO_CELSIUS, weight) for (_, value), weight in zip(line, weights, strict=True) if weight and value > -ZERO_CELSIUS]
    if not weighed:
        return None
    # Relative to the warmest every exponent is at most zero, so nothing overflows and the sum cannot vanish.
    warmest = max(kelvin for kelvin, _ in weighed)
    summed = sum(weight * exp(activation_kelvin / warmest - activation_kelvin / kelvin) for kelvin, weight in weighed)
    relative = log(summed / sum(weight for _, weight in weighed))
    return activation_kelvin / (activation_kelvin / warmest - relative) - ZERO_CELSIUS - GIVEN_AWAY
