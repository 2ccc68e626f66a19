"""Who plays in the demo: two refrigerated containers and an inspection camera, with the truth about each that the gateway must find."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import firmware_sim
from edge_agents.finding import Verdict
from firmware_sim.device import Device, camera, container
from firmware_sim.inspection.line import Line, shots
from firmware_sim.scenario import Scenario, load
from firmware_sim.signer import Algorithm, Signer
from firmware_sim.trip import measurements
from oracle.gs1 import sscc

SCENARIOS = Path(firmware_sim.__file__).resolve().parent.parent / "config" / "scenarios"
"""Trips as data; `config` lies beside the packages, in a checkout as in an installation."""
CAMERA = "camera-1"
"""The inspection camera on the line that packs the goods."""


COLD_ROOM, SECOND_CAMERA = "cold-room-1", "camera-2"
"""Who goes on after the trip."""


@dataclass(frozen=True, slots=True)
class Role:
    """One container and what its trip must come to."""

    device: str
    """Its id."""
    title: str
    """What people call it."""
    scenario: str
    """File below `config/scenarios`."""
    sscc: str
    """Its shipment: 18 digits."""
    expected: Verdict
    """What the physics of the scenario comes to."""

    def load(self) -> Scenario:
        """Returns the trip."""
        return load(SCENARIOS / f"{self.scenario}.toml")


CONTAINERS = (
    Role("reefer-1", "Vaccine to Lyon", "conforming", sscc("10614141234567890").number, Verdict.CONFORMS),
    Role("reefer-2", "Vaccine to Naples", "door-left-open", sscc("10614141234567891").number, Verdict.BREACH),
)
"""One conforms; at the other somebody leaves a door open."""
PRODUCT = "vaccine"
"""What both carry."""
GOODS = {"epcClass": "https://id.gs1.org/01/09506000134352/10/L42", "quantity": 240}
"""What is packed into each: an EPCIS quantity element, of the lot that the camera inspects."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Everything that plays, over one trip."""

    start_ms: int
    """When the trip begins."""
    end_ms: int
    """When the last container has arrived."""
    devices: tuple[Device, ...]
    """The containers' loggers and the camera."""
    line: Line
    """The lot that passes the camera."""
    truth: dict[str, str]
    """What is true of each inspected item; the camera never says it."""


def new_signers() -> dict[str, Signer]:
    """Returns a key of its own for each container and for the cold room: some sign with EdDSA, some with ES256."""
    algorithms: dict[str, Algorithm] = {CONTAINERS[0].device: "EdDSA", CONTAINERS[1].device: "ES256", COLD_ROOM: "EdDSA"}
    # A private key of P-256 is a number below the group's order; of 32 random bytes all but one in four thousand millions are.
    return {device: Signer(algorithm, secrets.token_bytes(32)) for device, algorithm in algorithms.items()}


def cast(start_ms: int, seed: int, items: int, signers: Mapping[str, Signer]) -> Cast:
    """Returns the players of a trip that begins at `start_ms`, signing with the keys they have; the same seed gives the same trip."""
    scenarios = {role.device: role.load() for role in CONTAINERS}
    hours = max(scenario.hours for scenario in scenarios.values())
    end_ms = start_ms + round(hours * 3_600_000)
    line = Line(items=items, interval_ms=(end_ms - start_ms) // (items + 1))
    taken = list(shots(line, seed=seed, start_ms=start_ms + line.interval_ms))
    loggers = tuple(
        container(name, measurements(scenario, seed=seed + number, start_ms=start_ms), signer=signers.get(name))
        for number, (name, scenario) in enumerate(scenarios.items())
    )
    return Cast(
        start_ms=start_ms,
        end_ms=end_ms,
        devices=(*loggers, camera(CAMERA, line.gtin, line.lot, taken)),
        line=line,
        truth={shot.item: shot.defect.name.lower() for shot in taken},
    )


def encore(start_ms: int, seed: int, signers: Mapping[str, Signer]) -> tuple[Device, ...]:
    """Returns who goes on after the story, in real time: the cold room at the destination, and the next lot on the line.

    They have ids of their own, because a device's sequence starts once.
    """
    room = replace(CONTAINERS[0].load(), sample_seconds=5, hours=24 * 30, door=())
    line = Line(lot="L43", items=200_000, interval_ms=12_000)
    return (
        container(COLD_ROOM, measurements(room, seed=seed + 100, start_ms=start_ms), signer=signers[COLD_ROOM]),
        camera(SECOND_CAMERA, line.gtin, line.lot, shots(line, seed=seed + 7, start_ms=start_ms)),
    )
