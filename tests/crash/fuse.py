"""A fuse in a gateway's process: it dies, as if by kill -9, just before or just after the commit that brings a publication to a state."""

import os
import signal
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.store import publications
from gateway.store.store import Store
from oracle.publication import State


@dataclass
class Fuse:
    """Where the process ends."""

    when: Literal["before", "after"]
    state: State
    came_from: State | None = None
    """Only a change from this state counts; None is any."""
    _burning: bool = field(default=False)

    def lay(self) -> None:
        """Wires the fuse into this process; the process does not outlive it, so nothing is put back."""
        swap, committed = publications.swap, Store._committed

        def watched_swap(connection: Any, old: Any, new: Any) -> bool:
            swapped = swap(connection, old, new)
            came = self.came_from is None or (old is not None and old.state is self.came_from)
            self._burning |= swapped and new.state is self.state and came
            if self._burning and self.when == "before":
                _die()
            return swapped

        def watched_committed(store: Store, commit: Any) -> None:
            if self._burning:
                _die()
            committed(store, commit)

        publications.swap = watched_swap
        Store._committed = watched_committed  # type: ignore[method-assign,assignment]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
