"""A production line with a true defect rate, and what its camera takes. Pure.

The truth of every item is known here and nowhere else, so that a test can compare what an agent concluded with what was so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta

from firmware_sim.inspection.frames import Defect, draw, png


@dataclass(frozen=True, slots=True)
class Line:
    """One lot on one line."""

    gtin: Annotated[str, Meta(pattern=r"^[0-9]{14}$")] = "09506000134352"
    """What is made: GTIN-14; the default is from GS1's range for examples."""
    lot: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,20}$")] = "L42"
    """The lot's number."""
    items: Annotated[int, Meta(ge=1, le=1_000_000)] = 40
    """How many items pass the camera."""
    interval_ms: Annotated[int, Meta(ge=1)] = 60_000
    """Between two items."""
    defect_rate: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """True probability that an item is defective; the four kinds are equally likely."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One item as the camera took it, with the truth."""

    item: str
    """The item's name within the lot."""
    sequence: int
    """The camera's own counter."""
    time_ms: int
    """Of the exposure, milliseconds since the Unix epoch."""
    defect: Defect
    """What is so; never sent."""
    png: bytes
    """What is sent."""


def shots(line: Line, *, seed: int, start_ms: int) -> Iterator[Shot]:
    """Yields every item of the lot in order; the same seed gives the same items."""
    rng = np.random.default_rng([seed, 3])
    for index in range(line.items):
        defect = Defect(int(rng.integers(1, len(Defect)))) if rng.random() < line.defect_rate else Defect.GOOD
        yield Shot(
            item=f"item-{index + 1:04d}",
            sequence=index,
            time_ms=start_ms + index * line.interval_ms,
            defect=defect,
            png=png(draw(rng, defect)),
        )
