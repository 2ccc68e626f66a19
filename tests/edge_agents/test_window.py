import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Quality, Reading, Value
from edge_agents.errors import MixedReadings
from edge_agents.window import window


def reading(
    time_ms: int, value: Value = 5.0, *, sequence: int | None = None, quality: Quality = Quality.GOOD, device: str = "c1"
) -> Reading:
    return Reading(
        device, "temperature", value, "Cel", time_ms, sequence, quality, hashlib.sha256(f"{time_ms} {value!r}".encode()).digest()
    )


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0, 9), st.none() | st.integers(0, 5)), max_size=20), st.randoms(use_true_random=False)
)
def test_order_of_arrival_does_not_matter(rows: list[tuple[int, float, int | None]], random: object) -> None:
    readings = [reading(time, value, sequence=sequence) for time, value, sequence in rows]
    shuffled = list(readings)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    one = window(readings, device="c1", quantity="temperature")
    assert one == window(shuffled, device="c1", quantity="temperature")
    assert [s.time_ms for s in one.samples] == sorted(s.time_ms for s in one.samples)


def test_exact_repeats_appear_once_and_contradictions_both() -> None:
    found = window([reading(1), reading(1), reading(1, 9.0)], device="c1", quantity="temperature")
    assert [s.value for s in found.samples] == [5.0, 9.0]
    assert found.left_out == 1


def test_bad_and_not_finite_values_are_left_out_and_counted() -> None:
    rows = [reading(1), reading(2, quality=Quality.BAD), reading(3, float("nan")), reading(4, float("inf"))]
    found = window(rows, device="c1", quantity="temperature")
    assert (len(found.samples), found.left_out) == (1, 3)


def test_gaps_count_the_edges_of_the_trip() -> None:
    found = window([reading(500), reading(600), reading(9_999)], device="c1", quantity="temperature", start_ms=0, end_ms=700)
    assert [s.time_ms for s in found.samples] == [500, 600]
    assert found.longest_gap_ms == 500
    assert window([], device="c1", quantity="temperature", start_ms=0, end_ms=70).longest_gap_ms == 70
    assert window([], device="c1", quantity="temperature").longest_gap_ms == 0


def test_evidence_binds_every_sample_in_order() -> None:
    one, two = reading(1), reading(2)
    both = window([two, one], device="c1", quantity="temperature")
    assert both.evidence == hashlib.sha256(one.evidence + two.evidence).digest()


@pytest.mark.parametrize("wrong", [reading(1, device="c2"), reading(1, True), reading(1, "5"), reading(1, b"5")])
def test_foreign_readings_are_refused(wrong: Reading) -> None:
    with pytest.raises(MixedReadings, match="c1 temperature"):
        window([wrong], device="c1", quantity="temperature")
