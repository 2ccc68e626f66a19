"""What was known of earlier deliveries on a day, and the files from which that is read."""

from datetime import date
from pathlib import Path

import pytest

from edge_agents.delay.errors import HistoryRefused
from edge_agents.delay.forecast import History, Mode, Past
from edge_agents.delay.history import Delivery, Ledger
from edge_agents.delay.history_file import read

TODAY = date(2026, 6, 30)


def known(*deliveries: Delivery) -> History:
    return Ledger(deliveries).known(TODAY, country="Kenya", mode=Mode.TRUCK, supplier="Mill 7")


def delivery(due: str, delivered: str | None, country: str = "Kenya", mode: Mode = Mode.TRUCK, supplier: str = "Mill 7") -> Delivery:
    return Delivery(date.fromisoformat(due), date.fromisoformat(delivered) if delivered else None, country, mode, supplier)


def test_what_came_late_or_is_overdue_counts_and_what_is_due_later_does_not() -> None:
    found = known(
        delivery("2026-06-01", "2026-06-01"),
        delivery("2026-06-02", "2026-06-04"),
        delivery("2026-06-03", None),
        delivery("2026-06-29", "2026-08-01"),
        delivery("2026-06-30", None),
        delivery("2026-07-05", "2026-07-09"),
    )
    assert found.lane == found.country == found.supplier == found.overall == Past(3, 4)


def test_a_delivery_that_came_late_after_that_day_was_overdue_on_it() -> None:
    assert delivery("2026-06-29", "2026-08-01").late_on(TODAY)
    assert not delivery("2026-06-29", "2026-06-28").late_on(TODAY)


def test_each_kind_counts_its_own_and_no_further_back_than_it_should() -> None:
    found = known(
        delivery("2026-06-01", "2026-06-02", mode=Mode.AIR, supplier="other"),
        delivery("2026-06-01", "2026-06-02", country="Peru", supplier="other"),
        delivery("2025-12-01", "2025-12-02"),
        delivery("2025-01-01", "2025-02-02"),
    )
    assert found == History(overall=Past(2, 2), country=Past(2, 2), lane=Past(1, 1), supplier=Past(1, 1))
    assert known() == History()


def test_a_file_is_read_whatever_the_order_of_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("\ufeffmode,due,note,country,delivered,supplier\nTruck,2026-06-01,x,Kenya,,Mill 7\n,2026-06-02,,Peru,2026-06-03,\n")
    assert read(path) == [delivery("2026-06-01", None), delivery("2026-06-02", "2026-06-03", "Peru", Mode.UNKNOWN, "")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("due,delivered,country,mode\n", "lacks the column 'supplier'"),
        ("", "lacks the column 'due'"),
        ("due,delivered,country,mode,supplier\n01.06.2026,,Kenya,truck,\n", "line 2: due '01.06.2026' is no day; write YYYY-MM-DD"),
        ("due,delivered,country,mode,supplier\n2026-06-01,,Kenya,donkey,\n", "line 2: mode 'donkey' is not known: air, air-charter"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text)
    with pytest.raises(HistoryRefused, match=reason):
        read(path)


def test_a_line_that_ends_early_has_empty_fields(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("due,delivered,country,mode,supplier\n2026-06-01\n")
    assert read(path) == [Delivery(date(2026, 6, 1), None, "", Mode.UNKNOWN, "")]


def test_bytes_that_are_no_text_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes(b"due\xff")
    with pytest.raises(HistoryRefused, match="utf-8"):
        read(path)
    with pytest.raises(HistoryRefused, match="No such file"):
        read(tmp_path / "none.csv")
