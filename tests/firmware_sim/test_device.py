import numpy as np
import pytest

from firmware_sim.device import Device, Message, camera, container
from firmware_sim.errors import NameRefused
from firmware_sim.faults import Faults, faulty
from firmware_sim.inspection.line import Line, shots
from firmware_sim.trip import Measurement

TRIP = [Measurement(1_000_000_000_000 + i * 1000, 5.0 + i, 60.0, door=False) for i in range(50)]


def test_a_container_sends_numbered_packs() -> None:
    messages = list(container("c-1", TRIP).messages)
    assert [m.time_ms for m in messages] == [m.time_ms for m in TRIP]
    assert messages[1].topic == "devices/c-1/senml"
    assert messages[1].payload.startswith(b'[{"bn":"c-1/","bt":1000000001.0,"seq":1,"n":"temperature","u":"Cel","v":6.0}')


def test_a_camera_names_its_frames_in_the_topic() -> None:
    line = Line(items=2, interval_ms=10)
    taken = list(shots(line, seed=1, start_ms=100))
    messages = list(camera("cam-1", line.gtin, line.lot, taken, skew_ms=5).messages)
    assert [m.topic for m in messages] == [
        "devices/cam-1/frame/09506000134352/L42/item-0001/0/105",
        "devices/cam-1/frame/09506000134352/L42/item-0002/1/115",
    ]
    assert [(m.time_ms, m.payload) for m in messages] == [(s.time_ms, s.png) for s in taken]


def test_a_wrong_clock_shows_in_the_payload_only() -> None:
    true, skewed = (next(iter(container("c-1", TRIP, skew_ms=skew).messages)) for skew in (0, 90_000))
    assert true.time_ms == skewed.time_ms
    assert b'"bt":1000000090.0' in skewed.payload


def test_names_that_break_a_topic_are_refused() -> None:
    with pytest.raises(NameRefused, match="device"):
        container("c/1", TRIP)
    with pytest.raises(NameRefused, match="lot"):
        camera("cam", "09506000134352", "L#", [])


def test_faults_are_added_and_never_replace() -> None:
    def spoiled(seed: int) -> list[Message]:
        return list(faulty(container("c-1", TRIP), Faults(duplicate=0.3, malformed=0.3, garbage=0.3), np.random.default_rng(seed)).messages)

    true = list(container("c-1", TRIP).messages)
    messages = spoiled(1)
    assert messages == spoiled(1) != spoiled(2)
    assert list(dict.fromkeys(m for m in messages if m in true)) == true
    assert len(messages) > len(true) + 20
    assert list(faulty(Device("c-1", true), Faults(), np.random.default_rng(1)).messages) == true
