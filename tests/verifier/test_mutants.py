"""Thousands of bundles altered at random: both verifiers end at the same check, with the same outcome, lines, warnings and trust."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from oracle import bundle_json
from oracle.verify import verify
from tests.oracle.bundle_fixture import Case, conforming, routed
from tests.oracle.test_alterations import CASES
from tests.verifier import mutants
from tests.verifier.node import Said, javascript_reports
from tests.verifier.test_agreement import COOL, VOUCHING, ended_by, limited, lines

pytestmark = [pytest.mark.peer, pytest.mark.arithmetic, pytest.mark.timeout(1200)]

BLS = PyblstBackend()
KINDS: dict[str, Callable[[], Case]] = {
    **CASES,
    **VOUCHING,
    "routed": routed,
    "kinetic": lambda: conforming(COOL, limited("kinetic = { limit = 8.0 }")),
}
CONTENT = {"event", "readings", "items", "agent", "custody", "devices", "evidence", "image", "subject"}
"""What a statement speaks of: signed anew, it is checked deeper than what nobody signed."""
FAULTS = ("Cannot ", "is not a function", "not iterable", "Maximum call stack")
"""Words by which a program's own fault is told from a refusal."""


@cache
def kinds() -> list[tuple[str, Case, dict[str, Any]]]:
    made = [(kind, make()) for kind, make in KINDS.items()]
    return [(kind, case, bundle_json.to_json(case.bundle)) for kind, case in made]


def altered(seed: int, count: int) -> Iterator[Said]:
    chance = random.Random(seed)
    for _ in range(count):
        kind, case, document = chance.choice(kinds())
        deep = chance.random() < 0.7
        places = [path for path in mutants.places(document) if not deep or path[0] in CONTENT]
        what, changed = mutants.mutated(document, chance.choice(places), chance)
        if chance.random() < 0.3:
            also, changed = mutants.mutated(changed, chance.choice(list(mutants.places(changed))), chance)
            what = f"{what}, {also}"
        if deep:
            changed = mutants.signed_anew(changed)
        text = json.dumps(mutants.sealed(changed), ensure_ascii=chance.random() < 0.5)
        data = text.encode("utf-8", "surrogatepass")
        yield Said(f"{kind}: {what}", data, case, verify(data, **case.inputs(), bls=BLS))


def differing(each: Said, found: dict[str, Any]) -> object:
    """Returns what the two say otherwise, or nothing."""
    ours, theirs = lines(each.report), found["checks"]
    standing = [[line for line in report if line[1] in ("proven", "claimed", "missing")] for report in (ours, theirs)]
    if ended_by(ours) != ended_by(theirs) or standing[0] != standing[1]:
        return [line for line in theirs if line not in ours][:2]
    said = (list(each.report.warnings), list(each.report.trusted), each.report.conclusion)
    if said != (found["warnings"], found["trusted"], found["conclusion"]):
        return found["warnings"], found["trusted"], found["conclusion"]
    return [line[2] for line in theirs if line[1] == "refuted" and any(fault in line[2] for fault in FAULTS)]


@pytest.mark.parametrize(("seed", "count"), [(1, 250), *(pytest.param(seed, 500, marks=pytest.mark.slow) for seed in range(2, 6))])
def test_both_say_the_same_of_what_was_altered_at_random(tmp_path: Path, seed: int, count: int) -> None:
    all_said = list(altered(seed, count))
    pairs = zip(all_said, javascript_reports(tmp_path, all_said), strict=True)
    disagreements = [(each.label, difference) for each, found in pairs if (difference := differing(each, found))]
    assert not disagreements, f"{len(disagreements)} of {count}: {disagreements[:6]}"
    ended = Counter(end[0] for each in all_said if (end := ended_by(lines(each.report))))
    assert len(ended) > 8
