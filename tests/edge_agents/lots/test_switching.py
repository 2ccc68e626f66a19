"""Every row of the table of switching rules, and that what nearly leads there does not."""

from collections.abc import Sequence

from edge_agents.lots.plan import Severity, draw_up
from edge_agents.lots.switching import Outcome, standing

PLAN = draw_up(1000)
GOOD = Outcome(PLAN, 0, accepted=True)
BAD = Outcome(PLAN, 5, accepted=False)
REDUCED = draw_up(1000, severity=Severity.REDUCED)


def after(series: Sequence[Outcome], *, agreed: bool = False) -> Severity:
    return standing(series, reduced_agreed=agreed).severity


def test_a_series_begins_normal() -> None:
    assert after([]) is Severity.NORMAL


def test_two_rejections_among_five_lots_tighten() -> None:
    assert after([BAD, BAD]) is Severity.TIGHTENED
    assert after([BAD, GOOD, GOOD, GOOD, BAD]) is Severity.TIGHTENED


def test_two_rejections_six_lots_apart_do_not() -> None:
    assert after([BAD, GOOD, GOOD, GOOD, GOOD, BAD]) is Severity.NORMAL


def test_five_accepted_in_a_row_lead_back() -> None:
    assert after([BAD, BAD, *[GOOD] * 4]) is Severity.TIGHTENED
    assert after([BAD, BAD, *[GOOD] * 4, BAD, *[GOOD] * 4]) is Severity.TIGHTENED
    assert after([BAD, BAD, *[GOOD] * 5]) is Severity.NORMAL


def test_five_rejections_under_tightened_inspection_discontinue_it() -> None:
    assert not standing([BAD, BAD, *[BAD] * 4]).discontinued
    spread = [BAD, BAD, *[BAD, GOOD] * 4, BAD]
    assert standing(spread).discontinued


def test_somebody_may_resume_a_discontinued_series_tightened() -> None:
    ended = [BAD] * 7
    resumed = standing([*ended, Outcome(PLAN, 0, accepted=True, resumed=True)])
    assert (resumed.severity, resumed.discontinued, resumed.rejected) == (Severity.TIGHTENED, False, 0)
    assert standing([*ended, GOOD]).discontinued


def test_a_score_of_thirty_earns_reduced_inspection_where_the_buyer_agrees() -> None:
    assert after([GOOD] * 9, agreed=True) is Severity.NORMAL
    assert after([GOOD] * 10, agreed=True) is Severity.REDUCED
    assert after([GOOD] * 10) is Severity.NORMAL


def test_the_score_begins_anew_with_a_lot_that_a_tighter_aql_would_reject() -> None:
    just = Outcome(PLAN, 2, accepted=True)
    assert standing([GOOD, just]).score == 0
    assert after([*[GOOD] * 9, just, GOOD], agreed=True) is Severity.NORMAL


def test_small_acceptance_numbers_score_two() -> None:
    small = Outcome(draw_up(100), 0, accepted=True)
    assert small.plan.accept == 0
    assert standing([small]).score == 2
    assert standing([small, Outcome(small.plan, 1, accepted=False)]).score == 0
    assert after([small] * 15, agreed=True) is Severity.REDUCED


def test_reduced_inspection_ends_with_a_rejected_lot_or_one_in_the_gap() -> None:
    earned = [GOOD] * 10
    assert after([*earned, Outcome(REDUCED, 1, accepted=True)], agreed=True) is Severity.REDUCED
    assert after([*earned, Outcome(REDUCED, 2, accepted=True)], agreed=True) is Severity.NORMAL
    assert after([*earned, Outcome(REDUCED, 3, accepted=False)], agreed=True) is Severity.NORMAL
