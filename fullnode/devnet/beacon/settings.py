"""Settings of the devnet's beacon API."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class BeaconApiSettings:
    """How the server answers."""

    missing_status: Literal[404, 500] = 404
    """Status for data that does not exist. The API says 404; some real servers say 500, and then one missing period fails a whole range."""
    max_updates: Annotated[int, Meta(ge=1)] = 128
    """Most updates in one answer (MAX_REQUEST_LIGHT_CLIENT_UPDATES)."""
    event_queue: Annotated[int, Meta(ge=1)] = 256
    """Events that may wait for one slow reader; one more and its stream ends."""
