"""Equal for a repeat, and for nothing else."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from drivers.identity import identity

BASE: dict[str, Any] = {"device": "d", "source": "s", "evidence": bytes(32), "sequence": 1, "time_ms": 5, "received_ms": 7}


def name(**changes: Any) -> bytes:
    return identity(**{**BASE, **changes})


def test_a_counted_message_is_named_by_its_number_and_time() -> None:
    assert len(name()) == 32
    assert name() == name(evidence=b"\1" * 32, received_ms=8, maybe_repeat=True)
    assert len({name(), name(sequence=2), name(device="e"), name(source="t"), name(time_ms=6), name(time_ms=None)}) == 6


def test_a_timed_message_is_named_by_its_payload() -> None:
    assert name(sequence=None) == name(sequence=None, received_ms=8, maybe_repeat=True)
    assert name(sequence=None) != name(sequence=None, evidence=b"\1" * 32)


def test_without_time_and_number_each_arrival_counts_unless_it_may_be_a_repeat() -> None:
    bare: dict[str, Any] = {"sequence": None, "time_ms": None}
    assert name(**bare) != name(**bare, received_ms=8)
    assert name(**bare, maybe_repeat=True) == name(**bare, received_ms=8, maybe_repeat=True)
    assert name(**bare) != name(**bare, maybe_repeat=True)


texts = st.text("ab:1", max_size=4)


@given(st.tuples(texts, texts), st.tuples(texts, texts))
def test_device_and_source_cannot_run_into_each_other(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (name(device=one[0], source=one[1]) == name(device=other[0], source=other[1])) == (one == other)
