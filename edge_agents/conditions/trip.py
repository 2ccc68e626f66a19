"""The Trip: what all attached devices stated about a shipment between its beginning and its end, in arrays. Pure.

Invariants of a Trip:
- one Series per device, quantity and attachment: nothing is read across the time between two attachments;
- samples are sorted by time, and an exact repeat (same time, same value) appears once; two different values at one instant both stay;
- only finite numbers in the policy's unit, of readings whose quality is not `bad`, become samples; what was left out is counted;
- it does not depend on the order in which readings were given.

`Circumstances` are everything besides the readings that a verdict rests on. The store keeps them with the finding, so that it can be worked
out again although settings, certificates and attachments change.
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from drivers.reading import Quality, Reading

Floats = NDArray[np.float64]


class Attachment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device that travelled with the shipment for some time."""

    device: str
    """Its id."""
    from_ms: int
    """When it was attached, gateway time."""
    to_ms: int
    """When it was detached, or the trip ended."""


class Certificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A calibration of one quantity of one device."""

    device: str
    """Id of the device."""
    quantity: str
    """What was calibrated; `position` for latitude and longitude together."""
    name: str
    """The certificate's number."""
    from_ms: int
    """Valid from."""
    until_ms: int
    """Valid until."""
    expanded_uncertainty: Annotated[float, Meta(ge=0)]
    """With coverage factor 2, in the quantity's unit; metres for a position."""


class Elsewhere(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the trip about which another gateway has attested."""

    from_ms: int
    """Its first reading."""
    to_ms: int
    """Its last reading."""
    uid: str
    """uid of that attestation, 0x and 64 digits."""


class Circumstances(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a verdict rests on besides the readings."""

    start_ms: int
    """When the trip began."""
    end_ms: int
    """When it ended."""
    deadline_ms: int | None = None
    """When it had to end; None leaves it to the policy."""
    attachments: tuple[Attachment, ...] = ()
    """Which devices travelled, and when; in order of time, then of id."""
    certificates: tuple[Certificate, ...] = ()
    """Their calibrations."""
    clocks: tuple[tuple[str, int], ...] = ()
    """By how many milliseconds each device's clock may be off, as far as the gateway can tell; 0 where not listed."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """What other gateways cover."""
    custody: str = ""
    """Hash of the newest handover, 0x and 64 digits; empty where nothing changed hands."""

    def to_json(self) -> bytes:
        """Returns them as JSON with sorted keys: one spelling, because it is hashed."""
        return msgspec.json.encode(self, order="sorted")

    @classmethod
    def from_json(cls, data: bytes | str) -> "Circumstances":
        """Returns what `to_json` wrote."""
        return msgspec.json.decode(data, type=cls)


@dataclass(frozen=True, slots=True)
class Series:
    """What one device stated of one quantity during one attachment."""

    device: str
    """Id of the device."""
    quantity: str
    """What was measured."""
    start_ms: int
    """When the attachment began, not before the trip."""
    end_ms: int
    """When it ended, not after the trip."""
    times: Floats
    """Device time in milliseconds since the trip's start, ascending."""
    values: Floats
    """Finite, in the policy's unit."""
    certificate: Certificate | None
    """The calibration that is valid throughout, if there is one."""
    clock_ms: int
    """By how much the device's clock may be off."""


@dataclass(frozen=True)
class Trip:
    """The readings of a whole trip."""

    circumstances: Circumstances
    """What else is known of it."""
    series: tuple[Series, ...]
    """One per device, quantity and attachment that has samples."""
    first_ms: int
    """Device time of the first sample; the trip's start if there is none."""
    last_ms: int
    """Device time of the last sample; the trip's end if there is none."""
    samples: int
    """How many there are."""
    left_out: int
    """How many readings of attached devices were bad, no finite number, in another unit, or exact repeats."""
    evidence: bytes
    """sha256 over the circumstances and, series by series, the evidence hashes of the samples: it binds a finding to what it rests on."""

    @cached_property
    def devices(self) -> tuple[str, ...]:
        """Returns the devices with samples, or where there are none those that were attached; sorted."""
        return tuple(sorted({s.device for s in self.series} or {a.device for a in self.circumstances.attachments}))

    @property
    def length_ms(self) -> int:
        """Returns how long the trip took."""
        return self.circumstances.end_ms - self.circumstances.start_ms

    def of(self, quantity: str) -> tuple[Series, ...]:
        """Returns the series of one quantity."""
        return tuple(s for s in self.series if s.quantity == quantity)


def usable(reading: Reading) -> bool:
    """Returns whether a reading can enter a trip and its tree: a finite number or a truth value that its device did not call bad."""
    return reading.quality is not Quality.BAD and isinstance(reading.value, int | float) and math.isfinite(reading.value)


def trip(readings: Iterable[Reading], circumstances: Circumstances, units: dict[str, str]) -> Trip:
    """Returns the trip that the readings describe; `units` names the policy's quantities, readings of others are ignored.

    Readings of devices that were not attached at their time are ignored as well.
    """
    attachments = [_within(one, circumstances) for one in circumstances.attachments]
    stated: dict[tuple[str, str], list[_Row]] = {(one.device, quantity): [] for one in attachments for quantity in units}
    refused: dict[tuple[str, str], list[_Row]] = {key: [] for key in stated}
    for reading in readings:
        key = (reading.device, reading.quantity)
        rows = stated.get(key)
        if rows is None:
            continue
        sequence = -1 if reading.sequence is None else reading.sequence
        if usable(reading) and reading.unit == units[reading.quantity]:
            rows.append((reading.time_ms, float(reading.value), sequence, reading.evidence))
        else:
            refused[key].append((reading.time_ms, 0.0, sequence, reading.evidence))
    return _assembled(attachments, stated, refused, circumstances)


_Row = tuple[int, float, int, bytes]
"""Time, value, sequence and evidence of one reading."""


def _assembled(
    attachments: list[Attachment],
    stated: dict[tuple[str, str], list[_Row]],
    refused: dict[tuple[str, str], list[_Row]],
    known: Circumstances,
) -> Trip:
    clocks = dict(known.clocks)
    series: list[Series] = []
    digest = hashlib.sha256(hashlib.sha256(known.to_json()).digest())
    given = samples = 0
    first_ms, last_ms = known.end_ms, known.start_ms
    for attachment, (device, quantity) in sorted(product(attachments, stated), key=lambda pair: (pair[0].from_ms, pair[1])):
        if device != attachment.device:
            continue
        during = sorted(row for row in stated[device, quantity] if attachment.from_ms <= row[0] <= attachment.to_ms)
        # Of exact repeats the lowest sequence stands, so that the result does not depend on arrival order.
        rows = [row for before, row in zip([None, *during], during, strict=False) if before is None or before[:2] != row[:2]]
        given += len(during) + sum(attachment.from_ms <= row[0] <= attachment.to_ms for row in refused[device, quantity])
        if not rows:
            continue
        samples += len(rows)
        first_ms, last_ms = min(first_ms, rows[0][0]), max(last_ms, rows[-1][0])
        digest.update(b"".join(row[3] for row in rows))
        series.append(
            Series(
                device=device,
                quantity=quantity,
                start_ms=attachment.from_ms,
                end_ms=attachment.to_ms,
                times=(np.array([row[0] for row in rows], dtype=np.int64) - known.start_ms).astype(np.float64),
                values=np.array([row[1] for row in rows], dtype=np.float64),
                certificate=_certificate(known, device, quantity, rows[0][0], rows[-1][0]),
                clock_ms=clocks.get(device, 0),
            )
        )
    return Trip(
        circumstances=known,
        series=tuple(series),
        first_ms=first_ms if series else known.start_ms,
        last_ms=last_ms if series else known.end_ms,
        samples=samples,
        left_out=given - samples,
        evidence=digest.digest(),
    )


def _within(attachment: Attachment, circumstances: Circumstances) -> Attachment:
    return Attachment(attachment.device, max(attachment.from_ms, circumstances.start_ms), min(attachment.to_ms, circumstances.end_ms))


def _certificate(circumstances: Circumstances, device: str, quantity: str, first_ms: int, last_ms: int) -> Certificate | None:
    """Returns the certificate that is valid for all of a series; of several the one that promises least."""
    name = "position" if quantity in {"latitude", "longitude"} else quantity
    valid = [
        c
        for c in circumstances.certificates
        if (c.device, c.quantity) == (device, name) and c.from_ms <= first_ms and last_ms <= c.until_ms
    ]
    return max(valid, key=lambda c: (c.expanded_uncertainty, c.name), default=None)
