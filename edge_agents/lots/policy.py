"""A sampling scheme as a manifest: the text whose sha256 is the agent's identity in a lot's verdict. Pure.

The same level, AQL and severity always give the same text, so a buyer can name its hash in a contract before the first lot exists. It lists
the plan for every size of lot: a reader finds in it whatever the verdict was decided by.
"""

from functools import lru_cache
from pathlib import Path

from edge_agents.lots.errors import LARGEST_LOT
from edge_agents.lots.plan import Severity, draw_up
from edge_agents.lots.tables import CODE_LETTERS
from edge_agents.manifest import Manifest, parse

NAME = "lot-sampling"
"""The agent's name."""
VERSION = "1.0.0"
"""Of the rule; another rule has another."""
STANDARD = "ISO 2859-1"
"""Whose tables the plans are from."""
ACCEPT, REJECT, INSUFFICIENT = LABELS = ("accept", "reject", "insufficient")
"""The agent's vocabulary."""


@lru_cache(maxsize=256)
def manifest(level: str, aql: str, severity: Severity) -> Manifest:
    """Returns the manifest of a scheme; raises UnknownSamplingWord for a level or an AQL that is not the standard's."""
    plans = [draw_up(largest or LARGEST_LOT, level=level, aql=aql, severity=severity) for largest, _ in CODE_LETTERS]
    # A lot smaller than the sample is inspected whole, which `verdict` does; the row holds the table's own numbers.
    rows = [
        f'[[sampling.plans]]\nlargest_lot = {plan.lot_size}\nletter = "{plan.letter}"\nsample_size = {plan.table_size}\n'
        f"accept = {plan.accept}\nreject = {plan.reject}\n"
        for plan in plans
    ]
    head = (
        f'name = "{NAME}"\nversion = "{VERSION}"\nkind = "lot"\n'
        'concludes = "whether a lot is accepted, by single sampling for attributes"\n'
        f'labels = ["{ACCEPT}", "{REJECT}", "{INSUFFICIENT}"]\n\n'
        '[source]\nscript = "edge_agents/lots/verdict.py"\nlicence = "Apache-2.0"\n\n'
        f'[sampling]\nstandard = "{STANDARD}"\nlevel = "{level}"\naql = "{plans[0].aql}"\nseverity = "{severity}"\n'
    )
    return parse("\n".join([head, *rows]).encode(), Path(__file__).parent / f"{NAME}.toml")
