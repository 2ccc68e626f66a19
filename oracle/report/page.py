"""What stands on a report, as plain records: both renderings show the same. Pure."""

import hashlib
from dataclasses import dataclass

from oracle import bundle_codec
from oracle.bundle import Bundle
from oracle.drawing import words
from oracle.drawing.series import Series
from oracle.errors import OracleError
from oracle.label.label import link
from oracle.report import facts as told
from oracle.report.charts import charts
from oracle.report.table import Table
from oracle.report.tables import tables
from oracle.verify_walk import Check, Outcome, Report, Verdict

HEADLINES = {
    Verdict.PROVEN: (
        "good",
        "Proven",
        "Every claim that this file makes a proof of holds. What is only claimed or missing is marked below.",
    ),
    Verdict.REFUTED: ("bad", "Refuted", "Something in this file does not hold. Nothing else on this page should be relied on."),
    Verdict.UNKNOWN: ("unsure", "Cannot tell", "Nothing was refuted, but something that is needed to tell is not at hand."),
}
"""Tone, word and sentence of each verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole report."""

    title: str
    """What it is about, in words."""
    link: str
    """Digital Link with the file's hash; empty where the file names no subject."""
    sha256: bytes
    """Of the file that was verified."""
    file: str
    """The file's name, as it was given."""
    made: str
    """When the report was made, and by what."""
    tone: str
    """`good`, `bad` or `unsure`."""
    verdict: str
    """The verdict in one or two words."""
    meaning: str
    """What the verdict means."""
    conclusion: str
    """What the signed statement says."""
    stated: tuple[str, str] | None
    """Tone and words of the verdict that the statement gives: a breach can be proven. None where it is not proven."""
    notices: tuple[str, ...]
    """Superseded or revoked; empty for neither."""
    tally: tuple[tuple[Outcome, int], ...]
    """How many checks ended how."""
    facts: tuple[tuple[str, str], ...]
    """The main things, by name."""
    image: bytes | None
    """The inspected item's image, if the file holds it."""
    charts: tuple[Series, ...]
    """One per device and quantity that has a band, or else that has readings."""
    tables: tuple[Table, ...]
    """Time outside the band, route, custody, items, keys, blocks."""
    checks: tuple[Check, ...]
    """Those that were made, one line each."""
    unreached: str
    """Which were not reached, in one sentence; empty where all were."""
    trusted: tuple[str, ...]
    """What was taken on trust."""
    warnings: tuple[str, ...]
    """What a careful reader should know."""


def build(data: bytes, report: Report, *, file: str, now_s: int, maker: str) -> Page:
    """Returns the page about a file's bytes and what `verify` said of them; whatever the bytes hold, there is a page."""
    digest = hashlib.sha256(data).digest()
    try:
        bundle: Bundle | None = bundle_codec.loads(data)
    except OracleError:
        bundle = None
    tone, verdict, meaning = HEADLINES[report.verdict]
    outcomes = [check.outcome for check in report.made]
    return Page(
        title=words.subject(bundle.subject.path) if bundle else "A file that is no bundle",
        link=link(bundle.subject, digest) if bundle else "",
        sha256=digest,
        file=file,
        made=f"made {words.moment(now_s * 1000)} by {maker}, without asking a server",
        tone=tone,
        verdict=verdict,
        meaning=meaning,
        conclusion=report.conclusion,
        stated=told.stated_verdict(bundle) if bundle and report.passed else None,
        notices=tuple(_notices(report)),
        tally=tuple((outcome, outcomes.count(outcome)) for outcome in Outcome if outcome in outcomes),
        facts=told.facts(bundle) if bundle else (),
        image=told.image(bundle) if bundle else None,
        charts=charts(bundle) if bundle else (),
        tables=tables(bundle, report) if bundle else (),
        checks=report.made,
        unreached=f"{report.unreached}." if report.unreached else "",
        trusted=report.trusted,
        warnings=report.warnings,
    )


def _notices(report: Report) -> list[str]:
    found = []
    if report.superseded_by is not None:
        found.append(f"Superseded: attestation 0x{report.superseded_by.hex()} corrects this one.")
    if report.revoked_s is not None:
        found.append(f"Revoked by its attester at {words.moment(report.revoked_s * 1000)}.")
    return found
