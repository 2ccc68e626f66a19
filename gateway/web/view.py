"""What the dashboard shows beyond the store: live things that only the running gateway knows.

Whoever composes the gateway implements `View`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.health import Condition
from oracle.drawing.series import Band


@dataclass(frozen=True, slots=True)
class ProductInfo:
    """What a shipment carries."""

    title: str
    """As a person calls it."""
    quantity: str
    """The quantity that its chart shows: `temperature`."""
    band: Band | None
    """Where that should stay; None where the policy leaves a side open."""
    longest_gap_ms: int
    """A longer stretch without a reading is drawn as a gap."""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A configured device."""

    id: str
    """Its id, as in its readings."""
    title: str
    """As a person calls it; may be empty."""
    bands: tuple[tuple[str, Band], ...] = ()
    """(quantity, band) where one is configured."""


@dataclass(frozen=True, slots=True)
class LightClientInfo:
    """What our own light client has proven."""

    network: str
    """Name of the network."""
    finalized_slot: int
    """Slot of the newest header it holds for final."""
    finalized_block: int
    """Number of the execution block in that header."""
    finalized_ms: int
    """Time of that slot."""
    head_slot: int
    """Slot of the newest header signed by enough of the committee."""
    head_ms: int
    """Time of that slot."""
    participation: float
    """Share of the sync committee that signed the newest header, between 0 and 1."""
    period: int
    """Sync committee period of the finalized header."""


class View(Protocol):
    """The running gateway as the dashboard sees it. Every method returns at once, may be called from any thread and never raises."""

    def now_ms(self) -> int:
        """Returns the gateway's time of day: in a demo it runs fast, and ages are told by it."""
        ...

    def conditions(self) -> Sequence[Condition]:
        """Returns what is wrong now, worst first."""
        ...

    def light_client(self) -> LightClientInfo | None:
        """Returns what is proven of the chain; None before the first proven header."""
        ...

    def devices(self) -> Sequence[DeviceInfo]:
        """Returns the configured devices; the store adds those that were only heard."""
        ...

    def product(self, name: str) -> ProductInfo | None:
        """Returns a configured product; None if it has none of that name."""
        ...
