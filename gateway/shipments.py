"""Opening and closing shipments: the two things a person or a warehouse system tells the gateway about a trip."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection

from gateway.errors import GatewayError, SubjectStateError, UnknownSubjectError
from gateway.store import shipments
from gateway.store.records import Shipment, ShipmentState
from gateway.store.store import Store
from oracle.gs1 import SSCC, Key


class UnknownNameError(GatewayError):
    """A shipment names a device or product that is not configured."""

    def __init__(self, kind: str, name: str, known: Collection[str]) -> None:
        """Holds what was named and what there is."""
        self.kind = kind
        self.name = name
        super().__init__(f"{kind} {name!r} is not configured; known: {', '.join(sorted(known)) or 'none'}")


class Shipments:
    """The trips of this gateway's devices."""

    def __init__(self, store: Store, devices: Collection[str], products: Collection[str], now_ms: Callable[[], int]) -> None:
        """Knows which devices and products there are."""
        self._store = store
        self._devices = frozenset(devices)
        self._products = frozenset(products)
        self._now_ms = now_ms

    async def open(self, sscc: str, *, device: str, product: str, at_ms: int | None = None) -> Shipment:
        """Begins a trip now, or at the given time; returns it once it is durable.

        Raises:
            InvalidKeyError: the SSCC is not valid (18 digits with check digit).
            UnknownNameError: the device or the product is not configured.
            SubjectStateError: the shipment is known already.
        """
        if device not in self._devices:
            raise UnknownNameError("device", device, self._devices)
        if product not in self._products:
            raise UnknownNameError("product", product, self._products)
        shipment = Shipment(subject_of(sscc), device, product, self._now_ms() if at_ms is None else at_ms)

        def record(connection: sqlite3.Connection) -> None:
            if not shipments.insert(connection, shipment):
                known = shipments.get(connection, shipment.subject)
                raise SubjectStateError(shipment.subject, known.state if known else "known", "opened")

        await asyncio.wrap_future(self._store.write(record))
        return shipment

    async def close(self, sscc: str, *, at_ms: int | None = None) -> Shipment:
        """Ends a trip now, or at the given time; returns it once that is durable.

        Raises:
            InvalidKeyError: the SSCC is not valid.
            UnknownSubjectError: there is no such shipment.
            SubjectStateError: it is not open, or would end before it began.
        """
        subject = subject_of(sscc)
        ended = self._now_ms() if at_ms is None else at_ms

        def record(connection: sqlite3.Connection) -> Shipment:
            known = shipments.get(connection, subject)
            if known is None:
                raise UnknownSubjectError(subject, tuple(s.subject for s in shipments.select_all(connection, limit=5)))
            if known.state is not ShipmentState.OPEN or ended < known.opened_ms:
                raise SubjectStateError(subject, known.state, f"closed at {ended}")
            shipments.close(connection, subject, ended)
            closed = shipments.get(connection, subject)
            assert closed is not None
            return closed

        return await asyncio.wrap_future(self._store.write(record))


def subject_of(sscc: str) -> str:
    """Returns the Digital Link path of a shipment's SSCC; raises InvalidKeyError if it is not valid."""
    return Key(SSCC, sscc).path
