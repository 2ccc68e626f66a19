"""Measures an agent's step against the bare onnxruntime call on the same frames, in the same run.

The step is everything between a camera's reading and a Finding: names checked, PNG decoded, hashed, classified. Budget: 2 x the bare call.
"""

import hashlib
import time
from collections.abc import Callable

import numpy as np
import onnxruntime

from drivers.reading import Quality, Reading
from edge_agents.conditions.agent import Conditions
from edge_agents.conditions.trip import Attachment, Certificate, Circumstances, trip
from edge_agents.frame import frame
from edge_agents.surface_defects.agent import MANIFEST, SurfaceDefects
from edge_agents.surface_defects.png import SIDE, pixels
from firmware_sim.inspection.line import Line, shots

ROUNDS = 7
"""The fastest is reported: whatever else the machine does only ever adds."""


def _seconds(call: Callable[[], object], count: int) -> float:
    """Returns seconds per item of one call that handles `count` items."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) / count


def measure() -> dict[str, float]:
    """Returns microseconds per frame of both, their ratio, and milliseconds per trip."""
    line = Line(items=100, defect_rate=0.5)
    taken = list(shots(line, seed=1, start_ms=0))
    readings = [
        Reading(
            "cam", f"frame/{line.gtin}/{line.lot}/{s.item}", s.png, "", s.time_ms, s.sequence, Quality.GOOD, hashlib.sha256(s.png).digest()
        )
        for s in taken
    ]
    agent = SurfaceDefects.load()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(MANIFEST.parent / "model.onnx"), options, providers=["CPUExecutionProvider"])
    arrays = [np.frombuffer(pixels(s.png, len(s.png)), np.uint8).reshape(1, 1, SIDE, SIDE) for s in taken]

    steps, bare = [], []
    # Alternating rounds share whatever else the machine is doing.
    for _ in range(ROUNDS):
        bare.append(_seconds(lambda: [session.run(None, {"frame": array}) for array in arrays], len(arrays)))
        steps.append(_seconds(lambda: [agent.judge(frame(reading)) for reading in readings], len(readings)))
    step, call = min(steps), min(bare)
    return {
        "frame_step_us": step * 1e6,
        "bare_onnxruntime_us": call * 1e6,
        "frame_step_to_bare": step / call,
        **_conditions(),
    }


def _trip(agent: Conditions, count: int, step_ms: int) -> Callable[[], object]:
    """Returns the judging of a trip with `count` readings of each of the policy's quantities, from readings to finding."""
    stated = [
        Reading("c", quantity, 5 + i % 7 * 0.4, unit, i * step_ms, i, Quality.GOOD, bytes(32))
        for quantity, unit in agent.units.items()
        for i in range(count)
    ]
    end_ms = (count - 1) * step_ms
    known = Circumstances(
        start_ms=0,
        end_ms=end_ms,
        attachments=(Attachment("c", 0, end_ms),),
        certificates=(Certificate("c", "temperature", "K", 0, end_ms, 0.3),),
    )
    return lambda: agent.judge("00/106141412345678908", trip(stated, known, agent.units))


def _conditions() -> dict[str, float]:
    """Returns milliseconds of a three-day trip at a reading every five minutes, and of a month at one a minute of four quantities."""
    vaccine, wine = Conditions.load("vaccine"), Conditions.load("wine")
    whole = _trip(wine, 43_200, 60_000)
    three_days = _trip(vaccine, 865, 300_000)
    return {
        "three_day_trip_ms": min(_seconds(three_days, 1) for _ in range(ROUNDS)) * 1e3,
        "month_of_four_quantities_ms": min(_seconds(whole, 1) for _ in range(3)) * 1e3,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28} {value:10.2f}")
