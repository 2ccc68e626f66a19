"""What a fleet needs of a link, whatever protocol it speaks."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from firmware_sim.device import Message


class Link(ABC):
    """One device's way to its peer. Entering opens it, leaving closes it; `send` and `drain` only in between."""

    @abstractmethod
    async def send(self, message: Message) -> None:
        """Takes the message and keeps it until the peer has acknowledged it; waits while too many are kept already."""

    @abstractmethod
    async def drain(self) -> None:
        """Returns once the peer has acknowledged everything.

        Raises:
            Undelivered: it has not in the time the settings allow.
        """

    @abstractmethod
    async def __aenter__(self) -> Self:
        """Starts connecting; returns at once, for a device does not wait for its broker."""

    @abstractmethod
    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Closes; what was not acknowledged is gone."""
