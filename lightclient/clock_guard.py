"""The clock is an input, and it can lie: what it may say, given what is proven and how much time really passed.

Pure: both clocks are handed in. A header that two thirds of a committee signed proves that its slot has begun, so a clock behind one is
wrong. A clock far ahead of what the monotonic clock allows is doubted until a header as new as it says is verified; while in doubt nothing
that depends on age is done. Invariant: a slot counts as seen only when a fresh header or an unbroken monotonic clock vouches for it.
"""

from collections.abc import Callable

from lightclient.errors import ClockBehind, ClockJumped
from lightclient.network import Network


class ClockGuard:
    """Judges one clock."""

    def __init__(self, network: Network, time: Callable[[], float], monotonic: Callable[[], float], max_jump_seconds: float) -> None:
        self._network = network
        self._time = time
        self._monotonic = monotonic
        self._max_jump_seconds = max_jump_seconds
        self._anchor: tuple[float, float] | None = None

    @property
    def vouched(self) -> bool:
        """Whether a fresh header once agreed with the clock, and it has run evenly since."""
        return self._anchor is not None and abs(self.jump()) <= self._max_jump_seconds

    def now_slot(self) -> int:
        """Returns the slot by the clock."""
        return self._network.slot_at_time(self._time())

    def jump(self) -> float:
        """Returns by how many seconds the clock moved more than time passed since it was last confirmed; 0 if it never was."""
        if self._anchor is None:
            return 0.0
        wall, monotonic = self._anchor
        return (self._time() - wall) - (self._monotonic() - monotonic)

    def confirm(self) -> None:
        """Takes the clock's word from here on: a header as new as it says was verified."""
        self._anchor = (self._time(), self._monotonic())

    def check(self, known_slot: int) -> None:
        """Raises where the clock cannot be right.

        Raises:
            ClockBehind: it shows a slot before one that is known to have begun.
            ClockJumped: it jumped, and nothing has confirmed it since.
        """
        current = self.now_slot()
        if current < known_slot:
            raise ClockBehind(current, known_slot)
        if abs(self.jump()) > self._max_jump_seconds:
            raise ClockJumped(int(self.jump()), int(self._max_jump_seconds))
