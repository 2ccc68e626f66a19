"""How the RPC is reached: a record of its own, so that settings are parsed without importing an HTTP client."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """How the RPC is reached."""

    timeout_seconds: Annotated[float, Meta(gt=0, le=300)] = 10.0
    """How long until a question without a whole answer counts as unanswered."""
    max_response_bytes: Annotated[int, Meta(ge=10_000, le=64_000_000)] = 2_000_000
    """Longest answer that is read; a proof of 64 slots has some 300 kB."""
