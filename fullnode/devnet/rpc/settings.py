"""Settings of the JSON-RPC server: its bounds."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class RpcSettings:
    """How much one request may ask."""

    max_body: Annotated[int, Meta(ge=1024)] = 2 * 2**20
    """Longest request body, bytes."""
    max_batch: Annotated[int, Meta(ge=1)] = 100
    """Most requests in one batch."""
    max_logs: Annotated[int, Meta(ge=1)] = 10_000
    """Most logs in one answer."""
    max_log_range: Annotated[int, Meta(ge=1)] = 10_000
    """Most blocks one log query may cover."""
    tip_wei: Annotated[int, Meta(ge=0)] = 10**9
    """What eth_maxPriorityFeePerGas suggests, wei."""
