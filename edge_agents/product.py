"""What a product tolerates on its way, as data. Pure.

Products stand in the manifests of cold-chain agents, so that the agent's hash on chain names the limits that were applied.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

Minutes = Annotated[float, Meta(ge=0, le=1_000_000)]
Celsius = Annotated[float, Meta(ge=-273.15, le=200)]


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The closed interval a quantity stays in; the dashboard draws it behind the curve."""

    low: Celsius
    """Lowest allowed value."""
    high: Celsius
    """Highest allowed value."""
    unit: Annotated[str, Meta(max_length=8)] = "Cel"
    """SenML unit (RFC 8428 section 12.1)."""

    def __post_init__(self) -> None:
        """Refuses an empty band; msgspec turns this into a validation error with the key's path."""
        if self.low >= self.high:
            raise ValueError(f"low {self.low} must be less than high {self.high}")


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A product's limits over one trip."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    """As a person calls it."""
    band: Band
    """Where its temperature should stay."""
    allowed_minutes_above: Minutes
    """Cumulative time above `band.high` that is still tolerated."""
    allowed_minutes_below: Minutes
    """Cumulative time below `band.low` that is still tolerated."""
    mean_kinetic_limit: Celsius
    """Highest tolerated mean kinetic temperature."""
    activation_kelvin: Annotated[float, Meta(gt=0, le=100_000)] = 10_000.0
    """Activation energy over the gas constant; 83.144 kJ/mol by convention, USP <1079.2>."""
    longest_gap_minutes: Annotated[float, Meta(gt=0, le=10_080)] = 30.0
    """A longer stretch without a reading is not interpolated, and leaves the verdict open."""
    fewest_readings: Annotated[int, Meta(ge=2, le=1_000_000)] = 12
    """Fewer than these conclude nothing."""
