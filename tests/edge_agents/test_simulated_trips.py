"""The whole way of a simulated trip: physics, the device's own encoder, the drivers' decoder, window, verdict."""

import hashlib
from functools import cache
from pathlib import Path

import pytest

from drivers.reading import Quality, Reading
from drivers.senml import decode_json, readings
from edge_agents.conditions.agent import Conditions
from edge_agents.conditions.trip import Attachment, Circumstances
from edge_agents.conditions.trip import trip as travelled
from edge_agents.finding import Finding, Verdict
from edge_agents.frame import frame
from edge_agents.surface_defects.agent import SurfaceDefects
from firmware_sim.device import container
from firmware_sim.inspection.frames import Defect
from firmware_sim.inspection.line import Line, shots
from firmware_sim.scenario import load
from firmware_sim.trip import measurements

SCENARIOS = Path(__file__).parents[2] / "config" / "scenarios"


START_MS = 1_760_000_000_000


SEEDS = pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=[pytest.mark.slow, pytest.mark.arithmetic]) for seed in (2, 3))])


@cache
def delivered(scenario: str, seed: int) -> tuple[Reading, ...]:
    """Everything that a container on such a trip sends."""
    stated: list[Reading] = []
    for message in container("c-1", measurements(load(SCENARIOS / f"{scenario}.toml"), seed=seed, start_ms=START_MS)).messages:
        evidence = hashlib.sha256(message.payload).digest()
        stated += readings(decode_json(message.payload), device="c-1", now_ms=message.time_ms, evidence=evidence)
    return tuple(stated)


def verdict(scenario: str, seed: int, product: str = "vaccine") -> Finding:
    agent = Conditions.load(product)
    end = START_MS + round(load(SCENARIOS / f"{scenario}.toml").hours * 3_600_000)
    known = Circumstances(start_ms=START_MS, end_ms=end, attachments=(Attachment("c-1", START_MS, end),))
    return agent.judge("00/106141412345678908", travelled(delivered(scenario, seed), known, agent.units))


@SEEDS
def test_the_conforming_trip_conforms(seed: int) -> None:
    found = verdict("conforming", seed)
    assert (found.verdict, found.label, found.readings) == (Verdict.CONFORMS, "conforms", 72 * 12 + 1)
    assert dict(found.measures)["excursion_minutes"] == 0


@SEEDS
def test_the_door_left_open_breaches_for_about_as_long_as_it_was_open(seed: int) -> None:
    found = verdict("door-left-open", seed)
    assert (found.verdict, found.label) == (Verdict.BREACH, "excursion")
    assert 85 < dict(found.measures)["longest_excursion_minutes"] < 110


def test_the_camera_line_is_judged_as_it_is() -> None:
    agent, line = SurfaceDefects.load(), Line(items=60, defect_rate=0.4)
    truth: list[Defect] = []
    labels: list[str] = []
    for shot in shots(line, seed=11, start_ms=0):
        quantity = f"frame/{line.gtin}/{line.lot}/{shot.item}"
        taken = Reading("cam", quantity, shot.png, "", shot.time_ms, shot.sequence, Quality.GOOD, hashlib.sha256(shot.png).digest())
        truth.append(shot.defect)
        labels.append(agent.judge(frame(taken)).label)
    agreed = sum(label == defect.name.lower() for label, defect in zip(labels, truth, strict=True))
    assert agreed >= 57
    assert tuple(defect.name.lower() for defect in Defect) == agent.manifest.labels


@SEEDS
def test_the_medicines_policy_takes_no_word_of_a_sensor_without_certificate(seed: int) -> None:
    for scenario in ("conforming", "door-left-open"):
        found = verdict(scenario, seed, "gdp-2-8")
        assert (found.verdict, found.label) == (Verdict.INSUFFICIENT, "uncalibrated")


def test_bananas_suffer_in_a_container_set_for_vaccine() -> None:
    found = verdict("conforming", 1, "bananas")
    assert (found.verdict, found.label) == (Verdict.BREACH, "excursion")
    assert {"temperature_minimum", "humidity_minimum", "door_maximum"} <= dict(found.measures).keys()
    assert found.readings == 3 * (72 * 12 + 1)
