import json
import sys
from pathlib import Path

import pytest

from gateway.cli import main

ASKED = [
    "aios",
    "forecast",
    "--due",
    "2026-12-24",
    "--mode",
    "truck",
    "--country",
    "Kenya",
    "--supplier",
    "Mill 7",
    "--today",
    "2026-12-01",
]


def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", [*ASKED, *more])
    with pytest.raises(SystemExit) as ended:
        main.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_a_delivery_on_a_late_lane_is_foretold_late(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lines = [f"2026-10-{day:02},2026-11-{day:02},Kenya,truck,Mill 7" for day in range(1, 29)]
    history = tmp_path / "history.csv"
    history.write_text("\n".join(["due,delivered,country,mode,supplier", *lines]))
    code, said, _ = asked(monkeypatch, capsys, "--json", "--history", str(history))
    late = json.loads(said)
    assert (code, late["history"]) == (0, {"due": 28, "late": 28})
    _, said, _ = asked(monkeypatch, capsys, "--json")
    assert late["late"] > 2 * json.loads(said)["late"]
    assert late["forecaster"] == "delay-logistic 1.0.0"


def test_the_answer_is_told_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = asked(monkeypatch, capsys, "--weight", "300", "--ordered", "2026-10-01", "--from-stock")
    assert code == 0
    assert "due 2026-12-24: late with" in said
    assert "50% sure: on time" in said
    assert "no history given" in said


def test_a_history_of_which_nothing_counts_is_not_called_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    history = tmp_path / "h.csv"
    history.write_text("due,delivered,country,mode,supplier\n2024-01-01,2024-01-05,Kenya,truck,Mill 7\n")
    code, said, _ = asked(monkeypatch, capsys, "--history", str(history))
    assert (code, "no delivery of the last 180 days" in " ".join(said.split()), "no history given" in said) == (0, True, False)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("05.01.2026,,Kenya,truck,Mill 7", "line 2: due '05.01.2026' is no day; write YYYY-MM-DD"),
        ("2026-01-05,soon,Kenya,truck,Mill 7", "line 2: delivered 'soon' is no day; write YYYY-MM-DD"),
        ("2026-01-05,,Kenya,rocket,Mill 7", "line 2: mode 'rocket' is not known: air, air-charter, truck, ocean, unknown"),
    ],
)
def test_a_line_of_the_history_that_cannot_be_read_is_named(
    line: str, reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    history = tmp_path / "h.csv"
    history.write_text(f"due,delivered,country,mode,supplier\n{line}\n")
    code, _, told = asked(monkeypatch, capsys, "--history", str(history))
    assert (code, reason in " ".join(told.split())) == (2, True)


def test_a_due_day_that_is_over_is_late_already(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(monkeypatch, capsys, "--due", "2026-11-29")[:2] == (0, "due 2026-11-29: late already, by 2 days\n")
    code, said, _ = asked(monkeypatch, capsys, "--due", "2026-11-30", "--json")
    assert (code, json.loads(said)) == (0, {"late": 1.0, "overdue_days": 1})
    assert "late with" in asked(monkeypatch, capsys, "--due", "2026-12-01")[1]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--due", "24.12.2026"), "--due '24.12.2026' is no day"),
        (("--ordered", "x"), "--ordered 'x' is no day"),
        (("--ordered", "2026-12-25"), "--ordered 2026-12-25 is after --due 2026-12-24"),
        (("--mode", "donkey"), "--mode 'donkey' is not known"),
        (("--history", "nowhere.csv"), "nowhere.csv: No such file"),
    ],
)
def test_what_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], reason: str
) -> None:
    code, _, told = asked(monkeypatch, capsys, *more)
    assert code == 2
    assert reason in " ".join(told.split())
