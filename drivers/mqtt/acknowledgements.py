"""Acknowledgements on their way from the sink's thread to the connection's.

The sink acknowledges a group of messages after each commit. Sending each from there would take a lock and a system call per message, and
paho's socket is not made for two writers; so the sink only appends, and wakes the connection's thread if that sleeps. Only the
connection that delivered a message may acknowledge it: packet identifiers start over with each connection, and a late acknowledgement
on the next one would release a message that was never stored. Each connection therefore has its own queue, and a closed queue takes all
that still comes and does nothing.
"""

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial


class Acknowledgements:
    """The queue of one connection. `later` and `take` belong to the connection's thread, what `later` returns to any thread."""

    def __init__(self) -> None:
        """Opens a socket pair: what wakes a thread that waits in a selector."""
        self._queue: deque[tuple[int, int]] = deque()
        self._asleep = False
        self.waker, self._bell = socket.socketpair()
        self.waker.setblocking(False)
        self._bell.setblocking(False)

    def later(self, mid: int, size: int) -> Callable[[], None]:
        """Returns what acknowledges that packet when it is called.

        Args:
            mid: the packet's identifier.
            size: of its payload in bytes; comes back from `take`.
        """
        return partial(self._append, (mid, size))

    def take(self) -> tuple[int, int] | None:
        """Returns the oldest (packet identifier, size) that is to be acknowledged, or None."""
        return self._queue.popleft() if self._queue else None

    def may_sleep(self) -> bool:
        """Returns whether nothing is queued; from now on, whatever is appended rings the bell.

        The flag is set before the queue is looked at, and an appender looks at the flag after appending: none can slip between.
        """
        self._asleep = True
        return not self._queue

    def woke(self) -> None:
        """Says that the thread is awake, and quietens the bell."""
        self._asleep = False

    def ring(self) -> None:
        """Wakes the thread; from any thread."""
        with suppress(OSError):
            # Full means that it rings already, closed means that no one is left to wake.
            self._bell.send(b"\0")

    def hush(self) -> None:
        """Empties the bell after it rang."""
        with suppress(BlockingIOError):
            self.waker.recv(4096)

    def close(self) -> None:
        """Forgets what is queued; whatever still comes does nothing."""
        self._asleep = False
        self._bell.close()
        self.waker.close()

    def _append(self, packet: tuple[int, int]) -> None:
        self._queue.append(packet)
        if self._asleep:
            self._asleep = False
            self.ring()
