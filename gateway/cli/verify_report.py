"""How `aios verify` shows what it found: one line per check, or JSON for a script, JSON Lines where several files may come."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.text import Text

from gateway.cli.terminal import err, out, visible
from oracle.verify_walk import Check, Outcome, Report

STYLES = {
    "proven": "green",
    "claimed": "yellow",
    "missing": "yellow",
    "refuted": "bold red",
    "cannot tell": "bold yellow",
}
"""How an outcome looks on a terminal; the word itself is always there."""


def document(name: str, report: Report) -> dict[str, Any]:
    """Returns the report for a script."""
    return {
        "file": name,
        "verdict": report.verdict.value,
        "passed": report.passed,
        "conclusion": report.conclusion,
        "superseded_by": None if report.superseded_by is None else f"0x{report.superseded_by.hex()}",
        "revoked_s": report.revoked_s,
        "uid": None if report.attestation is None else f"0x{report.attestation.uid.hex()}",
        "ref_uid": None if report.attestation is None else f"0x{report.attestation.ref_uid.hex()}",
        "checks": [{"name": c.name, "outcome": c.outcome.value, "proves": c.proves, "by": c.by, "detail": c.detail} for c in report.checks],
        "trusted": list(report.trusted),
        "warnings": list(report.warnings),
    }


def show_document(name: str, report: Report, *, lines: bool) -> None:
    """Prints one bundle's report for a script: on one line of its own, or indented where it is the only one."""
    if lines:
        out.print(json.dumps(document(name, report), ensure_ascii=True), markup=False)
    else:
        out.print_json(json.dumps(document(name, report)))


def unread(reason: str) -> Report:
    """Returns the report about a file that could not be had."""
    return Report((Check("file", Outcome.UNKNOWN, reason, proves="the file can be read"),))


def show(name: str, report: Report, seconds: float) -> None:
    """Prints one bundle's report for a person."""
    out.print(Text(visible(name), "bold"))
    for check in report.made:
        by = f"  [by {visible(check.by)}]" if check.by else ""
        said = Text.assemble(
            (f"  {check.outcome.value:12}", STYLES[check.outcome.value]), f"{check.name:12} {visible(check.detail)}", (by, "dim")
        )
        out.print(said)
    if report.unreached:
        out.print(Text(f"  {visible(report.unreached)}", "dim"))
    for warning in report.warnings:
        err.print(f"  warning: {visible(warning)}", style="yellow", markup=False)
    verdict = "NOT PROVEN, REFUTED" if report.verdict.value == "refuted" else report.verdict.value
    out.print(f"  {verdict}: {visible(_said(report))} ({seconds * 1000:.0f} ms)", markup=False)
    if report.superseded_by is not None:
        out.print(f"  SUPERSEDED by attestation 0x{report.superseded_by.hex()}", style="bold yellow", markup=False)
    for line in report.trusted:
        out.print(Text(f"  trusted: {visible(line)}", "dim"))


def _said(report: Report) -> str:
    """Returns the bundle's conclusion, or where the walk ended before there was one."""
    if report.conclusion:
        return report.conclusion
    last = next((check.name for check in report.checks if check.outcome in (Outcome.REFUTED, Outcome.UNKNOWN)), "")
    if last == "format":
        return "the file could not be read as a bundle"
    return f"the check of its {last} ended it before anything was concluded"


def conclude(reports: Sequence[tuple[str, Report]]) -> None:
    """Prints how many of several bundles ended how, and which of them another one corrects."""
    if len(reports) < 2:
        return
    proven = [(name, report.attestation) for name, report in reports if report.passed and report.attestation]
    by_reference = {(one.attester, one.ref_uid): name for name, one in proven if any(one.ref_uid)}
    for name, one in proven:
        newer = by_reference.get((one.attester, one.uid))
        if newer is not None:
            out.print(f"{visible(name)} is SUPERSEDED by {visible(newer)}", style="bold yellow", markup=False)
    verdicts = Counter(report.verdict.value for _, report in reports)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    out.print(f"{len(reports)} bundles: {counted}", markup=False)
