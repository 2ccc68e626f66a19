"""The weather around a container: day and night, and how much water air can hold. Pure."""

import math
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

DAY_H = 24.0
"""Hours in a day."""


@dataclass(frozen=True, slots=True)
class Ambient:
    """Outside air at one instant."""

    temperature: float
    """Degrees Celsius."""
    vapour: float
    """Water vapour, g/m3."""


@dataclass(frozen=True, slots=True)
class Climate:
    """A place and a season."""

    mean: Annotated[float, Meta(ge=-50, le=50)] = 22.0
    """Over the day, degrees Celsius."""
    swing: Annotated[float, Meta(ge=0, le=30)] = 6.0
    """From the mean to the warmest hour, kelvin."""
    warmest_hour: Annotated[float, Meta(ge=0, lt=24)] = 15.0
    """Hour of the day."""
    dew_point: Annotated[float, Meta(ge=-50, le=30)] = 12.0
    """Degrees Celsius; the air's water stays the same over the day."""


def saturation_vapour_density(temperature: float) -> float:
    """Returns how much water vapour air of this temperature (degrees Celsius) holds at most, g/m3.

    Saturation pressure by the Magnus form of O. A. Alduchov, R. E. Eskridge, J. Appl. Meteor. 35 (1996) 601, then the ideal gas law.
    """
    pressure = 610.94 * math.exp(17.625 * temperature / (temperature + 243.04))
    return 1000.0 * pressure / (461.5 * (temperature + 273.15))


def ambient(climate: Climate, hour: float, weather: float) -> Ambient:
    """Returns outside air at an hour counted from midnight of the first day; `weather` shifts the temperature, kelvin."""
    temperature = climate.mean + climate.swing * math.cos(2 * math.pi * (hour - climate.warmest_hour) / DAY_H) + weather
    vapour = saturation_vapour_density(min(climate.dew_point, temperature))
    return Ambient(temperature, vapour)
