"""What the lots table holds. Pure values."""

from dataclasses import dataclass
from enum import StrEnum

from edge_agents.finding import Verdict


class LotState(StrEnum):
    """How far a lot has come."""

    OPEN = "open"
    """Items are being inspected."""
    CLOSED = "closed"
    """No more items come; it will be judged."""
    JUDGED = "judged"
    """It has a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """One lot under inspection."""

    subject: str
    """GS1 Digital Link path, `01/<GTIN>/10/<lot>`."""
    gtin: str
    """14 digits of the trade item."""
    supplier: str
    """Who supplied it; may be empty."""
    machine: str
    """Which machine or line made it; may be empty."""
    lot_size: int
    """How many items it has."""
    level: str
    """Inspection level."""
    aql: str
    """Acceptance quality limit as the standard prints it."""
    severity: str
    """How severely it is inspected."""
    resumed: bool = False
    """Whether somebody resumed a discontinued series with this lot."""
    opened_ms: int
    """When inspection began, gateway time."""
    closed_ms: int | None = None
    """When it ended; None while open."""
    state: LotState = LotState.OPEN
    """How far it has come."""
    verdict: Verdict | None = None
    """The verdict; None before there is one."""
    inspected: int | None = None
    """Items in the sample that was judged."""
    nonconforming: int | None = None
    """How many of them had a defect."""
