"""What a sensor makes of the truth: it lags, it is noisy, it counts in steps. Pure."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor's imperfections, in the unit it measures."""

    lag_s: Annotated[float, Meta(ge=0, le=86_400)]
    """Time constant of its first-order lag, seconds."""
    noise: Annotated[float, Meta(ge=0)]
    """Standard deviation of one measurement."""
    resolution: Annotated[float, Meta(gt=0)]
    """Smallest step it reports."""


def followed(sensor: Sensor, felt: float, truth: float, seconds: float) -> float:
    """Returns what the sensing element feels after `seconds` in `truth`, having felt `felt` before."""
    return truth if sensor.lag_s <= seconds else felt + (truth - felt) * seconds / sensor.lag_s


def reported(sensor: Sensor, felt: float, rng: np.random.Generator) -> float:
    """Returns the number that leaves the sensor."""
    steps = round((felt + rng.normal(0, sensor.noise)) / sensor.resolution)
    # Rounded once more, so that 52 steps of 0.1 read 5.2 and not 5.2000000000000002.
    return round(steps * sensor.resolution, 9)
