"""How severe the next inspection of a series is, from the lots before: the switching rules of ISO 2859-1 clause 9.3. Pure.

A series is what the rules call lots of one supplier's product in the order of their inspection. The rules as a table:

| from | to | when |
|---|---|---|
| normal | tightened | 2 of at most 5 consecutive lots were rejected |
| tightened | normal | 5 consecutive lots were accepted |
| tightened | discontinued | 5 lots were rejected since it was tightened |
| normal | reduced | the switching score reached 30, and the buyer agrees |
| reduced | normal | a lot was rejected, or had more than Ac nonconforming items, or the buyer no longer agrees |
| discontinued | tightened | somebody resumed after the supplier improved |
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from edge_agents.lots.plan import Plan, Severity

WINDOW = 5
"""Lots among which rejections count."""
REJECTIONS_TO_TIGHTEN = 2
"""So many in a window lead to tightened inspection."""
ACCEPTED_TO_NORMAL = 5
"""So many in a row lead back from it."""
REJECTIONS_TO_DISCONTINUE = 5
"""So many under tightened inspection end it."""
SCORE_TO_REDUCE = 30
"""The switching score that earns reduced inspection."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one lot of the series."""

    plan: Plan
    """How it was inspected."""
    nonconforming: int
    """Nonconforming items in its sample."""
    accepted: bool
    """The verdict; a lot without one is left out of the series."""
    resumed: bool = False
    """Whether somebody had inspection resumed for this lot."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a series stands after its lots."""

    severity: Severity = Severity.NORMAL
    """How the next lot is inspected."""
    discontinued: bool = False
    """Whether there is no next lot until the supplier improved."""
    score: int = 0
    """The switching score under normal inspection."""
    recent: tuple[bool, ...] = ()
    """The newest verdicts under this severity, oldest first, at most WINDOW."""
    rejected: int = 0
    """Lots rejected since inspection was tightened."""


def standing(series: Iterable[Outcome], *, reduced_agreed: bool = False) -> Standing:
    """Returns where a series stands; it begins under normal inspection."""
    state = Standing()
    for lot in series:
        if lot.resumed and state.discontinued:
            state = Standing(Severity.TIGHTENED)
        state = _after(state, lot, reduced_agreed=reduced_agreed)
    if state.severity is Severity.REDUCED and not reduced_agreed:
        return Standing()
    return state


def _after(state: Standing, lot: Outcome, *, reduced_agreed: bool) -> Standing:
    if state.severity is Severity.REDUCED:
        return state if lot.accepted and lot.nonconforming <= lot.plan.accept else Standing()
    recent = (*state.recent, lot.accepted)[-WINDOW:]
    if state.severity is Severity.TIGHTENED:
        rejected = state.rejected + (not lot.accepted)
        if len(recent) == ACCEPTED_TO_NORMAL and all(recent):
            return Standing()
        return replace(state, recent=recent, rejected=rejected, discontinued=rejected >= REJECTIONS_TO_DISCONTINUE)
    if recent.count(False) >= REJECTIONS_TO_TIGHTEN:
        return Standing(Severity.TIGHTENED)
    score = _score(state.score, lot)
    if score >= SCORE_TO_REDUCE and reduced_agreed:
        return Standing(Severity.REDUCED)
    return replace(state, recent=recent, score=score)


def _score(score: int, lot: Outcome) -> int:
    """Returns the switching score after a lot (clause 9.3.3.2, single sampling)."""
    if lot.plan.accept >= 2:
        return score + 3 if lot.nonconforming <= lot.plan.accept_one_step_tighter else 0
    return score + 2 if lot.accepted else 0
