import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import SubjectStateError, UnknownSubjectError
from gateway.shipments import Shipments, UnknownNameError
from gateway.store.records import ShipmentState
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from oracle.errors import InvalidKeyError

SSCC = "106141412345678908"


@pytest.fixture
def trips(tmp_path: Path) -> Iterator[Shipments]:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 1000, on_condition=lambda *_: None)
    yield Shipments(store, {"reefer-1"}, {"vaccine"}, lambda: 1000)
    store.close()


def test_a_trip_is_opened_and_closed(trips: Shipments) -> None:
    opened = asyncio.run(trips.open(SSCC, device="reefer-1", product="vaccine"))
    assert (opened.subject, opened.opened_ms, opened.state) == (f"00/{SSCC}", 1000, ShipmentState.OPEN)
    closed = asyncio.run(trips.close(SSCC, at_ms=5000))
    assert (closed.closed_ms, closed.state) == (5000, ShipmentState.CLOSED)


@pytest.mark.parametrize(
    ("sscc", "device", "product", "error"),
    [
        ("106141412345678909", "reefer-1", "vaccine", InvalidKeyError),
        ("x", "reefer-1", "vaccine", InvalidKeyError),
        (SSCC, "reefer-9", "vaccine", UnknownNameError),
        (SSCC, "reefer-1", "bananas", UnknownNameError),
    ],
)
def test_a_trip_that_cannot_be_is_not_opened(trips: Shipments, sscc: str, device: str, product: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        asyncio.run(trips.open(sscc, device=device, product=product))


def test_a_trip_is_opened_once_and_closed_once(trips: Shipments) -> None:
    with pytest.raises(UnknownSubjectError, match="none yet"):
        asyncio.run(trips.close(SSCC))
    asyncio.run(trips.open(SSCC, device="reefer-1", product="vaccine"))
    with pytest.raises(SubjectStateError, match="is open"):
        asyncio.run(trips.open(SSCC, device="reefer-1", product="vaccine"))
    with pytest.raises(SubjectStateError, match="closed at 999"):
        asyncio.run(trips.close(SSCC, at_ms=999))
    asyncio.run(trips.close(SSCC))
    with pytest.raises(SubjectStateError, match="is closed"):
        asyncio.run(trips.close(SSCC))
