"""From findings about items to a verdict on the lot, and the manifest that says by what rule."""

import hashlib
import tomllib
from pathlib import Path

import msgspec
import pytest

from edge_agents.errors import ManifestRefused
from edge_agents.finding import Finding, SubjectKind, Verdict
from edge_agents.lots import policy
from edge_agents.lots.plan import Severity, draw_up
from edge_agents.lots.verdict import Count, judge, label, sample
from edge_agents.manifest import parse

LOT = "01/09506000134352/10/L42"
PLAN = draw_up(100, aql="2.5")
"""F, n = 20, Ac 1, Re 2."""


def item(number: int, *, good: bool = True, name: str = "") -> Finding:
    return Finding(
        agent="surface-defects",
        agent_hash=bytes(32),
        kind=SubjectKind.LOT,
        subject=LOT,
        item=name or f"item-{number}",
        device="camera-1",
        verdict=Verdict.CONFORMS if good else Verdict.BREACH,
        label="good" if good else "pit",
        confidence=0.9,
        from_ms=1000 + number,
        to_ms=1000 + number,
        readings=1,
        measures=(),
        evidence=hashlib.sha256(bytes([number])).digest(),
    )


def lot(count: int, *bad: int) -> list[Finding]:
    return [item(number, good=number not in bad) for number in range(count)]


def verdict(items: list[Finding]) -> Finding:
    return judge(LOT, PLAN, items, from_ms=1, to_ms=2)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (lot(20), "accept"),
        (lot(20, 3), "accept"),
        (lot(20, 3, 7), "reject"),
        (lot(8, 3, 7), "reject"),
        (lot(19), "insufficient"),
        (lot(19, 3), "insufficient"),
        ([], "insufficient"),
    ],
)
def test_a_lot_is_judged_by_its_sample(items: list[Finding], expected: str) -> None:
    found = verdict(items)
    assert (found.label, found.subject, found.item, found.readings) == (expected, LOT, "", len(items))
    assert found.verdict is {"accept": Verdict.CONFORMS, "reject": Verdict.BREACH, "insufficient": Verdict.INSUFFICIENT}[expected]


def test_items_beyond_the_sample_decide_nothing() -> None:
    found = verdict(lot(30, 3, 25, 26, 27))
    assert (found.label, found.readings, dict(found.measures)["nonconforming"]) == ("accept", 20, 1)


def test_an_item_counts_once_as_it_was_first_found() -> None:
    twice = [item(1), item(2, good=False, name="item-1"), *lot(20)[2:]]
    assert [found.item for found in sample(PLAN, twice)][:2] == ["item-1", "item-2"]
    assert dict(verdict(twice).measures)["nonconforming"] == 0


def test_the_finding_says_what_the_sample_showed() -> None:
    found = verdict(lot(20, 3))
    measures = dict(found.measures)
    assert (measures["lot_size"], measures["sample_size"], measures["accept"], measures["reject"]) == (100, 20, 1, 2)
    assert measures["rate"] == 0.05
    assert 0 < measures["rate_low"] < 0.05 < measures["rate_high"] < 0.26
    assert (found.from_ms, found.to_ms, found.device) == (1000, 1019, "camera-1")
    assert (verdict([]).from_ms, verdict([]).to_ms) == (1, 2)
    assert found.evidence != verdict(lot(20, 4)[::-1]).evidence


def test_between_the_reduced_numbers_a_lot_is_accepted() -> None:
    plan = draw_up(1000, severity=Severity.REDUCED)
    assert [label(plan, Count(32, bad)) for bad in (1, 2, 3)] == ["accept", "accept", "reject"]


def test_the_manifest_of_a_scheme_is_always_the_same_and_names_every_plan() -> None:
    manifest = policy.manifest("II", "1.0", Severity.NORMAL)
    assert manifest.hash == hashlib.sha256(manifest.text.encode()).digest() == verdict_hash()
    assert manifest.sampling is not None
    for row in manifest.sampling.plans:
        plan = draw_up(row.largest_lot)
        assert (row.letter, row.sample_size, row.accept, row.reject) == (plan.letter, plan.table_size, plan.accept, plan.reject)
    assert {policy.manifest("II", "1.0", severity).hash for severity in Severity} != {manifest.hash}


def verdict_hash() -> bytes:
    return judge(LOT, draw_up(1000), [], from_ms=0, to_ms=0).agent_hash


def test_a_plan_that_accepts_and_rejects_at_once_is_refused() -> None:
    text = policy.manifest("II", "1.0", Severity.NORMAL).text
    with pytest.raises(ManifestRefused, match="accept 1 must be less than reject 1"):
        parse(text.replace("accept = 0\nreject = 1", "accept = 1\nreject = 1").encode(), Path("x.toml"))
    assert msgspec.json.encode(tomllib.loads(text))
