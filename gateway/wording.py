"""A verdict on a shipment in the words of `aios verify`, for tables, pages and lines. Pure."""

from edge_agents.finding import Finding, Verdict

VERDICTS = {Verdict.CONFORMS: "conforms", Verdict.BREACH: "breach", Verdict.INSUFFICIENT: "insufficient data"}
"""One word for one thing, whoever says it."""


def verdict(finding: Finding) -> str:
    """Returns the verdict, with the agent's label where that says more: which limit was broken, or what was not there."""
    word = VERDICTS[finding.verdict]
    return word if finding.label == word else f"{word} ({finding.label.replace('-', ' ')})"
