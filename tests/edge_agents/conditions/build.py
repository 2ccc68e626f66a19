"""Trips and policies for tests: readings from short lists, policies from the tables that a manifest would hold."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from drivers.reading import Quality, Reading, Value
from edge_agents.conditions.policy import Policy
from edge_agents.conditions.trip import Attachment, Certificate, Circumstances, Trip, trip

MINUTE = 60_000
START = 1_700_000_000_000
SUBJECT = "00/106141412345678908"


def reading(
    minute: float,
    value: Value,
    quantity: str = "temperature",
    unit: str = "Cel",
    *,
    device: str = "c1",
    sequence: int | None = None,
    quality: Quality = Quality.GOOD,
    start: int = START,
) -> Reading:
    time_ms = start + round(minute * MINUTE)
    evidence = hashlib.sha256(f"{device} {quantity} {time_ms} {value!r}".encode()).digest()
    return Reading(device, quantity, value, unit, time_ms, sequence, quality, evidence)


def readings(
    values: Sequence[Value],
    step: float = 5,
    quantity: str = "temperature",
    unit: str = "Cel",
    *,
    device: str = "c1",
    first: float = 0,
    start: int = START,
) -> list[Reading]:
    return [reading(first + i * step, value, quantity, unit, device=device, sequence=i, start=start) for i, value in enumerate(values)]


def policy(**tables: Any) -> Policy:
    """Returns a policy; without a band of its own it is 2 to 8 degrees, nothing tolerated."""
    band = {"quantity": "temperature", "unit": "Cel", "low": 2.0, "high": 8.0}
    return msgspec.convert({"title": "test", "fewest_readings": 2, "bands": [band], **tables}, Policy)


def made(
    stated: Sequence[Reading],
    rules: Policy,
    *,
    minutes: float | None = None,
    attachments: Sequence[tuple[str, float, float]] | None = None,
    uncertainty: dict[str, float] | None = None,
    start: int = START,
    **other: Any,
) -> Trip:
    """Returns the trip; without `minutes` it ends with its last reading, without `attachments` every device travelled all the way."""
    end = max((r.time_ms for r in stated), default=start) if minutes is None else start + round(minutes * MINUTE)
    names = sorted({r.device for r in stated}) or ["c1"]
    travelled = [(name, 0.0, (end - start) / MINUTE) for name in names] if attachments is None else attachments
    circumstances = Circumstances(
        start_ms=start,
        end_ms=end,
        attachments=tuple(Attachment(d, start + round(a * MINUTE), start + round(b * MINUTE)) for d, a, b in travelled),
        certificates=tuple(
            Certificate(name, quantity, "K-1", start - 1, end + 1, amount)
            for quantity, amount in (uncertainty or {}).items()
            for name in names
        ),
        **other,
    )
    return trip(stated, circumstances, rules.units)
