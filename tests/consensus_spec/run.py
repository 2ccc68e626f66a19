"""Runs cases and counts."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.consensus_spec.cases import Case, find_cases
from tests.consensus_spec.suites import SUITES, NotOurs


@dataclass(slots=True)
class Result:
    """How one suite of one preset and fork went."""

    passed: int = 0
    not_ours: int = 0
    failures: list[str] = field(default_factory=list)


def run_all(directory: Path, *, fork: str | None = None, preset: str | None = None) -> dict[str, Result]:
    """Returns the results by `preset/fork/runner/handler`."""
    results: dict[str, Result] = defaultdict(Result)
    for case in find_cases(directory, fork=fork, preset=preset):
        run_case(case, results[f"{case.preset}/{case.fork}/{case.runner}/{case.handler}"])
    return dict(results)


def run_case(case: Case, result: Result) -> None:
    """Runs one case and counts it; whatever it raises is a failure, because a crash on a vector is one too."""
    suite = SUITES.get((case.runner, case.handler))
    if suite is None:
        result.not_ours += 1
        return
    try:
        suite(case)
    except NotOurs:
        result.not_ours += 1
    except Exception as error:
        result.failures.append(f"{case.path}: {error!r}")
    else:
        result.passed += 1
