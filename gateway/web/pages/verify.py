"""The verify page: a form for a bundle, and what this box says about it. Pure."""

from dataclasses import dataclass

from gateway.labels import CHECK as LABEL
from gateway.web.pages.layout import Page, fragment
from oracle.drawing.html import Child, Html, el
from oracle.verify_walk import Check, Outcome, Report, Verdict

ANSWERS = {
    Verdict.PROVEN: ("good", "✓", "Proven", "Everything that this file claims to prove holds."),
    Verdict.REFUTED: ("bad", "✗", "Refuted", "Something in this file does not hold. Do not rely on it."),
    Verdict.UNKNOWN: ("unsure", "?", "Cannot tell", "Nothing speaks against this file, but something needed to tell is not at hand."),
}
"""Class, sign, word and meaning of each verdict."""
OUTCOMES = {
    Outcome.PROVEN: ("good", "✓"),
    Outcome.CLAIMED: ("unsure", "≈"),
    Outcome.MISSING: ("unsure", "○"),
    Outcome.REFUTED: ("bad", "✗"),
    Outcome.UNKNOWN: ("unsure", "?"),
}
"""Class and sign of each outcome of a check."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A bundle that was checked."""

    name: str
    """What the file is."""
    sha256: bytes
    """Hash of its bytes."""
    report: Report
    """What was found."""


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """What the page shows."""

    said: str = ""
    """What stood in the way of a check."""
    checked: Checked | None = None
    """The result of one."""
    checkpoint: str = ""
    """What was entered, to be shown again."""
    label: str = ""
    """What was entered or scanned."""
    offline: bool = False
    """Whether the page that checks inside the browser is installed here."""


def render(page: VerifyPage) -> Page:
    """Returns the page."""
    report = [] if page.checked is None else _report(page.checked)
    said = el("p", page.said, class_="said", role="alert") if page.said else None
    return Page(
        "Verify",
        (fragment("check", *_form(page), class_="block head"), fragment("report", said, *report, class_="block")),
        "/verify",
        # Neither a form that somebody is filling in nor an answer that somebody is reading is swapped away.
        frozenset({"check", "report"}),
    )


def _form(page: VerifyPage) -> list[Child]:
    return [
        el("p", el("a", "Overview", href="/"), " / Verify", class_="crumbs"),
        el("h1", "Check a bundle"),
        el("p", "This box checks the file by itself, against its own network and what it trusts. The file is not kept."),
        el(
            "form",
            el("label", el("span", "Bundle (JSON or CBOR)"), el("input", type="file", name="bundle", accept=".json,.cbor")),
            el(
                "label",
                el("span", "Label: the text of its QR code"),
                el(
                    "input",
                    type="text",
                    name="label",
                    value=page.label,
                    maxlength=500,
                    spellcheck="false",
                    placeholder="https://id.gs1.org/00/…",
                ),
            ),
            el("button", "Scan a label", type="button", id="scan", hidden=True),
            el(
                "label",
                el("span", "Checkpoint, where this box has none for it"),
                el(
                    "input",
                    type="text",
                    name="checkpoint",
                    value=page.checkpoint,
                    maxlength=66,
                    pattern="0x[0-9a-fA-F]{64}",
                    placeholder="0x…",
                ),
            ),
            el("button", "Check", type="submit"),
            method="post",
            action="/verify",
            enctype="multipart/form-data",
            class_="filter",
            id="verify",
        ),
        el("video", id="camera", playsinline=True, muted=True, hidden=True),
        el("p", id="scanned", role="status"),
        _elsewhere(offline=page.offline),
        el("script", src="/static/verify.js", defer=True),
    ]


def _elsewhere(*, offline: bool) -> Html:
    if not offline:
        return el("p", "A label alone is enough for a shipment of this box.", id="elsewhere")
    link = el("a", "the page that checks inside the browser", href="/verify/offline", download="verify.html")
    here = el("a", "open it here", href="/verify/offline")
    return el("p", "To check without trusting this box, save ", link, " or ", here, ".", id="elsewhere", data_offline="/verify/offline")


def _report(checked: Checked) -> list[Child]:
    report = checked.report
    tone, sign, word, meaning = ANSWERS[report.verdict]
    return [
        el("h2", _badge(tone, sign, word), id="verdict", data_verdict=report.verdict.value),
        el("p", meaning),
        el("p", report.conclusion, class_="headline") if report.conclusion else None,
        _superseded(report),
        _compared(report),
        el("div", el("table", _head(), el("tbody", [_line(check) for check in report.made])), class_="checks"),
        el("p", f"{report.unreached}.", class_="quiet", id="unreached") if report.unreached else None,
        _listed("Warnings", report.warnings),
        _listed("What was trusted", report.trusted),
        el("p", f"{checked.name}, sha256 ", el("code", checked.sha256.hex())),
    ]


def _superseded(report: Report) -> Child:
    if report.superseded_by is None:
        return None
    return el(
        "p", "Superseded: a later attestation, ", el("code", f"0x{report.superseded_by.hex()}"), ", corrects this one.", class_="said"
    )


def _compared(report: Report) -> Child:
    line = next((check for check in report.checks if check.name == LABEL), None)
    if line is None:
        return None
    said = f"Label: {line.detail}."
    return el("p", said, id="label-match", data_matches="true" if line.stands else "false", class_=None if line.stands else "said")


def _head() -> Html:
    return el("thead", el("tr", [el("th", name, scope="col") for name in ("Outcome", "Check", "What it shows, what was found, by whom")]))


def _line(check: Check) -> Html:
    tone, sign = OUTCOMES[check.outcome]
    found = [
        el("div", check.proves),
        el("div", check.detail, class_="detail"),
        el("div", f"by {check.by}", class_="by") if check.by else None,
    ]
    return el(
        "tr", el("td", _badge(tone, sign, check.outcome.value)), el("th", check.name, scope="row"), el("td", found), data_check=check.name
    )


def _badge(tone: str, sign: str, word: str) -> Html:
    return el("span", el("i", sign, aria_hidden="true"), word, class_=f"badge {tone}")


def _listed(title: str, lines: tuple[str, ...]) -> Child:
    return [el("h3", title), el("ul", [el("li", line) for line in lines])] if lines else None
