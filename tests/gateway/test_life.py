import itertools

import pytest

from gateway.life import TRANSITIONS, Happening, Life, TransitionRefusedError, follow
from tests.vectors import ROOT

PAGE = (ROOT / "docs" / "shipments.md").read_text("utf-8")
SUBJECT = "00/106141412345678908"


def test_the_page_shows_the_table_and_every_state() -> None:
    rows = [f"| {state} | {event} | {target} |" for state, happenings in TRANSITIONS.items() for event, target in happenings.items()]
    shown = PAGE.split("## The table")[1].split("## ")[0].splitlines()
    assert [line for line in shown if line.startswith("| ")][1:] == rows
    assert all(f"\n| {state} | " in PAGE.split("## The table")[0] for state in Life)


def test_every_state_can_be_reached_and_what_is_not_in_the_table_is_refused() -> None:
    reached = {Life.COMMISSIONED}
    for _ in Life:
        reached |= {target for state in reached for target in TRANSITIONS[state].values()}
    assert reached == set(Life)
    for state, happening in itertools.product(Life, Happening):
        if happening in TRANSITIONS[state]:
            assert follow(SUBJECT, state, happening) is TRANSITIONS[state][happening]
        else:
            with pytest.raises(TransitionRefusedError, match=f"is {state}: it cannot be {happening}"):
                follow(SUBJECT, state, happening)


def test_goods_that_have_arrived_are_never_on_their_way_again() -> None:
    late = {Life.RECEIVED, Life.DISPUTED, Life.CORRECTED}
    assert all(target in late for state in late for target in TRANSITIONS[state].values())
