"""What every agent promises (`edge_agents.agent`), asked of every shipped agent."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from drivers.reading import Quality, Reading
from edge_agents.agent import Agent
from edge_agents.conditions.agent import PROFILES, Conditions, products
from edge_agents.conditions.trip import Attachment, Certificate, Circumstances
from edge_agents.conditions.trip import trip as travelled
from edge_agents.errors import FrameRefused
from edge_agents.finding import Finding, SubjectKind, Verdict
from edge_agents.frame import frame
from edge_agents.manifest import load
from edge_agents.surface_defects.agent import MANIFEST, SurfaceDefects
from firmware_sim.inspection.frames import Defect, draw, png

SHIPMENT = "00/106141412345678908"


def trip(level: float) -> list[Reading]:
    return [
        Reading(
            "c-1",
            "temperature",
            level + i % 3 * 0.1,
            "Cel",
            1_700_000_000_000 + i * 300_000,
            i,
            Quality.GOOD,
            hashlib.sha256(b"%d" % i).digest(),
        )
        for i in range(40)
    ]


def shot() -> list[Reading]:
    data = png(draw(np.random.default_rng(8), Defect.SCRATCH))
    return [Reading("cam", "frame/09506000134352/L42/item-1", data, "", 1_700_000_000_000, 3, Quality.GOOD, hashlib.sha256(data).digest())]


def judge_trip(agent: Agent, readings: list[Reading]) -> Finding:
    assert isinstance(agent, Conditions)
    start, end = min(r.time_ms for r in readings), max(r.time_ms for r in readings)
    known = Circumstances(
        start_ms=start,
        end_ms=end,
        attachments=(Attachment("c-1", start, end),),
        certificates=(Certificate("c-1", "temperature", "K-1", start, end, 0.1),),
    )
    return agent.judge(SHIPMENT, travelled(readings, known, agent.units))


def judge_shot(agent: Agent, readings: list[Reading]) -> Finding:
    assert isinstance(agent, SurfaceDefects)
    return agent.judge(frame(readings[0]))


@dataclass(frozen=True)
class Case:
    manifest: Path
    build: Callable[[Path], Agent]
    judge: Callable[[Agent, list[Reading]], Finding]
    readings: list[Reading]


CASES = {
    f"conditions-{name}": Case(PROFILES / f"{name}.toml", lambda path: Conditions(load(path)), judge_trip, trip(5.0)) for name in products()
}
CASES["surface-defects"] = Case(MANIFEST, SurfaceDefects.load, judge_shot, shot())


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_the_manifest_on_disk_is_the_agents_identity(case: Case) -> None:
    agent = case.build(case.manifest)
    assert agent.manifest.hash == hashlib.sha256(case.manifest.read_bytes()).digest()
    assert (Path(__file__).parents[2] / agent.manifest.source.script).is_file()


def test_the_finding_names_agent_subject_device_and_readings(case: Case) -> None:
    agent = case.build(case.manifest)
    found = case.judge(agent, case.readings)
    assert (found.agent, found.agent_hash) == (agent.manifest.name, agent.manifest.hash)
    assert found.kind is agent.manifest.kind
    assert found.subject.startswith("00/" if found.kind is SubjectKind.SHIPMENT else "01/")
    assert found.device == case.readings[0].device
    assert found.label in agent.manifest.labels
    assert (found.from_ms, found.to_ms, found.readings) == (case.readings[0].time_ms, case.readings[-1].time_ms, len(case.readings))
    assert 0 <= found.confidence <= 1
    assert all(np.isfinite(value) for _, value in found.measures)


def test_the_finding_can_be_recomputed_by_another_instance(case: Case) -> None:
    assert case.judge(case.build(case.manifest), case.readings) == case.judge(case.build(case.manifest), list(reversed(case.readings)))


def test_evidence_is_bound_to_every_reading_used(case: Case) -> None:
    agent = case.build(case.manifest)
    found = case.judge(agent, case.readings)
    for at in (0, len(case.readings) // 2, -1):
        other = list(case.readings)
        value = other[at].value
        altered = value[:-1] + b"\x00" if isinstance(value, bytes) else value
        other[at] = replace(other[at], value=altered, evidence=bytes(32))
        try:
            assert case.judge(agent, other).evidence != found.evidence
        except FrameRefused:
            assert isinstance(value, bytes)


def test_another_manifest_is_another_agent(case: Case, tmp_path: Path) -> None:
    shutil.copytree(case.manifest.parent, tmp_path / "agent")
    copied = tmp_path / "agent" / case.manifest.name
    copied.write_bytes(copied.read_bytes() + b"\n")
    assert case.judge(case.build(copied), case.readings).agent_hash != case.build(case.manifest).manifest.hash


def test_verdict_and_label_agree(case: Case) -> None:
    found = case.judge(case.build(case.manifest), case.readings)
    at_home_at_5_degrees = {f"conditions-{name}" for name in ("vaccine", "vaccine-pqs", "gdp-2-8", "fresh", "wine")}
    expected = Verdict.CONFORMS if found.agent in at_home_at_5_degrees else Verdict.BREACH
    assert found.verdict is expected
    assert (found.label in {"good", "conforms"}) == (found.verdict is Verdict.CONFORMS)
