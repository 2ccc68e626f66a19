"""The life of a shipment: its states as data, and what happens to it. Pure.

`TRANSITIONS` is the whole machine; docs/shipments.md shows the same table. What is not here does not happen: a change is made by
compare-and-swap in the store, so that of two people who say different things at once one is refused.
"""

from collections.abc import Mapping
from enum import StrEnum

from gateway.errors import GatewayError


class Life(StrEnum):
    """Where the goods are in their life, and what is true there."""

    COMMISSIONED = "commissioned"
    """The logistic unit has its SSCC and at least one device; nobody has taken it yet."""
    PACKED = "packed"
    """It is known what is inside."""
    HANDED_OVER = "handed_over"
    """Its newest handover is signed by both parties; it has not left the place since."""
    IN_TRANSIT = "in_transit"
    """It is on its way."""
    RECEIVED = "received"
    """It has arrived; measuring has ended, and the trip is judged."""
    DISPUTED = "disputed"
    """Somebody objects to what was stated about it."""
    CORRECTED = "corrected"
    """What was stated about it is superseded by a later statement that names the one it corrects."""


class Happening(StrEnum):
    """What happens to a shipment."""

    PACKED = "packed"
    """Goods were put into it."""
    HANDED_OVER = "handed_over"
    """A handover signed by both parties was recorded; its second signature may come after the goods."""
    DEPARTED = "departed"
    """It left."""
    RECEIVED = "received"
    """It arrived."""
    DISPUTED = "disputed"
    """A party objects."""
    CORRECTED = "corrected"
    """Somebody mended what the statement rests on; it is judged again."""


TRANSITIONS: Mapping[Life, Mapping[Happening, Life]] = {
    Life.COMMISSIONED: {
        Happening.PACKED: Life.PACKED,
        Happening.HANDED_OVER: Life.HANDED_OVER,
        Happening.DEPARTED: Life.IN_TRANSIT,
        Happening.RECEIVED: Life.RECEIVED,
    },
    Life.PACKED: {
        Happening.PACKED: Life.PACKED,
        Happening.HANDED_OVER: Life.HANDED_OVER,
        Happening.DEPARTED: Life.IN_TRANSIT,
        Happening.RECEIVED: Life.RECEIVED,
    },
    Life.HANDED_OVER: {
        Happening.HANDED_OVER: Life.HANDED_OVER,
        Happening.DEPARTED: Life.IN_TRANSIT,
        Happening.RECEIVED: Life.RECEIVED,
    },
    Life.IN_TRANSIT: {
        Happening.HANDED_OVER: Life.HANDED_OVER,
        Happening.RECEIVED: Life.RECEIVED,
    },
    Life.RECEIVED: {
        Happening.HANDED_OVER: Life.RECEIVED,
        Happening.DISPUTED: Life.DISPUTED,
        Happening.CORRECTED: Life.CORRECTED,
    },
    Life.DISPUTED: {
        Happening.CORRECTED: Life.CORRECTED,
    },
    Life.CORRECTED: {
        Happening.DISPUTED: Life.DISPUTED,
        Happening.CORRECTED: Life.CORRECTED,
    },
}
"""The whole machine. What is not here does not happen."""


class TransitionRefusedError(GatewayError):
    """Something is said to have happened to a shipment that cannot happen where it is in its life."""

    def __init__(self, subject: str, life: Life, happening: Happening) -> None:
        """Holds the subject, where it is, and what was said to have happened."""
        self.subject = subject
        self.life = life
        self.happening = happening
        allowed = ", ".join(TRANSITIONS[life]) or "nothing"
        super().__init__(f"shipment {subject} is {life}: it cannot be {happening}; what can happen now: {allowed}")


def follow(subject: str, life: Life, happening: Happening) -> Life:
    """Returns where a shipment is after something happened; raises TransitionRefusedError where the table does not know it."""
    after = TRANSITIONS[life].get(happening)
    if after is None:
        raise TransitionRefusedError(subject, life, happening)
    return after
