"""The table of states, and the waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.outage import TABLE, Event, ImpossibleEventError, Notice, State, Supervision, SupervisionSettings, delay_seconds

SETTINGS = SupervisionSettings(base_seconds=1.0, longest_seconds=60.0)


def after(*events: Event) -> tuple[Supervision, list[Notice]]:
    supervision, notices = Supervision(), []
    for event in events:
        supervision, notice = supervision.advance(event)
        notices.append(notice)
    return supervision, notices


def test_an_outage_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    _, notices = after(Event.HELD, Event.LOST, Event.WAITED, Event.LOST, Event.WAITED, Event.HELD, Event.LOST)
    assert notices == [Notice.NONE, Notice.BEGIN, Notice.NONE, Notice.NONE, Notice.NONE, Notice.END, Notice.BEGIN]


def test_an_outage_that_changes_its_kind_is_told_again() -> None:
    _, notices = after(Event.LOST, Event.WAITED, Event.REFUSED, Event.WAITED, Event.REFUSED)
    assert notices == [Notice.BEGIN, Notice.NONE, Notice.BEGIN, Notice.NONE, Notice.NONE]


def test_a_connection_that_does_not_hold_neither_ends_the_outage_nor_resets_the_wait() -> None:
    supervision, _ = after(Event.LOST, Event.WAITED, Event.LOST)
    assert (supervision.failures, supervision.outage) == (2, Event.LOST)
    held, _ = supervision.advance(Event.WAITED)[0].advance(Event.HELD)
    assert held == Supervision(State.STEADY)


def test_waits_double_up_to_the_longest_under_full_jitter() -> None:
    waits = [delay_seconds(Supervision(State.WAITING, failures), SETTINGS, 1.0) for failures in (1, 2, 3, 6, 7, 10_000)]
    assert waits == [1.0, 2.0, 4.0, 32.0, 60.0, 60.0]
    assert delay_seconds(Supervision(State.WAITING, 3), SETTINGS, 0.25) == 1.0


def test_a_refusal_goes_straight_to_the_longest_wait() -> None:
    supervision, _ = after(Event.REFUSED)
    assert delay_seconds(supervision, SETTINGS, 0.0) == 60.0


@pytest.mark.parametrize(("state", "event"), [(state, event) for state in State for event in Event if (state, event) not in TABLE])
def test_what_the_table_does_not_name_is_refused(state: State, event: Event) -> None:
    with pytest.raises(ImpossibleEventError):
        Supervision(state).advance(event)


@given(st.lists(st.sampled_from(Event)))
def test_beginnings_and_ends_alternate(events: list[Event]) -> None:
    supervision, open_outage = Supervision(), False
    for event in events:
        if (supervision.state, event) not in TABLE:
            continue
        supervision, notice = supervision.advance(event)
        if notice is Notice.END:
            assert open_outage
            open_outage = False
        elif notice is Notice.BEGIN:
            open_outage = True
        assert open_outage == (supervision.outage is not None)
