"""EPCIS events in and out of the running gateway: what the REST interface and `aios epcis` both do."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from gateway.control import Command
from gateway.store import epcis
from gateway.store.epcis import Captured, Page
from gateway.store.store import Store
from oracle.epcis.document import read
from oracle.epcis.query import Query


class Epcis:
    """The events of this gateway."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        """Keeps them in the store."""
        self._store = store
        self.now_ms = now_ms
        """The gateway's time of day."""

    async def capture(self, data: bytes) -> Captured:
        """Records the events of a document, all or none, and returns once they are durable.

        Raises:
            EpcisRefusedError: something is wrong with the document; it says what and where.
            EventConflictError: an event's name is taken by another event.
        """
        document = await asyncio.to_thread(read, data, now_ms=self.now_ms())
        recorded_ms = self.now_ms()

        def record(connection: sqlite3.Connection) -> Captured:
            return epcis.capture(connection, document.events, recorded_ms)

        return await asyncio.wrap_future(self._store.write(record))

    async def query(self, asked: Query) -> Page:
        """Returns a page of the events that a query asks for."""

        def look() -> Page:
            with self._store.read() as connection:
                return epcis.query(connection, asked)

        return await asyncio.to_thread(look)


def epcis_commands(events: Epcis) -> dict[str, Command]:
    """Returns the command of the control socket that captures a document."""

    async def capture(arguments: Mapping[str, Any]) -> dict[str, Any]:
        captured = await events.capture(str(arguments.get("document", "")).encode())
        return {"new": captured.new, "known": captured.known}

    return {"epcis-capture": capture}
