"""Cells that the literature quotes, and what holds for every cell of the master tables."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agents.lots import tables
from edge_agents.lots.errors import LARGEST_LOT, LotSizeRefused, UnknownSamplingWord
from edge_agents.lots.plan import TABLES, Severity, canonical_aql, draw_up

KNOWN = [
    (1000, "II", "1.0", "normal", "J", 80, 2, 3),
    (1000, "II", "1.0", "tightened", "J", 80, 1, 2),
    (1000, "II", "1.0", "reduced", "J", 32, 1, 3),
    (2000, "II", "2.5", "normal", "K", 125, 7, 8),
    (2000, "II", "2.5", "tightened", "K", 125, 5, 6),
    (10_000, "II", "0.65", "normal", "L", 200, 3, 4),
    (10_000, "II", "4.0", "normal", "L", 200, 14, 15),
    (500, "I", "1.5", "normal", "F", 32, 1, 2),  # an arrow down leads from F to G
    (500, "II", "0.40", "normal", "H", 32, 0, 1),  # an arrow up leads from H to G
    (120, "II", "1.0", "normal", "F", 13, 0, 1),  # an arrow up leads from F to E
    (200, "II", "1.0", "normal", "G", 50, 1, 2),  # an arrow down leads from G to H
    (35_000, "III", "0.10", "normal", "N", 500, 1, 2),
    (600_000, "III", "0.025", "tightened", "R", 3150, 1, 2),  # the one plan with the letter S
    (600_000, "III", "0.010", "normal", "R", 1250, 0, 1),  # an arrow up at the end of the table
    (40, "S-1", "6.5", "normal", "A", 2, 0, 1),
    (90_000, "S-4", "10", "normal", "J", 80, 14, 15),
]


@pytest.mark.parametrize(("size", "level", "aql", "severity", "letter", "sample", "accept", "reject"), KNOWN)
def test_a_plan_is_that_of_the_standard(
    size: int, level: str, aql: str, severity: str, letter: str, sample: int, accept: int, reject: int
) -> None:
    plan = draw_up(size, level=level, aql=aql, severity=Severity(severity))
    assert tables.code_letter(size, level) == letter
    assert (plan.sample_size, plan.accept, plan.reject) == (sample, accept, reject)


@pytest.mark.parametrize(
    ("size", "letters"), [(8, "AAAAAAB"), (9, "AAAAABC"), (150, "BBCDDFG"), (1200, "CCEFGJK"), (1201, "CDEGHKL"), (500_001, "DEHKNQR")]
)
def test_code_letters_change_at_the_ends_of_the_ranges(size: int, letters: str) -> None:
    assert "".join(tables.code_letter(size, level) for level in tables.LEVELS) == letters


def test_a_sample_is_never_larger_than_the_lot() -> None:
    plan = draw_up(10, aql="0.010")
    assert (plan.table_size, plan.sample_size) == (1250, 10)


@pytest.mark.parametrize("severity", Severity)
def test_every_arrow_leads_to_a_plan_and_no_row_is_short(severity: Severity) -> None:
    table = TABLES[severity]
    for letter, (_, cells) in table.items():
        assert len(cells) == len(tables.AQLS)
        for column in range(len(cells)):
            cell = tables.follow(table, letter, column)
            assert cell.accept < cell.reject
    sizes = [size for size, _ in table.values()]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("severity", Severity)
def test_acceptance_numbers_grow_with_the_aql(severity: Severity) -> None:
    for letter in TABLES[severity]:
        cells = [tables.follow(TABLES[severity], letter, column) for column in range(len(tables.AQLS))]
        same_row = [cell.accept for cell in cells if cell.letter == letter]
        assert all(before < after for before, after in pairwise(same_row) if after > 1)


@given(st.integers(2, LARGEST_LOT), st.sampled_from(tables.LEVELS), st.sampled_from(tables.PERCENT_AQLS))
def test_tightened_inspection_accepts_no_more_than_normal(size: int, level: str, aql: str) -> None:
    normal = draw_up(size, level=level, aql=aql)
    tightened = draw_up(size, level=level, aql=aql, severity=Severity.TIGHTENED)
    assert tightened.accept / tightened.table_size <= normal.accept / normal.table_size


@pytest.mark.parametrize(("size", "accept", "tighter"), [(1000, 2, 1), (3000, 3, 2), (9000, 5, 3)])
def test_one_step_tighter_is_the_next_smaller_aql_of_the_row(size: int, accept: int, tighter: int) -> None:
    plan = draw_up(size)
    assert (plan.accept, plan.accept_one_step_tighter) == (accept, tighter)


@pytest.mark.parametrize("size", [-1, 0, 1, LARGEST_LOT + 1])
def test_a_lot_without_a_plan_is_refused(size: int) -> None:
    with pytest.raises(LotSizeRefused):
        draw_up(size)


@pytest.mark.parametrize("text", ["", "one", "0", "1.1", "nan", "inf", "15", "-1"])
def test_an_aql_that_is_none_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(UnknownSamplingWord) as refused:
        canonical_aql(text)
    assert "0.65" in refused.value.known


def test_an_aql_has_one_spelling() -> None:
    assert [canonical_aql(text) for text in ("1", "1.00", ".65", "10.0")] == ["1.0", "1.0", "0.65", "10"]
    with pytest.raises(UnknownSamplingWord):
        draw_up(100, level="IV")
