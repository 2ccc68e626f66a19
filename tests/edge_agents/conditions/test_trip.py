import random

from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Quality
from edge_agents.conditions.trip import Attachment, Certificate, Circumstances, Elsewhere, trip
from tests.edge_agents.conditions.build import MINUTE, START, made, policy, reading, readings


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0, 9), st.none() | st.integers(0, 5), st.sampled_from(["a", "b"])), max_size=20),
    st.integers(0, 1000),
)
def test_order_of_arrival_does_not_matter(rows: list[tuple[int, float, int | None, str]], seed: int) -> None:
    stated = [reading(time, value, sequence=sequence, device=device) for time, value, sequence, device in rows]
    shuffled = list(stated)
    random.Random(seed).shuffle(shuffled)
    one, two = (made(order, policy(), minutes=50) for order in (stated, shuffled))
    assert one.evidence == two.evidence
    assert [s.times.tolist() for s in one.series] == [s.times.tolist() for s in two.series]
    assert all((s.times[1:] >= s.times[:-1]).all() for s in one.series)


def test_exact_repeats_appear_once_and_contradictions_both() -> None:
    found = made([reading(1, 5.0), reading(1, 5.0), reading(1, 9.0)], policy(), minutes=5)
    assert found.series[0].values.tolist() == [5.0, 9.0]
    assert (found.samples, found.left_out) == (2, 1)


def test_what_is_no_number_in_the_policys_unit_is_left_out_and_counted() -> None:
    rows = [
        reading(1, 5.0),
        reading(2, 5.0, quality=Quality.BAD),
        reading(3, float("nan")),
        reading(4, float("inf")),
        reading(5, "5"),
        reading(6, b"5"),
        reading(7, 278.0, unit="K"),
        reading(8, 5.0, quantity="pressure", unit="Pa"),
    ]
    found = made(rows, policy(), minutes=10)
    assert (found.samples, found.left_out) == (1, 6)


def test_only_readings_of_the_time_of_attachment_count() -> None:
    rows = [*readings([5.0] * 10), *readings([50.0] * 10, device="c2")]
    found = made(rows, policy(), attachments=[("c1", 0, 9), ("c1", 25, 999), ("c2", 10, 10)])
    assert [(s.device, (s.times / MINUTE).tolist()) for s in found.series] == [
        ("c1", [0, 5]),
        ("c2", [10]),
        ("c1", [25, 30, 35, 40, 45]),
    ]
    assert (found.series[2].end_ms - START) / MINUTE == 45  # the attachment ends with the trip


def test_a_truth_value_is_a_number() -> None:
    rules = policy(bands=[{"quantity": "door", "unit": "", "high": 0.5, "between": "step"}])
    assert made([reading(0, False, "door", ""), reading(5, True, "door", "")], rules).series[0].values.tolist() == [0.0, 1.0]


def test_a_certificate_must_be_valid_for_every_sample_and_the_least_promising_counts() -> None:
    end = START + 45 * MINUTE
    named = {
        "short": Certificate("c1", "temperature", "short", START, end - 1, 0.1),
        "late": Certificate("c1", "temperature", "late", START + 1, end, 0.1),
        "good": Certificate("c1", "temperature", "good", START, end, 0.2),
        "better": Certificate("c1", "temperature", "better", START, end, 0.1),
        "other": Certificate("c2", "temperature", "other", START, end, 0.9),
    }
    for certificates, expected in ((("short", "late", "other"), None), (("good", "better"), "good")):
        circumstances = Circumstances(
            start_ms=START, end_ms=end, attachments=(Attachment("c1", START, end),), certificates=tuple(named[n] for n in certificates)
        )
        chosen = trip(readings([5.0] * 10), circumstances, policy().units).series[0].certificate
        assert (chosen and chosen.name) == expected


def test_evidence_binds_readings_and_circumstances() -> None:
    rows = readings([5.0] * 4)
    base = made(rows, policy()).evidence
    assert made(rows[:-1], policy(), minutes=15).evidence != base
    assert made(rows, policy(), deadline_ms=START + 1).evidence != base
    assert made(rows, policy(), custody="0x" + "00" * 32).evidence != base


def test_circumstances_come_back_as_they_were_written() -> None:
    whole = Circumstances(
        start_ms=1,
        end_ms=2,
        deadline_ms=3,
        attachments=(Attachment("c1", 1, 2),),
        certificates=(Certificate("c1", "temperature", "K", 0, 9, 0.3),),
        clocks=(("c1", 40),),
        elsewhere=(Elsewhere(1, 2, "0x00"),),
        custody="0x01",
    )
    assert Circumstances.from_json(whole.to_json()) == whole
    assert Circumstances.from_json(Circumstances.from_json(whole.to_json()).to_json()) == whole
