from oracle.conditions import NAMES
from oracle.publication import TRANSITIONS, State
from tests.vectors import ROOT

PAGE = (ROOT / "docs" / "publication.md").read_text("utf-8")


def test_the_page_shows_the_table() -> None:
    rows = [f"| {state} | {event} | {target} |" for state, events in TRANSITIONS.items() for event, target in events.items()]
    shown = PAGE.split("## The table")[1].split("## ")[0].splitlines()
    assert [line for line in shown if line.startswith("| ")][1:] == rows


def test_the_page_says_what_is_true_in_each_state() -> None:
    assert all(f"\n| {state} | " in PAGE.split("## The table")[0] for state in State)


def test_the_page_names_every_condition() -> None:
    shown = PAGE.split("## What is shown to the operator")[1].split("## ")[0]
    assert all(f"`{name.removeprefix('publisher.')}`" in shown for name, _ in NAMES.values())
