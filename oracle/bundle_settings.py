"""What an operator may set about bundles. Frozen; parsed by whoever composes the gateway."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class BundleSettings:
    """How large a bundle may become."""

    max_readings: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    """Up to so many readings a bundle holds all of them, about 100 bytes each."""
    sampled_readings: Annotated[int, Meta(ge=10, le=10_000)] = 250
    """Beyond that it holds about so many, with one multiproof; each then costs its row and about four hashes of 69 bytes."""
