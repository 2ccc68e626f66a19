"""The gate between drivers and store: what a decoded delivery must satisfy before it is recorded as readings.

Nothing is dropped here. A delivery that does not pass is recorded as a reject instead, counted and acknowledged like any other, so that a
device with a wrong clock or a wrong name cannot block the floor's traffic.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import msgspec

from drivers.driver import Delivery, Reject, Sink
from drivers.reading import Reading
from oracle.drawing import words


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """What is let in."""

    unknown_devices: Literal["refuse", "quarantine"] = "quarantine"
    """`refuse` counts a payload from an unknown device and forgets it; `quarantine` keeps it among the rejects for inspection."""
    far_future_seconds: Annotated[int, msgspec.Meta(ge=1)] = 300
    """How far a device's clock may run ahead of the gateway's; five minutes is what Kerberos allows."""


class Gate(Sink):
    """A sink that checks each delivery and hands it on to another."""

    def __init__(
        self,
        sink: Sink,
        settings: IngestSettings,
        devices: frozenset[str],
        now_ms: Callable[[], int],
        signing: frozenset[str] = frozenset(),
    ) -> None:
        """Guards `sink`, which decides about room and acknowledgement; from the devices in `signing` only signed payloads pass."""
        self._sink = sink
        self._settings = settings
        self._devices = devices
        self._now_ms = now_ms
        self._signing = signing

    def offer(self, delivery: Delivery) -> bool:
        """Returns True if the delivery, or the reject that replaces it, was taken."""
        if delivery.reject is None:
            latest = self._now_ms() + self._settings.far_future_seconds * 1000
            for reading in delivery.readings:
                if reading.device not in self._devices:
                    return self._sink.offer(self._unknown(delivery, reading))
                if reading.device in self._signing and not delivery.signed:
                    return self._sink.offer(_rejected(delivery, "unsigned", _unsigned(reading)))
                if reading.time_ms > latest:
                    return self._sink.offer(_rejected(delivery, "far-future", _ahead(reading, latest)))
        return self._sink.offer(delivery)

    def _unknown(self, delivery: Delivery, reading: Reading) -> Delivery:
        detail = f"device {reading.device!r} is not configured; add it under [[devices]] if it belongs here"
        rejected = _rejected(delivery, "unknown-device", detail)
        return replace(rejected, payload=b"") if self._settings.unknown_devices == "refuse" else rejected


def _rejected(delivery: Delivery, reason: str, detail: str) -> Delivery:
    return replace(delivery, readings=(), reject=Reject(reason, detail))


def _unsigned(reading: Reading) -> str:
    return f"device {reading.device!r} has a key and this payload is not signed; somebody else may have sent it, or its firmware is old"


def _ahead(reading: Reading, latest: int) -> str:
    dated, ahead = words.instant(reading.time_ms), words.duration(reading.time_ms - latest)
    return f"{reading.quantity} of {reading.device!r} is dated {dated}, {ahead} beyond what is allowed; check its clock"
