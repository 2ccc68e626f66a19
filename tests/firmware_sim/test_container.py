from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.climate import Ambient, Climate, ambient, saturation_vapour_density
from firmware_sim.container import STEP_S, Parameters, State, defrosting, exchange, heat_flows, loaded, step
from firmware_sim.scenario import Scenario, load
from firmware_sim.trip import Measurement, measurements, states

SCENARIOS = Path(__file__).parents[2] / "config" / "scenarios"
HOT = Ambient(30.0, 12.0)
IDLE = Parameters(cooling_power=0, fan_power=0, defrost_power=0, leak=0, cargo_moisture=0)


def run(parameters: Parameters, state: State, outside: Ambient, seconds: float, *, door_open: bool = False) -> State:
    for _ in range(round(seconds / STEP_S)):
        state = step(parameters, state, outside, door_open=door_open)
    return state


def stored(parameters: Parameters, state: State) -> float:
    return parameters.air_capacity * state.air + parameters.wall_capacity * state.wall + parameters.cargo_capacity * state.cargo


def test_a_closed_lossless_box_keeps_its_energy() -> None:
    parameters = replace(IDLE, shell_conductance=0)
    start = State(0.0, 15.0, 2.0, 5.0, 5.0, cooling=False, door_open=False)
    end = run(parameters, start, HOT, 6 * 3600)
    assert stored(parameters, end) == pytest.approx(stored(parameters, start), rel=1e-12)
    assert abs(end.air - end.cargo) < abs(start.air - start.cargo)


def test_what_flows_in_is_what_is_stored() -> None:
    parameters, state = Parameters(), loaded(Parameters(), 30.0)
    net = sum(heat_flows(parameters, state, HOT.temperature)) * STEP_S
    after = step(parameters, state, HOT, door_open=False)
    assert stored(parameters, after) - stored(parameters, state) == pytest.approx(net)


@pytest.mark.slow
@pytest.mark.arithmetic
def test_without_a_machine_the_goods_end_at_ambient() -> None:
    light = replace(IDLE, cargo_capacity=200_000.0)
    end = run(light, loaded(light, 30.0), HOT, 5 * 86_400)
    assert end.air == pytest.approx(30.0, abs=0.1)
    assert end.cargo == pytest.approx(30.0, abs=0.1)


def test_the_thermostat_holds_its_hysteresis_and_a_defrost_stops_it() -> None:
    parameters = Parameters()
    end = run(parameters, loaded(parameters, 30.0), HOT, 7.9 * 3600)
    assert abs(end.air - parameters.setpoint) < parameters.hysteresis + 0.5
    assert not defrosting(parameters, end.elapsed_s)
    thawing = run(parameters, end, HOT, 0.15 * 3600)
    assert defrosting(parameters, thawing.elapsed_s)
    assert not thawing.cooling
    assert thawing.air > end.air


def test_an_open_door_exchanges_more_the_warmer_it_is_outside() -> None:
    parameters, closed = Parameters(), loaded(Parameters(), 20.0)
    opened = replace(closed, door_open=True)
    assert exchange(parameters, closed, 30.0) == parameters.leak
    assert exchange(parameters, opened, 30.0) > exchange(parameters, opened, 20.0) > 100 * parameters.leak
    assert run(parameters, closed, HOT, 900, door_open=True).air > 10


def test_air_is_never_more_than_saturated() -> None:
    parameters = Parameters()
    wet = run(parameters, loaded(parameters, 30.0), Ambient(30.0, 30.0), 1800, door_open=True)
    assert 0 < wet.humidity <= 100
    assert saturation_vapour_density(20.0) == pytest.approx(17.3, abs=0.1)


def test_the_day_is_warmest_when_the_climate_says_so() -> None:
    climate = Climate(mean=20, swing=5, warmest_hour=15)
    assert ambient(climate, 15 + 24, 0).temperature == pytest.approx(25)
    assert ambient(climate, 3, 0).temperature == pytest.approx(15)


def shipped(name: str) -> Scenario:
    return load(SCENARIOS / f"{name}.toml")


def test_the_same_seed_gives_the_same_trip_and_another_another() -> None:
    short = replace(shipped("conforming"), hours=6.0)

    def trip(seed: int) -> list[Measurement]:
        return list(measurements(short, seed=seed, start_ms=1_000))

    assert trip(1) == trip(1) != trip(2)
    assert [m.time_ms for m in trip(1)][:3] == [1_000, 301_000, 601_000]
    assert len(trip(1)) == 6 * 12 + 1


def test_the_conforming_trip_stays_within_two_and_eight_degrees() -> None:
    trip = list(measurements(shipped("conforming"), seed=1, start_ms=0))
    assert all(2 <= m.temperature <= 8 for m in trip)


def test_the_excursion_follows_from_the_door() -> None:
    scenario = shipped("door-left-open")
    trip = list(measurements(scenario, seed=1, start_ms=0))
    open_samples = [m for m in trip if m.door]
    warm = [m for m in trip if m.temperature > 8]
    assert len(open_samples) == 95 // 5
    assert open_samples[0].time_ms <= warm[0].time_ms
    assert 95 // 5 - 2 <= len(warm) <= 95 // 5 + 6
    shut = replace(scenario, door=())
    assert max(m.temperature for m in measurements(shut, seed=1, start_ms=0)) < 8.5


def test_the_goods_warm_far_less_than_the_air() -> None:
    truth = list(states(shipped("door-left-open"), 1))
    assert max(s.cargo for s in truth) < 8 < max(s.air for s in truth)
