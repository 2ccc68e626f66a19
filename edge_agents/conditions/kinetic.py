"""Mean kinetic temperature: the one temperature that would have aged a product as much as its trip did. Pure.

USP general chapter <1079.2> and ICH Q1A(R2), after J. D. Haynes, J. Pharm. Sci. 60 (1971) 927:

    T_K = (dH/R) / -ln( sum(w_i exp(-dH / (R T_i))) / sum(w_i) )

with T in kelvin and dH/R = 10,000 K (dH = 83.144 kJ/mol, R = 8.3144 J/(mol K)). The pharmacopoeia's w_i are equal, for equally spaced
readings; here a step weighs as long as it lasts, half for each of its ends, which is the same for equal spacing but for the two edges
and stays right when readings are irregular. Steps longer than the allowed gap weigh nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ZERO_CELSIUS = 273.15
"""In kelvin."""

Floats = NDArray[np.float64]


def mean_kinetic_temperature(parts: Sequence[tuple[Floats, Floats]], activation_kelvin: float, gap_ms: float) -> float:
    """Returns the time-weighted mean kinetic temperature in degrees Celsius of (times, values) parts that are not joined to each other.

    At least one value is needed. Where no step can be weighed (single samples, or gaps only), samples weigh alike. Source: USP <1079.2>.
    """
    weights = np.concatenate([_weights(times, gap_ms) for times, _ in parts])
    if weights.sum() == 0:
        weights = np.ones_like(weights)
    kelvins = np.concatenate([values for _, values in parts])[weights > 0] + ZERO_CELSIUS
    weights = weights[weights > 0]
    # Relative to the warmest sample every exponent is at most zero, so nothing overflows and the sum cannot vanish.
    warmest = kelvins.max()
    summed = float(np.sum(weights * np.exp(activation_kelvin / warmest - activation_kelvin / kelvins)))
    return float(activation_kelvin / (activation_kelvin / warmest - np.log(summed / weights.sum()))) - ZERO_CELSIUS


def _weights(times: Floats, gap_ms: float) -> Floats:
    steps = np.diff(times)
    steps = np.where(steps <= gap_ms, steps, 0.0)
    weights = np.zeros(len(times))
    weights[:-1] += steps
    weights[1:] += steps
    return weights
