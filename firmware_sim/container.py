"""A refrigerated container as a lumped thermal model. Pure.

Four bodies exchange heat: ambient -> wall -> air <-> cargo. A compressor under a thermostat with hysteresis takes heat out of the air, a
fan always adds some, and every few hours a defrost stops the compressor and warms the evaporator. An open door lets ambient air in,
driven by the difference in temperature. Nothing here knows what a trip should look like: an excursion is what follows from a door.

    C_air   dT_air/dt   = U_wall (T_wall - T_air) + U_cargo (T_cargo - T_air) + G_door (T_ambient - T_air) + P_fan + P_defrost - P_cooling
    C_wall  dT_wall/dt  = U_shell (T_ambient - T_wall) + U_wall (T_air - T_wall)
    C_cargo dT_cargo/dt = U_cargo (T_air - T_cargo)

Water vapour follows the same air: it enters through door and leaks, and is frozen out at the evaporator. It is deliberately no fluid
simulation: no stratification, no radiation, one temperature per body. Integration is explicit Euler with a step well under the
shortest time constant (about 80 s, air with the door open).
"""

import math
from dataclasses import dataclass, replace
from typing import Annotated

from msgspec import Meta

from firmware_sim.climate import Ambient, saturation_vapour_density

Positive = Annotated[float, Meta(gt=0, le=1e9)]
NotNegative = Annotated[float, Meta(ge=0, le=1e9)]
Celsius = Annotated[float, Meta(ge=-80, le=80)]

AIR_HEAT = 1.25 * 1005.0
"""Heat capacity of a cubic metre of cool air, J/(m3 K)."""

GRAVITY = 9.81
"""m/s2."""

STEP_S = 5.0
"""Integration step in seconds."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """One container's constants; the defaults are a 10-foot refrigerated box, two thirds full."""

    setpoint: Celsius = 4.8
    """Thermostat, degrees Celsius at the evaporator's inlet (the air)."""
    hysteresis: Positive = 0.6
    """The compressor starts this far above the setpoint and stops this far below, kelvin."""
    air_capacity: Positive = 60_000.0
    """Heat capacity of the free air and what moves with it, J/K."""
    wall_capacity: Positive = 500_000.0
    """Heat capacity of the inner liner and floor, J/K."""
    cargo_capacity: Positive = 5_000_000.0
    """Heat capacity of the goods, J/K."""
    shell_conductance: NotNegative = 28.0
    """Ambient to wall, W/K."""
    wall_conductance: NotNegative = 120.0
    """Wall to air, W/K."""
    cargo_conductance: NotNegative = 80.0
    """Cargo to air, W/K."""
    cooling_power: NotNegative = 3_500.0
    """Heat the running compressor takes out of the air, W."""
    fan_power: NotNegative = 120.0
    """Heat the fans add, W; they stand still while defrosting."""
    defrost_power: NotNegative = 250.0
    """What of the defrost heater reaches the air, W."""
    defrost_every_h: Positive = 8.0
    """From the start of one defrost to the start of the next, hours."""
    defrost_minutes: NotNegative = 12.0
    """How long a defrost lasts."""
    volume: Positive = 15.0
    """Free air, m3."""
    door_area: NotNegative = 4.0
    """Of the opened doorway, m2."""
    door_height: Positive = 2.0
    """Of the doorway, m."""
    discharge: NotNegative = 0.35
    """Part of the ideal exchange that passes the doorway; goods and curtains stand in the way."""
    leak: NotNegative = 0.0003
    """Air exchanged through seals with the door closed, m3/s."""
    coil_below: Positive = 7.0
    """How much colder than the air the evaporator's surface is, kelvin."""
    coil_flow: NotNegative = 0.02
    """Air that is dried down to the evaporator's saturation while the compressor runs, m3/s."""
    cargo_moisture: NotNegative = 0.0008
    """Water vapour that goods and packaging give off, g/s."""


@dataclass(frozen=True, slots=True)
class State:
    """What a container is at one instant; temperatures in degrees Celsius."""

    elapsed_s: float
    """Since the trip began."""
    air: float
    """Temperature of the air."""
    wall: float
    """Temperature of the inner wall."""
    cargo: float
    """Temperature of the goods."""
    vapour: float
    """Water vapour in the air, g/m3."""
    cooling: bool
    """The compressor runs."""
    door_open: bool
    """The door is open."""

    @property
    def humidity(self) -> float:
        """Returns the air's relative humidity in percent, at most 100."""
        return min(100.0, 100.0 * self.vapour / saturation_vapour_density(self.air))


def loaded(parameters: Parameters, ambient: float) -> State:
    """Returns a container that left a cold store: everything at the setpoint, the wall a little warmer towards `ambient`."""
    shell, inner = parameters.shell_conductance, parameters.wall_conductance
    wall = parameters.setpoint + (ambient - parameters.setpoint) * shell / (shell + inner) if shell + inner else parameters.setpoint
    return State(
        elapsed_s=0.0,
        air=parameters.setpoint,
        wall=wall,
        cargo=parameters.setpoint,
        vapour=0.7 * saturation_vapour_density(parameters.setpoint),
        cooling=False,
        door_open=False,
    )


def defrosting(parameters: Parameters, elapsed_s: float) -> bool:
    """Returns whether the timer holds a defrost; the first comes one full interval after the start."""
    period = parameters.defrost_every_h * 3600
    return elapsed_s >= period and elapsed_s % period < parameters.defrost_minutes * 60


def exchange(parameters: Parameters, state: State, ambient: float) -> float:
    """Returns the air exchanged with outside, m3/s.

    Through an open doorway: Q = C_d (A/3) sqrt(g H |dT| / T), the two-way flow of warm over cold air.
    Source: W. G. Brown, K. R. Solvason, Int. J. Heat Mass Transfer 5 (1962) 859.
    """
    if not state.door_open:
        return parameters.leak
    drive = GRAVITY * parameters.door_height * abs(ambient - state.air) / (273.15 + (ambient + state.air) / 2)
    return parameters.leak + parameters.discharge * parameters.door_area / 3 * math.sqrt(drive)


def heat_flows(parameters: Parameters, state: State, ambient: float) -> tuple[float, float, float]:
    """Returns the net heat into air, wall and cargo, W: the right-hand sides of the module's equations."""
    from_wall = parameters.wall_conductance * (state.wall - state.air)
    from_cargo = parameters.cargo_conductance * (state.cargo - state.air)
    from_door = exchange(parameters, state, ambient) * AIR_HEAT * (ambient - state.air)
    if defrosting(parameters, state.elapsed_s):
        machine = parameters.defrost_power
    else:
        machine = parameters.fan_power - (parameters.cooling_power if state.cooling else 0.0)
    through_shell = parameters.shell_conductance * (ambient - state.wall)
    return from_wall + from_cargo + from_door + machine, through_shell - from_wall, -from_cargo


def step(parameters: Parameters, state: State, ambient: Ambient, *, door_open: bool) -> State:
    """Returns the state one `STEP_S` later, with the door held as told during the step."""
    state = replace(state, door_open=door_open, cooling=_thermostat(parameters, state))
    to_air, to_wall, to_cargo = heat_flows(parameters, state, ambient.temperature)
    flow = exchange(parameters, state, ambient.temperature)
    moisture = flow * (ambient.vapour - state.vapour) + parameters.cargo_moisture
    if state.cooling:
        moisture -= parameters.coil_flow * max(0.0, state.vapour - saturation_vapour_density(state.air - parameters.coil_below))
    air = state.air + to_air * STEP_S / parameters.air_capacity
    vapour = state.vapour + moisture * STEP_S / parameters.volume
    return State(
        elapsed_s=state.elapsed_s + STEP_S,
        air=air,
        wall=state.wall + to_wall * STEP_S / parameters.wall_capacity,
        cargo=state.cargo + to_cargo * STEP_S / parameters.cargo_capacity,
        # What the air cannot hold is dew on the walls.
        vapour=min(max(vapour, 0.0), saturation_vapour_density(air)),
        cooling=state.cooling,
        door_open=door_open,
    )


def _thermostat(parameters: Parameters, state: State) -> bool:
    """Returns whether the compressor runs now: as before, unless a threshold was passed or a defrost holds it."""
    if defrosting(parameters, state.elapsed_s):
        return False
    if state.air >= parameters.setpoint + parameters.hysteresis:
        return True
    return state.cooling and state.air > parameters.setpoint - parameters.hysteresis
