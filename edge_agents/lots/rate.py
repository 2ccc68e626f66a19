"""How many items of a lot are nonconforming, as far as a sample can tell: the rate with its exact interval. Pure.

Clopper and Pearson 1934: the interval's ends are quantiles of beta distributions, found by bisection over the regularized incomplete
beta function, which is a continued fraction (Abramowitz and Stegun 26.5.8). The lot is taken as endless, which for a finite one errs on the
side of a wider interval.
"""

import math
from dataclasses import dataclass

CONFIDENCE = 0.95
"""How often the interval holds the true rate, at least."""

_TINY = 1e-300
_PRECISION = 1e-15
_TERMS = 10_000
"""The fraction needs about sqrt(max(a, b)) of them; a lot has at most 2^32 items, of which a sample that large would never be inspected."""
_HALVINGS = 80


@dataclass(frozen=True, slots=True)
class Rate:
    """An estimated share of nonconforming items."""

    estimate: float
    """Nonconforming over inspected; 0 where nothing was inspected."""
    low: float
    """Lower end of the interval."""
    high: float
    """Upper end of the interval."""


def rate(nonconforming: int, inspected: int, confidence: float = CONFIDENCE) -> Rate:
    """Returns the estimate and its two-sided interval; of nothing inspected nothing is known, and the interval is all of 0 to 1."""
    if not inspected:
        return Rate(0.0, 0.0, 1.0)
    tail = (1 - confidence) / 2
    good = inspected - nonconforming
    low = 0.0 if not nonconforming else _quantile(tail, nonconforming, good + 1)
    high = 1.0 if not good else _quantile(1 - tail, nonconforming + 1, good)
    return Rate(nonconforming / inspected, low, high)


def _quantile(probability: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if incomplete_beta(a, b, middle) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Returns I_x(a, b), the distribution function of the beta distribution."""
    if not 0 < x < 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    # The fraction converges fast on one side of the mean only; the other side is the complement.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Returns the continued fraction by Lentz's method."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TERMS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + numerator * d)
            c = _away_from_zero(1 + numerator / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
