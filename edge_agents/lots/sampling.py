"""The sampling scheme as a manifest holds it: every plan that it may lead to, so that a reader needs no table of the standard. Pure."""

from typing import Annotated

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0, le=(1 << 32) - 1)]
Word = Annotated[str, Meta(min_length=1, max_length=40)]


class PlanRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The plan for lots of a range of sizes."""

    largest_lot: Count
    """The range's end; it begins after the row before."""
    letter: Annotated[str, Meta(pattern=r"^[A-HJ-NP-S]$")]
    """Code letter of the plan, where an arrow led elsewhere that row's."""
    sample_size: Annotated[int, Meta(ge=1, le=3150)]
    """Items to inspect; the whole lot if it has no more."""
    accept: Count
    """Ac."""
    reject: Count
    """Re."""

    def __post_init__(self) -> None:
        """Refuses a plan that could accept and reject the same sample; msgspec turns this into a validation error with the key's path."""
        if self.accept >= self.reject:
            raise ValueError(f"accept {self.accept} must be less than reject {self.reject}")


class Sampling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Single sampling by attributes under one level, AQL and severity."""

    standard: Word
    """Whose tables the plans are from."""
    level: Word
    """Inspection level."""
    aql: Word
    """Acceptance quality limit as the standard prints it, in nonconforming items per hundred."""
    severity: Word
    """`normal`, `tightened` or `reduced`."""
    plans: Annotated[tuple[PlanRow, ...], Meta(min_length=1, max_length=32)]
    """By size of the lot, ascending."""
