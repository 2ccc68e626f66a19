"""Why no sampling plan is drawn up: one class per failed check, holding the offending values."""

from collections.abc import Collection

from edge_agents.errors import AgentError

SMALLEST_LOT = 2
"""The tables begin here: a single item is inspected and needs no plan."""
LARGEST_LOT = (1 << 32) - 1
"""What a lot verdict statement holds."""


class SamplingRefused(AgentError):
    """Base: there is no sampling plan for what was asked."""


class LotSizeRefused(SamplingRefused):
    """A lot is too small for a sample, or too large for a statement."""

    def __init__(self, lot_size: int) -> None:
        """Keeps `lot_size`."""
        super().__init__(f"a lot of {lot_size} items has no sampling plan; its size is {SMALLEST_LOT} to {LARGEST_LOT}")
        self.lot_size = lot_size


class UnknownSamplingWord(SamplingRefused):
    """A level, an AQL or a severity is not one of the standard's."""

    def __init__(self, kind: str, given: str, known: Collection[str]) -> None:
        """Keeps `kind`, what was `given`, and what is `known`."""
        super().__init__(f"{kind} {given[:40]!r} is not in ISO 2859-1; known: {', '.join(known)}")
        self.kind = kind
        self.given = given
        self.known = tuple(known)


class InspectionDiscontinued(SamplingRefused):
    """Five lots were rejected under tightened inspection: the standard wants the supplier to improve before it goes on (clause 9.4)."""

    def __init__(self, series: str) -> None:
        """Keeps `series`, what the lots have in common."""
        super().__init__(
            f"inspection of {series} is discontinued: 5 lots were rejected under tightened inspection; resume after improvement"
        )
        self.series = series
