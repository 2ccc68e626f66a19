"""How large a pack may be. Defaults are generous for sensors and small for attackers."""

from dataclasses import dataclass
from typing import Annotated

import msgspec

MAX_PACK_BYTES = 262_144
"""256 KiB: about three thousand records; whoever stores more between two sends can split it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that are checked before or while a pack is decoded."""

    max_bytes: Annotated[int, msgspec.Meta(ge=1)] = MAX_PACK_BYTES
    """Largest pack, bytes as received."""
    max_records: Annotated[int, msgspec.Meta(ge=1)] = 4096
    """Most records in one pack."""
    max_depth: Annotated[int, msgspec.Meta(ge=3)] = 8
    """Deepest nesting of arrays and objects. SenML itself needs two levels; the rest is for fields of extensions."""
    max_name: Annotated[int, msgspec.Meta(ge=1)] = 255
    """Longest resolved name, characters."""


DEFAULT_LIMITS = Limits()
"""What the decoders use unless told otherwise."""
