"""Runs a scenario: physics in fixed steps, weather by seed, a measurement every so often. Pure.

The same scenario, seed and start give the same measurements, to the last bit on one kind of machine.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from firmware_sim.climate import ambient
from firmware_sim.container import STEP_S, State, loaded, step
from firmware_sim.scenario import Scenario
from firmware_sim.sensor import followed, reported

WEATHER_H = 6.0
"""Hours over which the weather forgets itself."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the container's logger states at one instant."""

    time_ms: int
    """Milliseconds since the Unix epoch."""
    temperature: float
    """Air, degrees Celsius, as the sensor reports it."""
    humidity: float
    """Air, percent, as the sensor reports it."""
    door: bool
    """The door contact: True while open."""


def states(scenario: Scenario, seed: int) -> Iterator[State]:
    """Yields the truth at every integration step, from departure to arrival, both included."""
    rng = np.random.default_rng([seed, 1])
    keep = math.exp(-STEP_S / 3600 / WEATHER_H)
    weather = float(rng.normal(0, scenario.weather))
    outside = ambient(scenario.climate, scenario.departure_hour, weather)
    state = loaded(scenario.container, outside.temperature)
    yield state
    for _ in range(round(scenario.hours * 3600 / STEP_S)):
        hour = state.elapsed_s / 3600
        # An Ornstein-Uhlenbeck walk: strays, but always comes back to the climate.
        weather = keep * weather + scenario.weather * math.sqrt(1 - keep**2) * float(rng.normal())
        outside = ambient(scenario.climate, scenario.departure_hour + hour, weather)
        door_open = any(one.hour <= hour < one.hour + one.minutes / 60 for one in scenario.door)
        state = step(scenario.container, state, outside, door_open=door_open)
        yield state


def measurements(scenario: Scenario, *, seed: int, start_ms: int) -> Iterator[Measurement]:
    """Yields what the logger states, the first at `start_ms` and then every `scenario.sample_seconds`."""
    rng = np.random.default_rng([seed, 2])
    warm, damp = scenario.temperature_sensor, scenario.humidity_sensor
    every = round(scenario.sample_seconds / STEP_S)
    felt: tuple[float, float] | None = None
    for index, state in enumerate(states(scenario, seed)):
        if felt is None:
            felt = (state.air, state.humidity)
        felt = (followed(warm, felt[0], state.air, STEP_S), followed(damp, felt[1], state.humidity, STEP_S))
        if index % every == 0:
            yield Measurement(
                time_ms=start_ms + round(state.elapsed_s * 1000),
                temperature=reported(warm, felt[0], rng),
                humidity=min(100.0, max(0.0, reported(damp, felt[1], rng))),
                door=state.door_open,
            )
