"""Faults on demand: what a device sends when it is not well. Pure.

Faulty messages are added to the true ones and never replace them, so a test can still demand that everything true arrives once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from msgspec import Meta

from firmware_sim.device import Device, Message

Chance = Annotated[float, Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class Faults:
    """How often each fault follows a message."""

    duplicate: Chance = 0.0
    """The same message once more, as after a lost acknowledgement."""
    malformed: Chance = 0.0
    """The message once more, cut off somewhere in the middle."""
    garbage: Chance = 0.0
    """Random bytes on the message's topic."""


def faulty(device: Device, faults: Faults, rng: np.random.Generator) -> Device:
    """Returns the device with faults added to what it sends; the same generator state gives the same faults."""
    return replace(device, messages=_added(device.messages, faults, rng))


def _added(messages: Iterable[Message], faults: Faults, rng: np.random.Generator) -> Iterator[Message]:
    """Yields every message, followed by its faults."""
    for message in messages:
        yield message
        chances = rng.random(3)
        if chances[0] < faults.duplicate:
            yield message
        if chances[1] < faults.malformed:
            yield replace(message, payload=message.payload[: int(rng.integers(1, max(2, len(message.payload))))])
        if chances[2] < faults.garbage:
            yield replace(message, payload=rng.bytes(int(rng.integers(1, 200))))
