"""Measures an agent's step against the bare onnxruntime call on the same frames, in the same run.

The step is everything between a camera's reading and a Finding: names checked, PNG decoded, hashed, classified. Budget: 2 x the bare call.
"""

import hashlib
import time
from collections.abc import Callable

import numpy as np
import onnxruntime

from drivers.reading import Quality, Reading
from edge_agents.cold_chain.agent import ColdChain
from edge_agents.frame import frame
from edge_agents.surface_defects.agent import MANIFEST, SurfaceDefects
from edge_agents.surface_defects.png import SIDE, pixels
from edge_agents.window import window
from firmware_sim.inspection.line import Line, shots

ROUNDS = 7
"""The fastest is reported: whatever else the machine does only ever adds."""


def _seconds(call: Callable[[], object], count: int) -> float:
    """Returns seconds per item of one call that handles `count` items."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) / count


def measure() -> dict[str, float]:
    """Returns microseconds per frame of both, their ratio, and milliseconds per three-day window."""
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
        "three_day_window_ms": _cold_chain() * 1e3,
    }


def _cold_chain() -> float:
    """Returns seconds to judge a three-day trip of a reading every five minutes, window included."""
    trip = [Reading("c", "temperature", 5 + i % 7 * 0.6, "Cel", i * 300_000, i, Quality.GOOD, bytes(32)) for i in range(865)]
    agent = ColdChain.load("vaccine")
    return min(
        _seconds(lambda: agent.judge("00/106141412345678908", window(trip, device="c", quantity="temperature")), 1) for _ in range(ROUNDS)
    )


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28} {value:10.2f}")
