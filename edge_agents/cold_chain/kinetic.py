"""Mean kinetic temperature: the one temperature that would have aged a product as much as its trip did. Pure.

USP general chapter <1079.2> and ICH Q1A(R2), after J. D. Haynes, J. Pharm. Sci. 60 (1971) 927:

    T_K = (dH/R) / -ln( sum(w_i exp(-dH / (R T_i))) / sum(w_i) )

with T in kelvin and dH/R = 10,000 K (dH = 83.144 kJ/mol, R = 8.3144 J/(mol K)). The pharmacopoeia's w_i are equal, for equally spaced
readings; here a step weighs as long as it lasts, half for each of its ends, which is the same for equal spacing but for the two edges
and stays right when readings are irregular. Steps longer than the allowed gap weigh nothing.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from edge_agents.window import Sample

ZERO_CELSIUS = 273.15
"""In kelvin."""


def mean_kinetic_temperature(samples: Sequence[Sample], activation_kelvin: float, longest_gap_ms: float) -> float:
    """Returns the time-weighted mean kinetic temperature in degrees Celsius; at least one sample is needed.

    Where no step can be weighed (a single sample, or gaps only), samples weigh alike. Source: USP <1079.2>.
    """
    weights = [0.0] * len(samples)
    for index, (one, two) in enumerate(pairwise(samples)):
        step = two.time_ms - one.time_ms
        if step <= longest_gap_ms:
            weights[index] += step
            weights[index + 1] += step
    total = sum(weights)
    if total == 0:
        weights, total = [1.0] * len(samples), float(len(samples))
    kelvins = [s.value + ZERO_CELSIUS for s in samples]
    # Relative to the warmest sample every exponent is at most zero, so nothing overflows and the sum cannot vanish.
    warmest = max(k for k, w in zip(kelvins, weights, strict=True) if w > 0)
    summed = sum(w * math.exp(activation_kelvin / warmest - activation_kelvin / k) for k, w in zip(kelvins, weights, strict=True) if w > 0)
    return activation_kelvin / (activation_kelvin / warmest - math.log(summed / total)) - ZERO_CELSIUS
