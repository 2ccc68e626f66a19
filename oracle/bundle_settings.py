"""What an operator may set about bundles. Frozen; parsed by whoever composes the gateway."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class BundleSettings:
    """How large a bundle may become."""

    profile: Literal["auto", "full", "sampled", "verdict"] = "auto"
    """How many readings a bundle holds: all; a sample with every excursion; none; or all as long as they are few enough."""
    max_readings: Annotated[int, Meta(ge=1, le=131_072)] = 1000
    """With `auto`, up to so many readings a bundle holds all of them, about 100 bytes each."""
    sampled_readings: Annotated[int, Meta(ge=10, le=10_000)] = 250
    """A sample holds about so many evenly spaced ones beside every one outside its band, with one multiproof; each then costs its row and
    some hashes of 69 bytes, the more the longer the trip."""
