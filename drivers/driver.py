"""What every driver is, and what it may rely on.

A driver turns a peer's bytes into `Delivery` records and offers them to a `Sink`. Nothing is durable when `offer` returns:
the sink calls `Delivery.acknowledge` after the commit, and only then may the peer forget the message.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.reading import Reading


@dataclass(frozen=True, slots=True)
class Reject:
    """Why a payload did not become readings."""

    reason: str
    """A short stable word for counting: `malformed`, `oversized`, `not-finite`, `unknown-device`, `far-future`; see `PayloadError`."""
    detail: str
    """One sentence for the person who inspects it, naming the offending value."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as a driver hands it over: its readings or its reject, never both."""

    driver: str
    """Name of the driver, as configured."""
    source: str
    """Where it came from, in the protocol's own words: an MQTT topic, a CoAP path, a register block."""
    identity: bytes
    """32 bytes that are equal for a repeat of the same message and for nothing else; see `drivers.identity`."""
    payload: bytes
    """The payload as received, a signed one in its one spelling; kept for rejects, for opaque values and as evidence."""
    received_ms: int
    """Gateway time of arrival, milliseconds since the Unix epoch."""
    readings: tuple[Reading, ...]
    """What the payload said; empty for a reject."""
    reject: Reject | None
    """Why there are no readings."""
    acknowledge: Callable[[], None]
    """Releases the peer's copy. Called once, by another thread, after the commit; returns at once and never raises."""
    signed: bool = False
    """The device's signature over the payload was verified; the payload is then kept with its readings, as their evidence."""


class Sink(Protocol):
    """Where deliveries go.

    An implementation is thread-safe, keeps the order of offers from one thread, calls `acknowledge` of each accepted delivery exactly
    once and only after its content (readings, reject, or the knowledge that it is a repeat) is fsynced, and never blocks.
    """

    def offer(self, delivery: Delivery) -> bool:
        """Returns True if the delivery was taken; False when the sink is full, and then nothing of it was kept."""
        ...


class Driver(ABC):
    """A running connection to one peer; one instance per configured driver.

    `run` is called again after each failure by `drivers.supervision`, so it must leave nothing behind when it raises or is cancelled.
    """

    name: str
    """As configured; labels metrics and conditions."""

    @property
    def connected(self) -> bool:
        """Returns whether the peer has accepted us; a driver without a handshake is connected whenever it runs."""
        return True

    @abstractmethod
    async def run(self, sink: Sink) -> None:
        """Serves the peer until cancelled.

        Raises:
            drivers.errors.DriverError: the connection ended; the class says whether trying again soon can help.
        """
