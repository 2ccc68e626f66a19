"""From a lot's size to its sampling plan, as ISO 2859-1 clause 10 finds it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from edge_agents.lots import tables
from edge_agents.lots.errors import LARGEST_LOT, SMALLEST_LOT, LotSizeRefused, UnknownSamplingWord


class Severity(StrEnum):
    """How severe an inspection is; `switching` says which is next."""

    NORMAL = "normal"
    """Where quality is not known to be better or worse than the AQL."""
    TIGHTENED = "tightened"
    """After lots were rejected."""
    REDUCED = "reduced"
    """After a long row of good lots, if the buyer agrees."""


TABLES = {
    Severity.NORMAL: tables.rows(tables.NORMAL),
    Severity.TIGHTENED: tables.rows(tables.TIGHTENED),
    Severity.REDUCED: tables.rows(tables.REDUCED),
}
"""The master table of each severity."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a lot is inspected, and with how many nonconforming items it is accepted."""

    lot_size: int
    """Items in the lot."""
    level: str
    """Inspection level, one of `tables.LEVELS`."""
    aql: str
    """Acceptance quality limit, one of `tables.PERCENT_AQLS`."""
    severity: Severity
    """Which master table."""
    letter: str
    """Code letter of the plan; where an arrow led elsewhere, that row's."""
    table_size: int
    """Sample size as the table has it."""
    accept: int
    """Ac: the lot is accepted with so many nonconforming items in the sample."""
    reject: int
    """Re: it is rejected with so many. Under reduced inspection it is accepted in between, and the next inspection is normal."""

    @property
    def sample_size(self) -> int:
        """Items to inspect; all of them if the table asks for more than there are."""
        return min(self.table_size, self.lot_size)

    @property
    def accept_one_step_tighter(self) -> int:
        """Ac of the same row under the next smaller AQL, which the switching score asks for (clause 9.3.3.2); only where Ac >= 2."""
        column = tables.AQLS.index(self.aql) - 1
        return tables.follow(TABLES[self.severity], self.letter, column).accept


def draw_up(lot_size: int, *, level: str = "II", aql: str = "1.0", severity: Severity = Severity.NORMAL) -> Plan:
    """Returns the plan for a lot.

    Raises:
        LotSizeRefused: the lot has fewer than 2 items, or more than 2^32 - 1.
        UnknownSamplingWord: the level or the AQL is not the standard's.
    """
    if not SMALLEST_LOT <= lot_size <= LARGEST_LOT:
        raise LotSizeRefused(lot_size)
    if level not in tables.LEVELS:
        raise UnknownSamplingWord("inspection level", level, tables.LEVELS)
    aql = canonical_aql(aql)
    cell = tables.follow(TABLES[severity], tables.code_letter(lot_size, level), tables.AQLS.index(aql))
    return Plan(lot_size, level, aql, severity, cell.letter, cell.sample_size, cell.accept, cell.reject)


def canonical_aql(text: str) -> str:
    """Returns an AQL as the standard prints it: `1`, `1.0` and `1.00` are one; raises UnknownSamplingWord for any other number."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    for printed in tables.PERCENT_AQLS:
        if float(printed) == value:
            return printed
    raise UnknownSamplingWord("AQL", text, tables.PERCENT_AQLS)
