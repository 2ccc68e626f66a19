"""Judges a lot by the items of its sample. Pure.

The sample is the first items that were inspected, as many as the plan asks for; each counts once, as it was first found. Who chooses which
items pass the camera chooses the sample, and the standard wants that done at random (clause 8): this code cannot see it. In order: as many
nonconforming items as Re reject the lot, also before the sample is complete, for more items could not take them back; an incomplete sample
then is insufficient; else the lot is accepted. Under reduced inspection that holds for the gap between Ac and Re too, and `switching` then
goes back to normal.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge_agents.finding import Finding, SubjectKind, Verdict
from edge_agents.lots import policy
from edge_agents.lots.plan import Plan
from edge_agents.lots.rate import rate

VERDICTS = {policy.ACCEPT: Verdict.CONFORMS, policy.REJECT: Verdict.BREACH, policy.INSUFFICIENT: Verdict.INSUFFICIENT}
"""What each label means on chain."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a sample holds, as far as it has come."""

    inspected: int
    """Items of the sample that were inspected."""
    nonconforming: int
    """How many of them have a defect."""


def sample(plan: Plan, items: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns the findings about the items of the sample: the first ones in the order given, each item once."""
    first: dict[str, Finding] = {}
    for found in items:
        if len(first) == plan.sample_size:
            break
        first.setdefault(found.item, found)
    return tuple(first.values())


def count(items: Sequence[Finding]) -> Count:
    """Returns how many items there are and how many have a defect."""
    return Count(len(items), sum(item.verdict is Verdict.BREACH for item in items))


def label(plan: Plan, seen: Count) -> str:
    """Returns the verdict on a lot in the agent's vocabulary."""
    if seen.nonconforming >= plan.reject:
        return policy.REJECT
    return policy.ACCEPT if seen.inspected >= plan.sample_size else policy.INSUFFICIENT


def judge(subject: str, plan: Plan, items: Iterable[Finding], *, from_ms: int, to_ms: int) -> Finding:
    """Returns the verdict on a lot, a Digital Link path such as `01/09506000134352/10/L42`.

    `items` are the findings about its items in the order of their inspection; `from_ms` and `to_ms` say when the lot was open, for a lot of
    which nothing was inspected.
    """
    used = sample(plan, items)
    seen = count(used)
    found = label(plan, seen)
    manifest = policy.manifest(plan.level, plan.aql, plan.severity)
    estimate = rate(seen.nonconforming, seen.inspected)
    return Finding(
        agent=policy.NAME,
        agent_hash=manifest.hash,
        kind=SubjectKind.LOT,
        subject=subject,
        item="",
        device=used[0].device if used else "",
        verdict=VERDICTS[found],
        label=found,
        confidence=1.0,
        from_ms=min((item.from_ms for item in used), default=from_ms),
        to_ms=max((item.to_ms for item in used), default=to_ms),
        readings=seen.inspected,
        measures=(
            ("lot_size", float(plan.lot_size)),
            ("sample_size", float(plan.sample_size)),
            ("accept", float(plan.accept)),
            ("reject", float(plan.reject)),
            ("nonconforming", float(seen.nonconforming)),
            ("rate", estimate.estimate),
            ("rate_low", estimate.low),
            ("rate_high", estimate.high),
        ),
        evidence=hashlib.sha256(b"".join(item.evidence for item in used)).digest(),
    )
