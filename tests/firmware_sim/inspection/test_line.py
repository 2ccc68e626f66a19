from dataclasses import replace

from firmware_sim.inspection.frames import Defect
from firmware_sim.inspection.line import Line, shots


def test_items_are_numbered_timed_and_repeatable() -> None:
    line = Line(items=5, interval_ms=1000)
    taken = list(shots(line, seed=1, start_ms=500))
    assert taken == list(shots(line, seed=1, start_ms=500))
    assert [(s.item, s.sequence, s.time_ms) for s in taken][:2] == [("item-0001", 0, 500), ("item-0002", 1, 1500)]
    assert len({s.png for s in taken}) == 5


def test_the_defect_rate_is_true() -> None:
    line = Line(items=300, defect_rate=0.3)
    bad = sum(s.defect is not Defect.GOOD for s in shots(line, seed=2, start_ms=0))
    assert 60 <= bad <= 120
    assert not any(s.defect for s in shots(replace(line, items=50, defect_rate=0.0), seed=2, start_ms=0))
